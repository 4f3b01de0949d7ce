"""A ticket's level by people: the customer answers PRI-1 to PRI-7, an engineer changes it with a reason."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from logix_common.errors import InvalidInput

from logix_server.accounts.access import Viewer
from logix_server.accounts.rights import Right, may, require
from logix_server.audit.actions import record
from logix_server.tickets import announcing, clocks
from logix_server.tickets.decisions.history import EventKind
from logix_server.tickets.decisions.levels import QUESTIONS, Level, level_after_answers, level_of_answers
from logix_server.tickets.events import note
from logix_server.tickets.lifecycle import TicketState
from logix_server.tickets.models import Ticket, TicketEvent
from logix_server.tickets.reach import MOST_WHY, expect_unchanged, line_of, locked

FIELD = "level_answers"
#: Times that one person of a customer or dealer changes the answers of a ticket within an hour.
MOST_AN_HOUR: Final = 20


@transaction.atomic
def set_answers(
    viewer: Viewer, number: str, answers: Mapping[str, int], *, now: datetime, seen: int | None = None
) -> TicketEvent | None:
    """Answer questions, {"PRI-3": 2}; what was answered before and is not named here stays. None = no news.

    The level rises where an answer is graver than before and than the level (Reading 20); it never
    falls by an answer. Raises `NotFound`, `Forbidden`, `Meanwhile`, `InvalidInput` for what is no answer,
    for a ticket that is solved or closed, and for a customer's that come too often.
    """
    if not may(viewer, Right.WRITE_TO_TICKET):
        require(viewer, Right.HANDLE_TICKET)
    level_of_answers(answers)
    ticket = _working(viewer, number, seen)
    before = {str(row): int(level) for row, level in ticket.level_answers.items()}
    after = before | dict(answers)
    if after == before:
        return None
    _expect_moderation(ticket, viewer, now)
    ticket.level_answers = after
    ticket.save(update_fields=["level_answers"])
    detail = {"field": FIELD, "before": before, "after": after}
    event = note(ticket, EventKind.FIELD_CHANGED, now, detail, actor=viewer.actor, public=True)
    record(now, viewer.actor, "ticket.answers", f"ticket:{number}", detail)
    present = Level(ticket.level, tuple(ticket.level_clauses))
    if found := level_after_answers(present, before, answers):
        return _set(ticket, found, {"answers": after}, viewer.actor, now)
    announcing.changed(event, now)
    return event


def _expect_moderation(ticket: Ticket, viewer: Viewer, now: datetime) -> None:
    """Whoever answers to and fro pushes no other words out of the history that a page shows."""
    theirs = TicketEvent.objects.filter(ticket=ticket, actor=viewer.actor, at__gt=now - timedelta(hours=1))
    if not viewer.vendor and theirs.filter(kind=EventKind.FIELD_CHANGED.value).count() >= MOST_AN_HOUR:
        raise InvalidInput(
            ticket.number, f"was answered about {MOST_AN_HOUR} times within an hour; write to us"
        )


@transaction.atomic
def change_level(
    viewer: Viewer,
    number: str,
    level: int,
    reason: str,
    *,
    row: str,
    now: datetime,
    seen: int | None = None,
) -> TicketEvent | None:
    """An engineer's word on the level, with the row (PRI-1 … PRI-7) that gives it and a reason.

    The customer sees both. None where level and row are so already. Raises `NotFound`, `Forbidden`,
    `Meanwhile`, `InvalidInput` without a reason, for what is no level or row, for a solved or closed ticket.
    """
    require(viewer, Right.HANDLE_TICKET)
    if row not in QUESTIONS:
        raise InvalidInput("row", f"expected one of {', '.join(QUESTIONS)}")
    if level not in (1, 2, 3):
        raise InvalidInput("level", f"expected 1, 2 or 3, got {level}")
    why = line_of("reason", reason, MOST_WHY)
    ticket = _working(viewer, number, seen)
    if (ticket.level, ticket.level_clauses) == (level, [row]):
        return None
    return _set(ticket, Level(level, (row,)), {"reason": why}, viewer.actor, now)


def _working(viewer: Viewer, number: str, seen: int | None) -> Ticket:
    ticket = locked(viewer, number)
    expect_unchanged(ticket, seen, (EventKind.LEVEL_CHANGED, EventKind.FIELD_CHANGED))
    if ticket.state in (TicketState.SOLVED, TicketState.CLOSED):
        raise InvalidInput(number, f"is {ticket.state}: its level is history")
    return ticket


def _set(ticket: Ticket, level: Level, by: Mapping[str, object], actor: str, now: datetime) -> TicketEvent:
    detail = {"before": ticket.level, "level": level.level, "clauses": list(level.clauses), **by}
    event = note(ticket, EventKind.LEVEL_CHANGED, now, detail, actor=actor, public=True)
    ticket.level, ticket.level_clauses = level.level, list(level.clauses)
    ticket.save(update_fields=["level", "level_clauses"])
    clocks.settle(ticket, now)
    record(now, actor, "ticket.level", f"ticket:{ticket.number}", detail)
    announcing.changed(event, now)
    return event
