"""What mails need of invitations and resets: to whom they go, and the link in them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from urllib.parse import quote

from django.db import transaction

from logix_server.accounts import invitations, sealing
from logix_server.accounts.models import Invitation, Person
from logix_server.audit.actions import record
from logix_server.config import current

_SEALED: Final = "invitation"


@dataclass(frozen=True)
class Addressee:
    """To whom a link goes, and until when it is good."""

    person_id: int
    email: str
    name: str
    language: str
    organisation: str
    until: datetime


def link_of(token: str) -> str:
    """The address of the page where a token becomes a password."""
    return f"{current().origin}/password/new/?t={quote(token, safe='')}"


def sealed_token(token: str, invitation_id: int) -> str:
    """A token for an effect: what lets one in is nowhere in the database in plain words."""
    return sealing.seal(token, _SEALED, str(invitation_id))


def unsealed_token(payload: Mapping[str, Any]) -> str:
    """The token of an effect {"invitation", "sealed"}."""
    return sealing.unseal(payload["sealed"], _SEALED, str(payload["invitation"]))


def invited(invitation_id: int, now: datetime) -> Addressee | None:
    """To whom an invitation goes; None where its link is good no more."""
    rows = Invitation.objects.select_related("person__organisation")
    row = rows.filter(pk=invitation_id, state=Invitation.State.OPEN, expires_at__gt=now).first()
    return _addressee(row.person, row.expires_at) if row and row.person.active else None


@transaction.atomic
def issue_reset(person_id: int, now: datetime) -> tuple[Addressee, int, str] | None:
    """A link to a new password: (to whom, its id, the token); None for one who cannot sign in."""
    rows = Person.objects.select_related("organisation")
    person = rows.filter(pk=person_id, active=True, user__isnull=False, erased_at__isnull=True).first()
    if person is None:
        return None
    issued, token = invitations.issue(person, Invitation.Purpose.RESET, by="system:accounts", now=now)
    record(now, "system:accounts", "password.reset-asked", f"person:{person.mark}")
    return _addressee(person, now + invitations.lasts(Invitation.Purpose.RESET)), issued, token


def _addressee(person: Person, until: datetime) -> Addressee:
    organisation = person.organisation.name
    return Addressee(person.pk, person.email, person.name, person.language, organisation, until)
