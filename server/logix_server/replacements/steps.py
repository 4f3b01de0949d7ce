"""What every step of a replacement has in common: the lock, the lifecycle, history, ticket and audit."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from logix_common.errors import InvalidInput

from logix_server.audit.actions import record
from logix_server.replacements import letters
from logix_server.replacements.lifecycle import WAYS, Course, ReplacementState
from logix_server.replacements.models import Replacement, ReplacementStep
from logix_server.tickets.correspondence.telling import tell_customer
from logix_server.tickets.decisions.history import EventKind
from logix_server.tickets.events import lock_installation, note

MOST_TEXT: Final = 2_000


def locked(number: str) -> Replacement:
    """A replacement under its installation's lock, until the caller's transaction ends.

    Raises `InvalidInput` where there is none of that number.
    """
    rows = Replacement.objects.select_related("ticket", "unit", "installation__customer")
    found = rows.filter(number=number).first()
    if found is None:
        raise InvalidInput(number, "is no replacement's number; they look like RMA-000123")
    lock_installation(found.installation_id)
    return rows.get(pk=found.pk)


def move(
    replacement: Replacement,
    state: ReplacementState,
    detail: Mapping[str, Any],
    *,
    actor: str,
    now: datetime,
) -> None:
    """Bring a replacement to `state`; the ticket's history and the audit say so.

    Raises `IllegalTransition` where its course does not lead there.
    """
    way = WAYS[Course(replacement.course or Course.RETURN_FIRST)]
    replacement.state = way.check(ReplacementState(replacement.state), state).value
    replacement.state_at = now
    replacement.save()
    tell(replacement, detail, actor=actor, now=now)


def tell(replacement: Replacement, detail: Mapping[str, Any], *, actor: str, now: datetime) -> None:
    """Write down where a replacement stands, where the customer reads it too; some steps go by mail."""
    step = ReplacementStep.objects.create(
        replacement=replacement, at=now, state=replacement.state, actor=actor, detail=dict(detail)
    )
    said = {"replacement": replacement.number, "state": replacement.state, "part": replacement.part, **detail}
    note(replacement.ticket, EventKind.REPLACEMENT, now, said, actor=actor, public=True)
    action = f"replacement.{replacement.state}"
    record(now, actor, action, f"replacement:{replacement.number}", said)
    if (words := letters.words_of(said)) is not None:
        tell_customer(replacement.ticket, letters.KIND, words, key=f"replacement-step:{step.pk}", now=now)


def text(where: str, said: str, *, needed: bool = False, most: int = MOST_TEXT) -> str:
    """What a person wrote, without blanks around it. Raises `InvalidInput` for too much, or nothing."""
    said = said.strip()
    if len(said) > most or "\x00" in said or (needed and not said):
        raise InvalidInput(where, f"expected {'1' if needed else '0'} to {most} characters")
    return said
