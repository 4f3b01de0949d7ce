"""Rows of a ticket: opened, numbered, noted on, its level raised and its deadline recomputed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from django.db import connection
from django.utils import translation
from django.utils.translation import gettext_noop
from logix_common.findings import title_of

from logix_server.audit.actions import record
from logix_server.contracts import wording
from logix_server.contracts.decisions.coverage import Reason
from logix_server.contracts.decisions.terms import ContractFacts, local_day
from logix_server.contracts.working_time.closures import office_now
from logix_server.effects import outbox
from logix_server.fleet.models import Unit
from logix_server.health.actions import record_coverage
from logix_server.health.models import Fault
from logix_server.knowledge.folding import fold
from logix_server.tickets import announcing, clocks
from logix_server.tickets.decisions.history import EventKind, terms_told
from logix_server.tickets.decisions.levels import Level
from logix_server.tickets.decisions.terms_over_time import terms_in_force
from logix_server.tickets.events import ACTOR, note
from logix_server.tickets.models import Ticket, TicketFault

#: Effect: {"ticket_id"}; run after the commit that opened the ticket, with all that opened it.
TICKET_OPENED: Final = "ticket.opened"


@dataclass(frozen=True)
class Subject:
    """What a ticket is about."""

    unit: Unit
    component: str
    part: str
    text: Mapping[str, str]  # {"tr": ..., "en": ...}


@dataclass(frozen=True)
class Came:
    """How a ticket came to us. `at`: when what it rests on reached us, which starts its clock; None = now."""

    actor: str = ACTOR
    origin: Ticket.Origin = Ticket.Origin.DEVICE
    reporter_id: int | None = None
    answers: Mapping[str, int] = field(default_factory=dict)  # to PRI-1 … PRI-7
    follows: Ticket | None = None
    at: datetime | None = None


BY_DEVICE: Final = Came()


def open_ticket(
    subject: Subject,
    level: Level,
    reasons: Sequence[Reason],
    contract: ContractFacts,
    now: datetime,
    *,
    key: str | None,
    detail: Mapping[str, Any],
    urgent: bool = False,
    came: Came = BY_DEVICE,
) -> Ticket:
    """Open a ticket with its first event, deadline and audit record.

    Raises `IntegrityError` where an open one of this installation and part exists.
    """
    at = came.at or now
    terms = terms_in_force(contract, at)
    ticket = _row(
        subject,
        level,
        came,
        number=next_number(now),
        package="" if terms.package is None or terms.suspended else terms.package.value,
        clauses=list(dict.fromkeys(reason.clause for reason in reasons)),
        urgent=urgent,
        state_at=at,
        opened_at=at,
    )
    opened = {**detail, "level": level.level, "urgent": urgent, **terms_told(terms)}
    note(ticket, EventKind.OPENED, at, opened, key=key, actor=came.actor, public=True)
    clocks.recompute(ticket, now, office_now())
    record(now, came.actor, "ticket.open", f"ticket:{ticket.number}", _decided(ticket))
    outbox.put(TICKET_OPENED, {"ticket_id": ticket.id}, now, key=f"ticket-opened:{ticket.id}")
    return ticket


def _row(subject: Subject, level: Level, came: Came, *, number: str, **more: Any) -> Ticket:
    return Ticket.objects.create(
        number=number,
        installation_id=subject.unit.installation_id,
        unit=subject.unit,
        component=subject.component,
        part=subject.part,
        subject=dict(subject.text),
        level=level.level,
        level_clauses=list(level.clauses),
        level_answers=dict(came.answers),
        state=Ticket.State.NEW,
        origin=came.origin,
        reporter_id=came.reporter_id,
        follows=came.follows,
        words=searched_words(number, subject),
        **more,
    )


def searched_words(number: str, subject: Subject) -> str:
    """What a list finds the ticket by."""
    return fold(" ".join(dict.fromkeys((number, subject.unit.serial, *subject.text.values()))))


def _decided(ticket: Ticket) -> dict[str, Any]:
    """What the audit keeps of an opening."""
    return {
        "part": ticket.part,
        "level": ticket.level,
        "level_clauses": ticket.level_clauses,
        "urgent": ticket.urgent,
        "clauses": ticket.clauses,
        "deadline": ticket.deadline.isoformat() if ticket.deadline else None,
        "deadline_clauses": ticket.deadline_clauses,
    }


def next_number(now: datetime) -> str:
    """The next number of the year in Istanbul, "LGX-2026-000123".

    One statement on both databases; on PostgreSQL it holds the year's row until the commit.
    """
    year = local_day(now).year
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO tickets_ticketcounter (year, last) VALUES (%s, 1)"
            " ON CONFLICT (year) DO UPDATE SET last = tickets_ticketcounter.last + 1 RETURNING last",
            [year],
        )
        return f"LGX-{year}-{cursor.fetchone()[0]:06d}"


def raise_level(ticket: Ticket, level: Level, contract: ContractFacts, now: datetime) -> None:
    """A more critical level: the ticket's deadline is recomputed, the fraction used carried over."""
    detail = {"before": ticket.level, "clauses": list(level.clauses), "level": level.level}
    event = note(ticket, EventKind.LEVEL_CHANGED, now, detail, public=True)
    ticket.level, ticket.level_clauses = level.level, list(level.clauses)
    ticket.save(update_fields=["level", "level_clauses"])
    clocks.settle(ticket, now, contract=contract)
    record(now, ACTOR, "ticket.level", f"ticket:{ticket.number}", detail)
    announcing.changed(event, now)


