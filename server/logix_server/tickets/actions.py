"""Faults and silences become tickets, or refusals that customer and dealer are told of.

The handlers are run by `effects.dispatch` inside its transaction. Called again for the same event they
change nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from django.db import IntegrityError, transaction
from logix_common.clock import EPOCH
from logix_common.findings import Component

from logix_server.audit.actions import record
from logix_server.contracts import wording
from logix_server.contracts.decisions import coverage
from logix_server.contracts.decisions.coverage import Action
from logix_server.contracts.decisions.terms import ContractFacts
from logix_server.contracts.queries import contract_facts
from logix_server.fleet.models import Presence, Unit
from logix_server.health.models import Fault, FaultEvent
from logix_server.tickets import notices, opening
from logix_server.tickets.decisions import intake
from logix_server.tickets.decisions.history import EventKind
from logix_server.tickets.decisions.intake import (
    FaultFacts,
    Happening,
    JoinTicket,
    Note,
    OpenTicket,
    Outcome,
    RaiseLevel,
    Refuse,
)
from logix_server.tickets.decisions.levels import Level
from logix_server.tickets.events import ACTOR, lock_installation, note
from logix_server.tickets.models import Ticket, TicketEvent
from logix_server.tickets.opening import Subject
from logix_server.tickets.queries import crowd, open_tickets, related_tickets

#: A silent unit: PRI-2 at level 3, "no healthy access; cause to be found".
SILENCE_LEVEL: Final = Level(3, ("PRI-2",))
SILENCE_PART: Final = "unit"
#: A storm: more findings of a unit within an hour, or more open tickets of an installation, than this. What
#: comes on top shares one ticket, whose part is this.
MOST_RAISED: Final = 10
MOST_OPEN_TICKETS: Final = 50
GATHERING_PART: Final = "many"


def on_fault(payload: Mapping[str, Any], now: datetime) -> None:
    """Effects "fault.raised", "fault.changed", "fault.recovered": {"fault_id", "event_id"}."""
    related = "fault__unit__installation__customer__dealer"
    event = FaultEvent.objects.select_related(related).get(id=payload["event_id"])
    fault = event.fault
    lock_installation(fault.installation_id)
    key = f"fault-event:{event.id}"
    if TicketEvent.objects.filter(key=key).exists():
        return
    contract = contract_facts(fault.installation_id, fault.unit.model)
    for last_try in (False, True):
        outcome = _decide(event, contract, now)
        try:
            with transaction.atomic():
                _carry_out(outcome, event, contract, key, now)
        except IntegrityError:
            # Somebody opened a ticket for this part between our look and our insert: look again.
            if last_try:
                raise
        else:
            return


def _decide(event: FaultEvent, contract: ContractFacts, now: datetime) -> Outcome:
    fault = event.fault
    facts = FaultFacts(
        fault_id=fault.id,
        part=fault.part,
        code=fault.code,
        # As it was told then: effects may run long after, and one after the other.
        severity=int(event.detail.get("severity", fault.severity)),
        related_parts=tuple(fault.related_parts),
        recovered=fault.state == Fault.State.RECOVERED,
        urgent=bool(event.detail.get("urgent", fault.urgent)),
    )
    tickets = related_tickets(fault)
    outcome = intake.decide(Happening(event.kind), facts, contract, tickets, now)
    if isinstance(outcome, OpenTicket):
        bounds = intake.Bounds(MOST_OPEN_TICKETS, MOST_RAISED)
        return intake.gathered(outcome, crowd(event, GATHERING_PART), bounds)
    return outcome


def _carry_out(outcome: Outcome, event: FaultEvent, contract: ContractFacts, key: str, now: datetime) -> None:
    fault = event.fault
    detail = {"fault_id": fault.id, "code": fault.code, "observed_at": event.at.isoformat()}
    match outcome:
        case OpenTicket(level, reasons, gathers, urgent):
            subject = (
                _gathering(fault)
                if gathers
                else Subject(fault.unit, fault.component, fault.part, opening.fault_subject(fault))
            )
            ticket = opening.open_ticket(
                subject, level, reasons, contract, now, key=key, detail=detail, urgent=urgent
            )
            opening.link(ticket, fault, reasons, now)
        case JoinTicket(ticket_id, reasons, level, came_back, urgent):
            ticket = Ticket.objects.get(id=ticket_id)
            kind = EventKind.FAULT_CAME_BACK if came_back else EventKind.FAULT_JOINED
            note(ticket, kind, now, detail, key=key)
            opening.link(ticket, fault, reasons, now)
            opening.worsen(ticket, level, urgent, contract, now)
        case RaiseLevel(ticket_id, level, urgent):
            ticket = Ticket.objects.get(id=ticket_id)
            note(ticket, EventKind.FAULT_WORSE, now, detail, key=key)
            opening.worsen(ticket, level, urgent, contract, now)
        case Note(ticket_id, kind):
            note(Ticket.objects.get(id=ticket_id), kind, now, detail, key=key)
        case Refuse(reasons):
            notices.refuse(fault, reasons, now)


def _gathering(fault: Fault) -> Subject:
    subject = opening.gathering_subject(fault.unit)
    return Subject(fault.unit, Component.SYSTEM.value, GATHERING_PART, subject)


def on_silent_unit(payload: Mapping[str, Any], now: datetime) -> None:
    """Effect "unit.silent": {"unit_id", "last_seen_at"}; a level 3 ticket where the contract gives one."""
    unit = Unit.objects.select_related("installation__customer__dealer").get(id=payload["unit_id"])
    last_seen = datetime.fromisoformat(payload["last_seen_at"])
    heard = Presence.objects.filter(unit=unit).values_list("last_seen_at", flat=True).first() or EPOCH
    if heard > last_seen:
        return  # it has been heard since
    lock_installation(unit.installation_id)
    key = f"silence:{unit.id}:{last_seen.isoformat()}"
    if TicketEvent.objects.filter(key=key).exists():
        return
    detail = {"unit": unit.serial, "last_seen_at": last_seen.isoformat()}
    standing = open_tickets().filter(installation=unit.installation_id, part=SILENCE_PART).first()
    if standing is not None:
        note(standing, EventKind.NOTE, now, detail, key=key)
        return
    contract = contract_facts(unit.installation_id, unit.model)
    decision = coverage.decide(contract, Action.TICKET_OPEN, now)
    if decision.allowed:
        subject = Subject(unit, Component.SYSTEM.value, SILENCE_PART, opening.silence_subject(unit))
        opening.open_ticket(subject, SILENCE_LEVEL, decision.reasons, contract, now, key=key, detail=detail)
    else:
        refused = {**detail, "clauses": list(decision.clauses), "reason": wording.sentences(decision.reasons)}
        record(now, ACTOR, "unit.silence-not-covered", f"unit:{unit.serial}", refused)
