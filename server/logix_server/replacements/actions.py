"""A replacement's way up to the customer's door: requested, judged by an engineer, shipped, returned."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from logix_common.errors import InvalidInput
from logix_common.findings import CODES

from logix_server.contracts import wording
from logix_server.contracts.decisions.terms import FaultCause, local_day
from logix_server.contracts.queries import contract_facts
from logix_server.replacements.judgement import Judged, judge
from logix_server.replacements.lifecycle import ENDED, Course, ReplacementState
from logix_server.replacements.models import Replacement
from logix_server.replacements.steps import locked, move, tell, text
from logix_server.tickets.events import lock_installation
from logix_server.tickets.models import Ticket
from logix_server.tickets.queries import ticket_by_number

#: So long a customer has to send back what an advance replacement took the place of.
RETURN_WITHIN: Final = timedelta(days=14)


@dataclass(frozen=True)
class Wanted:
    """What is to be replaced: a part, or with `part` "" the whole unit."""

    ticket_number: str
    part: str = ""
    fault_code: str = ""
    why: str = ""


@transaction.atomic
def request(wanted: Wanted, *, actor: str, now: datetime) -> Replacement:
    """Ask for a replacement on a ticket; nothing is promised by it (WAR-7).

    Raises `InvalidInput` where the ticket or the fault is none, or one of this part is under way.
    """
    why = text("why", wanted.why)
    part = text("part", wanted.part, most=200)
    if wanted.fault_code and wanted.fault_code not in CODES:
        raise InvalidInput("fault", f"no fault has the code {wanted.fault_code!r}")
    ticket = _ticket(wanted.ticket_number)
    whole_unit = not part
    part = part or f"unit:{ticket.unit.serial}"
    underway = Replacement.objects.filter(ticket=ticket, part=part).exclude(state__in=ENDED).first()
    if underway is not None:
        raise InvalidInput("part", f"{underway.number} is under way for {part}; go on there")
    replacement = Replacement.objects.create(
        ticket=ticket,
        installation_id=ticket.installation_id,
        unit=ticket.unit,
        whole_unit=whole_unit,
        part=part,
        fault_code=wanted.fault_code,
        state=ReplacementState.REQUESTED,
        state_at=now,
        requested_at=now,
        requested_by=actor,
    )
    replacement.number = f"RMA-{replacement.pk:06d}"
    replacement.save(update_fields=["number"])
    tell(replacement, {"why": why, "whole_unit": whole_unit}, actor=actor, now=now)
    return replacement


def _ticket(number: str) -> Ticket:
    lock_installation(ticket_by_number(number).installation_id)
    return ticket_by_number(number)


def judged(replacement: Replacement, now: datetime, *, confirmed: bool, cause: FaultCause | None) -> Judged:
    """What the contract makes of an engineer's finding, to be shown before it is given."""
    contract = contract_facts(replacement.installation_id, replacement.unit.model)
    return judge(contract, now, whole_unit=replacement.whole_unit, confirmed=confirmed, cause=cause)


@transaction.atomic
def decide(
    number: str, *, confirmed: bool, cause: FaultCause, found: str, actor: str, now: datetime
) -> Replacement:
    """An engineer's word (WAR-7): fault and need confirmed or not, what it came from, and what was found.

    The contract answers: confirmed with its course, or refused with clause and cause. The customer is
    told either way. Raises `InvalidInput` without a word on what was found, `IllegalTransition` for one
    that is decided.
    """
    said = text("found", found, needed=True)
    replacement = locked(number)
    answer = judged(replacement, now, confirmed=confirmed, cause=cause)
    state = ReplacementState.CONFIRMED if answer.allowed else ReplacementState.REFUSED
    replacement.cause = cause.value
    replacement.course = answer.course.value
    replacement.clauses = list(answer.clauses)
    replacement.reason = wording.sentences((*answer.reasons, *answer.course_reasons))
    detail = {
        "found": said,
        "cause": cause.value,
        "course": answer.course.value if answer.allowed else "",
        "clauses": replacement.clauses,
        "reason": replacement.reason,
    }
    move(replacement, state, detail, actor=actor, now=now)
    return replacement


@transaction.atomic
def withdraw(number: str, why: str, *, actor: str, now: datetime) -> None:
    """It is not wanted after all. Raises `IllegalTransition` once something is on its way."""
    said = text("why", why, needed=True)
    move(locked(number), ReplacementState.WITHDRAWN, {"why": said}, actor=actor, now=now)


@transaction.atomic
def ship(number: str, carrier: str, tracking: str, *, actor: str, now: datetime) -> Replacement:
    """What replaces the faulty one leaves; in advance where the course says so (WAR-11).

    An advance replacement is owed its return: `return_due_on`. Raises `IllegalTransition` where the
    faulty one has to come first.
    """
    sent = {"carrier": text("carrier", carrier, most=100), "tracking": text("tracking", tracking, most=100)}
    replacement = locked(number)
    if replacement.course == Course.ADVANCE:
        replacement.return_due_on = local_day(now + RETURN_WITHIN)
        sent["return_due_on"] = replacement.return_due_on.isoformat()
    move(replacement, ReplacementState.SHIPPED, sent, actor=actor, now=now)
    return replacement


@transaction.atomic
def receive(number: str, serial: str, *, actor: str, now: datetime) -> None:
    """The faulty one is at the support centre; `serial` as read from it.

    Raises `InvalidInput` where a whole unit came back that is another one.
    """
    replacement = locked(number)
    read = text("serial", serial, most=64)
    if replacement.whole_unit and read != replacement.unit.serial:
        raise InvalidInput("serial", f"expected unit {replacement.unit.serial}, got {read or 'none'}")
    move(replacement, ReplacementState.RECEIVED, {"serial": read}, actor=actor, now=now)


@transaction.atomic
def close(number: str, why: str, *, actor: str, now: datetime) -> None:
    """Nothing more is to be done. Raises `InvalidInput` where the faulty one is written off unsaid."""
    replacement = locked(number)
    owed = replacement.course == Course.ADVANCE and replacement.state == ReplacementState.FITTED
    said = text("why", why, needed=owed)
    move(replacement, ReplacementState.CLOSED, {"why": said, "written_off": owed}, actor=actor, now=now)