def worsen(ticket: Ticket, level: Level | None, urgent: bool, contract: ContractFacts, now: datetime) -> None:
    """What a fault brings to its ticket: a more critical level (None: it does not), urgency. Never less."""
    if urgent and not ticket.urgent:
        ticket.urgent = True
        ticket.save(update_fields=["urgent"])
        change = {"field": "urgent", "before": False, "after": True}
        event = note(ticket, EventKind.FIELD_CHANGED, now, change, public=True)
        announcing.changed(event, now)
        record(now, ACTOR, "ticket.urgent", f"ticket:{ticket.number}", {"clauses": ["PRI-4"]})
    if level is not None:
        raise_level(ticket, level, contract, now)


def link(ticket: Ticket, fault: Fault, reasons: Sequence[Reason], now: datetime) -> None:
    """The ticket is about this fault; the contract's answer is written to the fault."""
    # A fault whose earlier ticket has ended goes on under this one; the old one's history stays.
    TicketFault.objects.update_or_create(fault=fault, defaults={"ticket": ticket, "joined_at": now})
    record_coverage(
        fault.id,
        covered=True,
        clauses=list(dict.fromkeys(reason.clause for reason in reasons)),
        reason=wording.sentences(reasons),
        ticket_number=ticket.number,
    )


def fault_subject(fault: Fault) -> dict[str, str]:
    """The subject of a fault's ticket: what is wrong, and with which part."""
    part = fault.part.partition(":")[2] or fault.part
    return {language: f"{title_of(fault.code, language)} ({part})" for language in wording.LANGUAGES}


def silence_subject(unit: Unit) -> dict[str, str]:
    """The subject of a silent unit's ticket."""
    return _of_unit(gettext_noop("The device no longer reports (%(serial)s)"), unit)


def gathering_subject(unit: Unit) -> dict[str, str]:
    """The subject of the ticket for all faults of a unit that reports too many."""
    return _of_unit(gettext_noop("Very many parts report faults (%(serial)s)"), unit)


def _of_unit(text: str, unit: Unit) -> dict[str, str]:
    subject = {}
    for language in wording.LANGUAGES:
        with translation.override(language):
            subject[language] = translation.gettext(text) % {"serial": unit.serial}
    return subject
