"""Passwords: the rules, a change by their owner. Nobody has to change one for its age (NIST SP 800-63B-4)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _
from logix_common.errors import InvalidInput

from logix_server.accounts import invitations
from logix_server.accounts.access import actor_of
from logix_server.accounts.models import Person
from logix_server.accounts.sign_in import sign_ins
from logix_server.accounts.sign_in.password_rules import MOST, like, monotonous
from logix_server.audit.actions import record


class NotLikeItsOwner:
    """For `AUTH_PASSWORD_VALIDATORS`: refuses what is known of a `Person`, what repeats, what is endless."""

    def validate(self, password: str, user: Any = None) -> None:
        if len(password) > MOST:
            raise ValidationError(_("At most %(most)d characters.") % {"most": MOST}, code="too_long")
        if monotonous(password):
            raise ValidationError(_("It repeats too few characters."), code="monotonous")
        known = [str(getattr(user, name, "") or "") for name in ("name", "email", "username")]
        if like(password, known):
            raise ValidationError(_("It is too much like your name or your mail address."), code="like")

    def get_help_text(self) -> str:
        return _("It must not be like your name or your mail address.")


def judge(password: str, owner: Any) -> None:
    """Raises `InvalidInput` saying everything that is wrong; `owner`: a `Person`, saved or not."""
    try:
        validate_password(password, owner)
    except ValidationError as error:
        raise InvalidInput("password", " ".join(error.messages)) from error


@transaction.atomic
def change(person_id: int, old: str, new: str, *, keep: int | None, now: datetime) -> Any:
    """The owner's own change; every other session ends. `keep`: the sign-in that goes on; the user.

    The caller counts tries. Raises `InvalidInput` for a wrong old one and for what the rules refuse.
    """
    person = Person.objects.select_related("user").get(pk=person_id, active=True)
    if person.user is None or not person.user.check_password(old):
        raise InvalidInput("old", _("This is not your present password."))
    judge(new, person)
    store(person, new, keep=keep, now=now)
    record(now, actor_of(person), "password.change", f"person:{person.mark}")
    return person.user


def store(person: Person, password: str, *, keep: int | None, now: datetime) -> None:
    """Write a password that was judged; every session but `keep` ends, and no link that was sent is good."""
    assert person.user is not None
    invitations.withdraw(person.pk, None, now)
    person.user.set_password(password)
    person.user.save(update_fields=["password"])
    sign_ins.end_all(person.user.pk, now, but=keep)
