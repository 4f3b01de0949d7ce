"""Signed addresses and marks of a ticket, so that an answer finds its way back and nobody guesses one.

`support+LGX-2026-000123.<mac>@…`: the mac (HMAC-SHA-256 under the server's secret key, 80 bits) is of the
number and of whom the mail went to: ours, whose answer goes to the customer, or anybody else. What the
customer knows therefore never speaks for us.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from django.utils.crypto import constant_time_compare, salted_hmac

_SALT: Final = "logix_server.mail.tokens"
_DIGITS: Final = 20  # hexadecimal: 80 bits
_NUMBER: Final = r"LGX-[0-9]{4}-[0-9]{6,9}"
_ADDRESS: Final = re.compile(
    rf"(?P<user>[^+@\s]{{1,64}})\+(?P<number>{_NUMBER})\.(?P<mac>[0-9a-f]{{{_DIGITS}}})@(?P<domain>\S{{1,253}})\Z",
    re.IGNORECASE,
)
_MARK: Final = re.compile(rf"\[({_NUMBER})\]", re.IGNORECASE)


@dataclass(frozen=True)
class Signed:
    """A ticket that a signed address names; `ours`: the mail it answers went to somebody of ours."""

    number: str
    ours: bool


def address_of(number: str, support: str, *, ours: bool) -> str:
    """Where answers to a mail about that ticket go. `support` is our address."""
    user, _, domain = support.partition("@")
    return f"{user}+{number}.{_mac(number, ours=ours)}@{domain}"


def mark_of(number: str) -> str:
    """What the subject begins with: for people and for programs that keep no address. Not signed."""
    return f"[{number}]"


def signed_in(addresses: Iterable[str], support: str) -> Signed | None:
    """The ticket that one of `addresses` names with a mac of ours; None where none does."""
    user, _, domain = support.lower().partition("@")
    for address in addresses:
        found = _ADDRESS.match(address.strip())
        if found is None or (found["user"].lower(), found["domain"].lower()) != (user, domain):
            continue
        number = found["number"].upper()
        for ours in (False, True):
            if constant_time_compare(_mac(number, ours=ours), found["mac"].lower()):
                return Signed(number, ours)
    return None


def marked_in(subject: str) -> str:
    """The first ticket number that a subject marks, "" where there is none."""
    found = _MARK.search(subject)
    return found.group(1).upper() if found else ""


def _mac(number: str, *, ours: bool) -> str:
    whom = "ours" if ours else "customer"
    return salted_hmac(_SALT, f"{whom}:{number}", algorithm="sha256").hexdigest()[:_DIGITS]
