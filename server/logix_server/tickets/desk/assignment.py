"""Who of ours works on a ticket."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet
from logix_common.errors import InvalidInput

from logix_server.accounts.access import Viewer
from logix_server.accounts.models import Person
from logix_server.accounts.rights import ALLOWED, Right, require
from logix_server.audit.actions import record
from logix_server.tickets import announcing
from logix_server.tickets.decisions.history import EventKind
from logix_server.tickets.events import note
from logix_server.tickets.lifecycle import TicketState
from logix_server.tickets.models import TicketEvent
from logix_server.tickets.reach import expect_unchanged, locked

FIELD = "assignee"


@transaction.atomic
def assign(
    viewer: Viewer, number: str, person_id: int | None, *, now: datetime, seen: int | None = None
) -> TicketEvent | None:
    """Give a ticket to somebody of ours, None = to nobody; None where it is so already.

    Raises `NotFound`, `Forbidden`, `Meanwhile`, `InvalidInput` for a person who works on no tickets and for
    a closed ticket.
    """
    require(viewer, Right.HANDLE_TICKET)
    ticket = locked(viewer, number)
    expect_unchanged(ticket, seen, (EventKind.FIELD_CHANGED,))
    if ticket.assignee_id == person_id:
        return None
    if ticket.state == TicketState.CLOSED:
        raise InvalidInput(number, "is closed for good")
    if person_id is not None and not assignable().filter(id=person_id).exists():
        raise InvalidInput(FIELD, "expected an active support engineer or manager of ours")
    # Ids, no names: a history outlives what may be kept of a person.
    detail = {"field": FIELD, "before": ticket.assignee_id, "after": person_id}
    ticket.assignee_id = person_id
    ticket.save(update_fields=["assignee"])
    event = note(ticket, EventKind.FIELD_CHANGED, now, detail, actor=viewer.actor)
    record(now, viewer.actor, "ticket.assign", f"ticket:{number}", detail)
    announcing.changed(event, now)
    return event


def take(viewer: Viewer, number: str, *, now: datetime, seen: int | None = None) -> TicketEvent | None:
    """The viewer takes a ticket; raises as `assign` does."""
    return assign(viewer, number, viewer.person_id, now=now, seen=seen)


def assignable() -> QuerySet[Person]:
    """People of ours who may work on tickets, by name."""
    roles = [role.value for role in ALLOWED[Right.HANDLE_TICKET]]
    return Person.objects.filter(role__in=roles, active=True, erased_at__isnull=True).order_by("name", "id")
