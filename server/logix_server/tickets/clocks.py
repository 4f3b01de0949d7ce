"""The clocks of a ticket's row, always recomputed from its history.

Judged once: when a deadline passes without an answer this is written to the history, and an answer in
time says so, so that nothing that is changed later takes it back.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from logix_server.audit.actions import record
from logix_server.contracts.decisions.terms import ContractFacts
from logix_server.contracts.knowledge import versions_since
from logix_server.contracts.working_time.closures import calendar_around, office_now
from logix_server.contracts.working_time.office_hours import Office
from logix_server.tickets.decisions import resolution, sla
from logix_server.tickets.decisions.history import (
    EventKind,
    Told,
    clock_history,
    last_terms,
    resolution_history,
    terms_told,
)
from logix_server.tickets.decisions.merged_clock import continued, owed
from logix_server.tickets.decisions.resolution import ResolutionClock
from logix_server.tickets.decisions.sla import ClockEvent, ResponseClock
from logix_server.tickets.decisions.terms_over_time import Known, TermsChange, changes
from logix_server.tickets.escalation.watching import look_again
from logix_server.tickets.events import ACTOR, note
from logix_server.tickets.models import Ticket, TicketEvent
from logix_server.tickets.queries import history_of


def told(ticket: Ticket) -> list[Told]:
    """The ticket's history, in the order in which it counts."""
    return [
        Told(event.at, event.kind, event.actor, event.public, event.detail) for event in history_of(ticket)
    ]


def recompute(ticket: Ticket, now: datetime, office: Office) -> ResponseClock:
    """Set deadline, answer and miss of the row from its whole history."""
    clock = _clock(ticket, now, office)
    before = (ticket.deadline, ticket.deadline_clauses, ticket.answered_at, ticket.missed_at)
    if before == (clock.deadline, list(clock.clauses), clock.met_at, clock.breached_at):
        return clock
    ticket.deadline, ticket.deadline_clauses = clock.deadline, list(clock.clauses)
    ticket.answered_at, ticket.missed_at = clock.met_at, clock.breached_at
    ticket.save(update_fields=["deadline", "deadline_clauses", "answered_at", "missed_at"])
    look_again(ticket.pk, now)
    return clock


def settle(ticket: Ticket, now: datetime, *, contract: ContractFacts | None = None) -> ResponseClock:
    """Take up what has changed by itself until `now`: the contract's terms, a deadline that has passed.

    Call it in a transaction that holds the installation's lock; called again it changes nothing.
    `contract`: as known now, where the caller has it, saves asking where nothing was recorded since.
    """
    take_up_terms(ticket, now, contract)
    # Read under the lock: who changes the calendar after this recomputes after us.
    office = office_now()
    clock = recompute(ticket, now, office)
    if clock.breached(now) and _note_missed(ticket, clock, now):
        clock = recompute(ticket, now, office)
    return clock


def take_up_terms(ticket: Ticket, now: datetime, contract: ContractFacts | None = None) -> None:
    """Write down each change of terms since the last one told, at the moment at which it came about."""
    history = told(ticket)
    last = last_terms(history)
    assert last is not None, "a ticket's history begins with its opening"
    since, terms = last
    versions = versions_since(ticket.installation_id, ticket.unit.model, since, contract)
    count = sum(event.kind == EventKind.TERMS_CHANGED for event in history)
    for number, change in enumerate(changes([Known(*one) for one in versions], terms, now), count):
        _note_terms(ticket, change, number, now)


def _note_terms(ticket: Ticket, change: TermsChange, number: int, now: datetime) -> None:
    detail = terms_told(change.terms)
    # Numbered, so that of two who look at once one is refused and looks again.
    note(ticket, EventKind.TERMS_CHANGED, change.at, detail, key=f"terms:{ticket.pk}:{number}")
    record(now, ACTOR, "ticket.terms", f"ticket:{ticket.number}", detail | {"at": change.at.isoformat()})


def _note_missed(ticket: Ticket, clock: ResponseClock, now: datetime) -> bool:
    """Write down that nobody answered in time; False where that is written."""
    key = f"deadline-missed:{ticket.pk}"
    if clock.deadline is None or TicketEvent.objects.filter(key=key).exists():
        return False
    detail = {"clauses": list(clock.clauses)}
    note(ticket, EventKind.DEADLINE_MISSED, clock.deadline, detail, key=key)
    record(now, ACTOR, "ticket.deadline-missed", f"ticket:{ticket.number}", detail)
    return True


def resolution_of(ticket: Ticket, now: datetime) -> ResolutionClock:
    """How long the ticket has been worked on: internal, no promise."""
    calendar = calendar_around(ticket.opened_at, now, office_now())
    return resolution.resolution(resolution_history(told(ticket)), calendar, now)


def response_of(ticket: Ticket, now: datetime) -> ResponseClock:
    """The response clock as it stands, without writing it."""
    return _clock(ticket, now, office_now())


def both_of(ticket: Ticket, now: datetime) -> tuple[ResponseClock, ResolutionClock]:
    """Both clocks from one look at the history."""
    history, office = told(ticket), office_now()
    calendar = calendar_around(ticket.opened_at, now, office)
    worked = resolution.resolution(resolution_history(history), calendar, now)
    return _clock(ticket, now, office, history), worked


def _clock(
    ticket: Ticket, now: datetime, office: Office, history: Sequence[Told] | None = None
) -> ResponseClock:
    """The ticket's own clock, and those of what was merged into it."""
    own, *merged = _histories(ticket, told(ticket) if history is None else history)
    calendar = calendar_around(min(history[0].at for history in (own, *merged)), now, office)
    return owed(sla.response(own, calendar), [sla.response(history, calendar) for history in merged])


def _histories(ticket: Ticket, history: Sequence[Told]) -> list[list[ClockEvent]]:
    """Its own history first, then of each ticket that was merged into it and is still owed an answer."""
    own = clock_history(history)
    found = [own]
    for merged in ticket.merged.order_by("id"):
        # Closed by the merge, for good: its state's time is when that was.
        theirs = _histories(merged, told(merged))
        going_on = (continued(one, own, merged.state_at) for one in theirs)
        found += [one for one in going_on if one is not None]
    return found
