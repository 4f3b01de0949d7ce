"""Links of mails that let one in: signed, good once, for hours; only a digest of them is kept."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Final

from django.core.signing import BadSignature, Signer
from django.utils.translation import gettext as _
from logix_common.errors import InvalidInput

from logix_server.accounts.lifecycle import INVITATION, InvitationState
from logix_server.accounts.models import Invitation, Person
from logix_server.config import current

Purpose = Invitation.Purpose
_SALT: Final = "logix.invitation"
_MOST: Final = 200  # characters of a token


def issue(person: Person, purpose: Invitation.Purpose, *, by: str, now: datetime) -> tuple[int, str]:
    """A new link, in the caller's transaction: (id, token). Those before it for the same are withdrawn."""
    withdraw(person.pk, purpose, now)
    token = Signer(salt=_SALT).sign(secrets.token_urlsafe(32))
    row = Invitation.objects.create(
        person=person,
        purpose=purpose,
        digest=_digest(token),
        created_by=by,
        created_at=now,
        expires_at=now + lasts(purpose),
    )
    return row.pk, token


def lasts(purpose: Invitation.Purpose) -> timedelta:
    """How long such a link is good."""
    config = current()
    invite = purpose == Purpose.INVITE
    return timedelta(seconds=config.invitation_seconds if invite else config.password_reset_seconds)


def withdraw(person_id: int, purpose: Invitation.Purpose | None, now: datetime) -> None:
    """No open link of this person is good any more."""
    rows = Invitation.objects.filter(
        person_id=person_id, state__in=INVITATION.before(InvitationState.WITHDRAWN)
    )
    rows = rows.filter(purpose=purpose) if purpose else rows
    rows.update(state=Invitation.State.WITHDRAWN, settled_at=now)


def signed(token: str) -> bool:
    """Whether we made this token, whatever has become of it; asks nothing of the database."""
    try:
        Signer(salt=_SALT).unsign(token[:_MOST])
    except BadSignature:
        return False
    return True


def holder(token: str, now: datetime) -> Person:
    """The person whom an open link lets in. Raises `InvalidInput`, always in the same words."""
    return _open(token, now).person


def use(token: str, now: datetime) -> tuple[Person, Invitation.Purpose]:
    """Use a link up, in the caller's transaction. Raises `InvalidInput`, also to the second of two."""
    row = _open(token, now)
    unused = Invitation.objects.filter(pk=row.pk, state__in=INVITATION.before(InvitationState.USED))
    if unused.update(state=Invitation.State.USED, settled_at=now) != 1:
        raise _no_good()
    return row.person, Purpose(row.purpose)


def _open(token: str, now: datetime) -> Invitation:
    if not signed(token):
        raise _no_good()
    rows = Invitation.objects.select_related("person__user", "person__organisation")
    row = rows.filter(
        digest=_digest(token),
        state=Invitation.State.OPEN,
        expires_at__gt=now,
        person__active=True,
        person__erased_at__isnull=True,
    ).first()
    if row is None:
        raise _no_good()
    return row


def _no_good() -> InvalidInput:
    return InvalidInput("link", _("This link is not good any more; ask for a new one."))


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
