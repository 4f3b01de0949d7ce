"""What changes under open tickets: the contract's terms, working time, deadlines that pass.

By recording: the effects "contract.changed" and "calendar.changed". By time: two periodic jobs. All of
them may be killed anywhere and run again: a history's event is written once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from django.db import transaction
from django.db.models import QuerySet

from logix_server.contracts.decisions.terms import ContractFacts
from logix_server.contracts.queries import facts_of_installations
from logix_server.contracts.working_time.closures import CALENDAR_CHANGED, office_now
from logix_server.effects import outbox
from logix_server.tickets import clocks
from logix_server.tickets.decisions.history import EventKind, Told, last_terms
from logix_server.tickets.decisions.terms_over_time import Known, Terms, changes
from logix_server.tickets.events import lock_installation
from logix_server.tickets.models import Ticket, TicketEvent
from logix_server.tickets.queries import open_tickets, unanswered

#: Tickets a transaction or a query.
PAGE: Final = 200


def on_contract_changed(payload: Mapping[str, Any], now: datetime) -> None:
    """Effect "contract.changed": {"installation_id"}; its open tickets take up the new terms."""
    lock_installation(payload["installation_id"])
    for ticket in open_tickets().filter(installation_id=payload["installation_id"]).order_by("id"):
        clocks.settle(ticket, now)


def on_calendar_changed(payload: Mapping[str, Any], now: datetime) -> None:
    """Effect "calendar.changed": {} or {"after": ticket id}; deadlines that are still ahead move.

    A page of tickets an effect, the rest by another one: no transaction grows with their number.
    """
    after = int(payload.get("after", 0))
    rows = unanswered().filter(id__gt=after).order_by("id")
    ids = list(rows.values_list("id", "installation_id")[:PAGE])
    for installation_id in sorted({installation_id for _, installation_id in ids}):
        lock_installation(installation_id)
    office = office_now()
    # Looked at again under the lock: an answer may have come between.
    for ticket in rows.filter(id__in=[ticket_id for ticket_id, _ in ids]):
        clocks.recompute(ticket, now, office)
    if len(ids) == PAGE:
        outbox.put(CALENDAR_CHANGED, {"after": ids[-1][0]}, now)


def note_missed_deadlines(now: datetime) -> bool:
    """Write down what passed without an answer; whether there may be more."""
    rows = unanswered().filter(deadline__lt=now).select_related("unit")
    due = list(rows.order_by("deadline", "id")[:PAGE])
    _settle(due, _facts(due), now)
    return len(due) == PAGE


def take_up_terms(now: datetime) -> int:
    """Terms that began or ended by time alone since a ticket's history told them; how many tickets.

    By what is known now: what was recorded meanwhile is told by its effect.
    """
    found = 0
    for page in _pages(open_tickets()):
        facts = _facts(page)
        told = _last_told(page)
        stale = [one for one in page if _differs(told[one.pk], facts[one.installation_id], now)]
        _settle(stale, facts, now)
        found += len(stale)
    return found


def _differs(told: tuple[datetime, Terms], contract: ContractFacts, now: datetime) -> bool:
    since, terms = told
    return next(changes([Known(since, contract)], terms, now), None) is not None


def _pages(rows: QuerySet[Ticket]) -> Iterator[Sequence[Ticket]]:
    after = 0
    while page := list(rows.filter(id__gt=after).select_related("unit").order_by("id")[:PAGE]):
        yield page
        after = page[-1].pk


def _last_told(page: Sequence[Ticket]) -> dict[int, tuple[datetime, Terms]]:
    kinds = [EventKind.OPENED.value, EventKind.TERMS_CHANGED.value]
    rows = TicketEvent.objects.filter(ticket__in=page, kind__in=kinds).order_by("at", "id")
    events: dict[int, list[Told]] = {}
    for row in rows:
        told = Told(row.at, row.kind, row.actor, row.public, row.detail)
        events.setdefault(row.ticket_id, []).append(told)
    return {ticket_id: last for ticket_id, told in events.items() if (last := last_terms(told)) is not None}


def _facts(page: Sequence[Ticket]) -> dict[int, ContractFacts]:
    return facts_of_installations({one.installation_id: one.unit.model for one in page})


def _settle(page: Sequence[Ticket], facts: Mapping[int, ContractFacts], now: datetime) -> None:
    """A transaction a ticket: short ones hold nobody up."""
    for ticket in page:
        with transaction.atomic():
            lock_installation(ticket.installation_id)
            fresh = Ticket.objects.select_related("unit").get(pk=ticket.pk)
            clocks.settle(fresh, now, contract=facts[fresh.installation_id])
