"""What every step of a visit has in common: the lock, the lifecycle, history, ticket and audit."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from logix_common.errors import InvalidInput

from logix_server.audit.actions import record
from logix_server.tickets.decisions.history import EventKind
from logix_server.tickets.events import lock_installation, note
from logix_server.visits.lifecycle import VISIT, VisitState
from logix_server.visits.models import Visit, VisitStep

MOST_TEXT: Final = 2_000


def number(visit: Visit) -> None:
    """Number a new row."""
    visit.number = f"VIS-{visit.pk:06d}"
    visit.save(update_fields=["number"])


def tell(visit: Visit, detail: Mapping[str, Any], *, actor: str, now: datetime) -> None:
    """Write down where a visit stands, on its ticket too, where the customer reads it."""
    VisitStep.objects.create(visit=visit, at=now, state=visit.state, actor=actor, detail=dict(detail))
    said = {"visit": visit.number, "state": visit.state, **detail}
    if visit.ticket is not None:
        note(visit.ticket, EventKind.VISIT, now, said, actor=actor, public=True)
    record(now, actor, f"visit.{visit.state}", f"visit:{visit.number}", said)


def text(where: str, said: str, most: int = MOST_TEXT) -> str:
    """What a person wrote, without blanks around it. Raises `InvalidInput` for nothing or too much."""
    said = said.strip()
    if not said or len(said) > most or "\x00" in said:
        raise InvalidInput(where, f"expected 1 to {most} characters")
    return said


def locked(visit_number: str) -> Visit:
    """A visit under its installation's lock, until the caller's transaction ends.

    Raises `InvalidInput` where there is none of that number.
    """
    rows = Visit.objects.select_related("ticket")
    found = rows.filter(number=visit_number).first()
    if found is None:
        raise InvalidInput(visit_number, "is no visit's number; they look like VIS-000123")
    lock_installation(found.installation_id)
    return rows.get(pk=found.pk)


def move(visit: Visit, state: VisitState, detail: Mapping[str, Any], *, actor: str, now: datetime) -> None:
    """Bring a visit to `state`; the ticket's history and the audit say so.

    Raises `IllegalTransition` where its lifecycle does not lead there.
    """
    visit.state, visit.state_at = VISIT.check(VisitState(visit.state), state).value, now
    visit.save()
    tell(visit, detail, actor=actor, now=now)
