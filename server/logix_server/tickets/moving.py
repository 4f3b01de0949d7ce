"""A ticket's move from state to state: what it asks, its row, history, audit and effect."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from logix_common.errors import InvalidInput

from logix_server.audit.actions import record
from logix_server.contracts import wording
from logix_server.tickets import announcing, clocks
from logix_server.tickets.decisions.history import EventKind
from logix_server.tickets.decisions.procedure import workaround_bars
from logix_server.tickets.decisions.reopening import REOPENED_WITHIN, may_reopen
from logix_server.tickets.events import note
from logix_server.tickets.files.attachments import expire_with
from logix_server.tickets.lifecycle import TICKET, TicketState
from logix_server.tickets.models import Ticket, TicketEvent
from logix_server.tickets.queries import open_tickets
from logix_server.tickets.reach import MOST_WHY, line_of


@dataclass(frozen=True)
class Next:
    """Where a ticket goes. `why` is for engineers; `system_owner`: who of the customer was told (SUP-4)."""

    state: TicketState
    why: str = ""
    system_owner: str = ""


def move_to(ticket: Ticket, to: Next, actor: str, now: datetime) -> TicketEvent:
    """Move a ticket in the caller's transaction and lock; raises as `handling.move` does."""
    if to.state is TicketState.WORKAROUND:
        for bar in workaround_bars(to.system_owner):
            raise InvalidInput("system_owner", f"{wording.sentence(bar, 'en')} ({bar.clause})")
    if ticket.state in (TicketState.SOLVED, TicketState.CLOSED) and to.state is TicketState.OPEN:
        _expect_reopenable(ticket, now)
    event = change_state(ticket, to, actor, now)
    clocks.settle(ticket, now)
    return event


def _expect_reopenable(ticket: Ticket, now: datetime) -> None:
    if not may_reopen(TicketState(ticket.state), ticket.state_at, now):
        within = f"may be taken up again within {REOPENED_WITHIN.days} days of its solution"
        raise InvalidInput(ticket.number, f"{within}; a message opens one that follows it")
    if other := open_for_part(ticket):
        raise InvalidInput(ticket.number, f"{other.number} is open for {ticket.part}; go on there")


def open_for_part(ticket: Ticket) -> Ticket | None:
    """The other ticket that is open for the same part; people's tickets have none."""
    rows = open_tickets().filter(installation=ticket.installation_id, part=ticket.part)
    return rows.exclude(pk=ticket.pk).first() if ticket.part else None


def change_state(ticket: Ticket, to: Next, actor: str, now: datetime) -> TicketEvent:
    """Row, history, audit and effect of a move, in the caller's transaction, which settles the clocks."""
    before = TicketState(ticket.state)
    ticket.state, ticket.state_at = TICKET.check(before, to.state).value, now
    ticket.save(update_fields=["state", "state_at"])
    why = line_of("why", to.why, MOST_WHY) if to.why.strip() else ""
    detail = {"before": before.value, "state": to.state.value, "why": why}
    if to.state is TicketState.CLOSED:
        expire_with(ticket, now)
    record(now, actor, "ticket.move", f"ticket:{ticket.number}", detail)
    if to.state is TicketState.WORKAROUND:
        # A name stands in the history alone: the audit keeps nothing that may have to be erased.
        detail["system_owner"] = line_of("system_owner", to.system_owner)
    event = note(ticket, EventKind.STATE_CHANGED, now, detail, actor=actor, public=True)
    announcing.changed(event, now)
    return event
