"""Tickets read: as facts for decisions, as rows for people."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from django.db.models import Case, F, Prefetch, Q, QuerySet, Value, When
from logix_common.errors import InvalidInput

from logix_server.contracts.decisions.terms import RANK
from logix_server.health.models import Fault, FaultEvent
from logix_server.health.queries import raised_within
from logix_server.tickets.decisions.intake import Crowd, FaultFacts, TicketFacts
from logix_server.tickets.decisions.levels import Level
from logix_server.tickets.models import Ticket, TicketEvent, TicketFault

HOUR: Final = timedelta(hours=1)
ENDED: Final = (Ticket.State.SOLVED, Ticket.State.CLOSED)


def open_tickets() -> QuerySet[Ticket]:
    """Tickets that are neither solved nor closed."""
    return Ticket.objects.exclude(state__in=ENDED)


def unanswered() -> QuerySet[Ticket]:
    """Tickets whose response clock is still undecided: nobody answered, no deadline has passed."""
    return Ticket.objects.filter(answered_at__isnull=True, missed_at__isnull=True)


def related_tickets(fault: Fault) -> list[TicketFacts]:
    """The installation's open tickets that this fault may belong to, with their faults, oldest first.

    Those about it, about its part or a part it names, or about a fault that names parts: a device with
    a thousand faults must not make every decision read them all.
    """
    parts = [fault.part, *fault.related_parts]
    links = TicketFault.objects.filter(ticket__installation_id=fault.installation_id)
    near = links.filter(Q(fault_id=fault.id) | Q(fault__part__in=parts) | ~Q(fault__related_parts=[]))
    candidates = Q(part__in=parts) | Q(id__in=near.values("ticket_id"))
    # Only what decides: the ticket that gathers may hold a thousand others.
    faults = Prefetch("fault_links", near.select_related("fault").order_by("id"))
    rows = open_tickets().filter(candidates, installation_id=fault.installation_id).order_by("id")
    return [
        _ticket_facts(ticket, tuple(_facts(link.fault) for link in ticket.fault_links.all()))
        for ticket in rows.prefetch_related(faults)
    ]


def crowd(event: FaultEvent, gathering_part: str) -> Crowd:
    """How much stands at the installation and came from the unit when `event` came, and what gathers it."""
    rows = open_tickets().filter(installation_id=event.fault.installation_id)
    gathering = rows.filter(part=gathering_part).first()
    raised = raised_within(HOUR, event)
    return Crowd(rows.count(), raised, _ticket_facts(gathering) if gathering else None)


def _ticket_facts(ticket: Ticket, faults: tuple[FaultFacts, ...] = ()) -> TicketFacts:
    level = Level(ticket.level, tuple(ticket.level_clauses))
    return TicketFacts(ticket.id, ticket.part, level, faults, ticket.urgent)


def _facts(fault: Fault) -> FaultFacts:
    return FaultFacts(
        fault.id,
        fault.part,
        fault.code,
        fault.severity,
        tuple(fault.related_parts),
        fault.state == Fault.State.RECOVERED,
    )


def tickets(*, serial: str = "", open_only: bool = False, limit: int = 100, offset: int = 0) -> list[Ticket]:
    """Tickets in the order of work (SUP-7), as `tickets.decisions.queue` decides it."""
    rows = open_tickets() if open_only else Ticket.objects.all()
    if serial:
        rows = rows.filter(unit__serial=serial)
    rank = Case(
        *(When(package=package.value, then=Value(-rank)) for package, rank in RANK.items()), default=Value(1)
    )
    ordered = rows.order_by("level", rank, "-urgent", F("deadline").asc(nulls_last=True), "opened_at", "id")
    return list(ordered.select_related("unit", "installation__customer")[offset : offset + limit])


def ticket_by_number(number: str) -> Ticket:
    """One ticket. Raises `InvalidInput` where there is none."""
    found = Ticket.objects.select_related("unit", "installation__customer").filter(number=number).first()
    if found is None:
        raise InvalidInput(number, "is no ticket's number; they look like LGX-2026-000123")
    return found


def faults_of(ticket: Ticket) -> list[Fault]:
    """The faults that a ticket is about, in the order in which they joined."""
    links = TicketFault.objects.filter(ticket=ticket).select_related("fault").order_by("joined_at", "id")
    return [link.fault for link in links]


def history_of(ticket: Ticket) -> list[TicketEvent]:
    """What happened to a ticket, oldest first."""
    return list(TicketEvent.objects.filter(ticket=ticket).order_by("at", "id"))
