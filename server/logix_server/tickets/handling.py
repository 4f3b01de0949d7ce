"""A person works on a ticket: answers the customer, moves it from state to state."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from logix_common.errors import InvalidInput

from logix_server.audit.actions import record
from logix_server.contracts import wording
from logix_server.tickets import clocks
from logix_server.tickets.events import lock_installation, note
from logix_server.tickets.history import EventKind
from logix_server.tickets.lifecycle import TICKET, TicketState
from logix_server.tickets.models import Ticket
from logix_server.tickets.procedure import workaround_bars
from logix_server.tickets.queries import open_tickets, ticket_by_number

MOST_TEXT = 20_000


@transaction.atomic
def answer(ticket_number: str, text: str, *, actor: str, now: datetime) -> None:
    """A person's public answer to the customer; the first one stops the response clock.

    Raises `InvalidInput` for a ticket that is not there or closed, and for an empty answer.
    """
    said = text.strip()
    if not said or len(said) > MOST_TEXT:
        raise InvalidInput("text", f"expected an answer of 1 to {MOST_TEXT} characters")
    ticket = _locked(ticket_number)
    if ticket.state == TicketState.CLOSED:
        raise InvalidInput(ticket_number, "is closed for good")
    # What passed before this answer is written down first: late stays late, in time stays in time.
    in_time = not clocks.settle(ticket, now).breached(now)
    note(ticket, EventKind.ANSWER, now, {"text": said, "in_time": in_time}, actor=actor, public=True)
    if ticket.state == TicketState.NEW:
        _move(ticket, TicketState.OPEN, "", actor, now)
    clocks.settle(ticket, now)
    record(now, actor, "ticket.answer", f"ticket:{ticket.number}", {"in_time": in_time})


@transaction.atomic
def move(ticket_number: str, state: TicketState, why: str, *, actor: str, now: datetime) -> None:
    """Move a ticket to another state; that answers nobody, and stops no response clock.

    Raises `IllegalTransition` where its lifecycle does not allow it, `InvalidInput` where a solved
    ticket is taken up again while another one is open for its part, and for a workaround where `why`
    does not say who was told (SUP-4).
    """
    ticket = _locked(ticket_number)
    if state is TicketState.WORKAROUND:
        for bar in workaround_bars(system_owner=why):
            raise InvalidInput("why", f"{wording.sentence(bar, 'en')} ({bar.clause})")
    if ticket.state == TicketState.SOLVED and state is TicketState.OPEN:
        other = open_tickets().filter(installation=ticket.installation_id, part=ticket.part).first()
        if other is not None:
            raise InvalidInput(ticket_number, f"{other.number} is open for {ticket.part}; go on there")
    _move(ticket, state, why.strip(), actor, now)
    clocks.settle(ticket, now)
    record(now, actor, "ticket.move", f"ticket:{ticket.number}", {"state": state.value, "why": why.strip()})


def _move(ticket: Ticket, state: TicketState, why: str, actor: str, now: datetime) -> None:
    before = TicketState(ticket.state)
    ticket.state, ticket.state_at = TICKET.check(before, state).value, now
    ticket.save(update_fields=["state", "state_at"])
    detail = {"before": before.value, "state": state.value, "why": why}
    note(ticket, EventKind.STATE_CHANGED, now, detail, actor=actor)


def _locked(ticket_number: str) -> Ticket:
    lock_installation(ticket_by_number(ticket_number).installation_id)
    return ticket_by_number(ticket_number)
