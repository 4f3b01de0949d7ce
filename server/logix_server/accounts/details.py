"""What is written of a person, judged: name, mail address, phone, language."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from django.utils.translation import gettext as _
from logix_common.errors import InvalidInput

from logix_server.accounts.bulk import is_mail
from logix_server.accounts.models import Organisation

_E164: Final = re.compile(r"\+[1-9][0-9]{6,14}\Z", re.ASCII)


def judged(name: str, email: str, phone: str, language: str) -> dict[str, str]:
    """The fields as they are stored. Raises `InvalidInput` naming the one that is wrong."""
    if language not in Organisation.Language.values:
        raise InvalidInput("language", _("Expected one of: %(roles)s.") % {"roles": "tr, en"})
    return {
        "name": name_of(name),
        "email": mail_of(email),
        "phone": phone_of(phone),
        "language": language,
    }


def name_of(text: str) -> str:
    """One line of 1 to 200 characters, none of which changes how the line reads."""
    name = " ".join(text.split())
    hidden = any(unicodedata.category(letter) in ("Cc", "Cf", "Cs", "Co", "Cn") for letter in name)
    if not 1 <= len(name) <= 200 or hidden:
        raise InvalidInput("name", _("Expected a name of 1 to 200 characters."))
    return name


def mail_of(text: str) -> str:
    """A mail address, in small letters."""
    email = text.strip().lower()
    if not is_mail(email) or len(email) > 254:
        raise InvalidInput("email", _("Expected a mail address such as ayse@example.com."))
    return email


def phone_of(text: str) -> str:
    """A phone number as E.164 has it; "" = none."""
    phone = re.sub(r"[\s().-]", "", text[:50])
    if phone.startswith("00"):
        phone = f"+{phone[2:]}"
    if phone and not _E164.match(phone):
        raise InvalidInput("phone", _("Expected a phone number with its country, such as +90 532 123 45 67."))
    return phone
