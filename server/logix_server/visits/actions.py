"""Service visits: asked for on a ticket, agreed with the customer, done with a report."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from logix_common.errors import InvalidInput

from logix_server.contracts import wording
from logix_server.contracts.queries import contract_facts
from logix_server.tickets.events import lock_installation
from logix_server.tickets.queries import ticket_by_number
from logix_server.visits.judgement import Reach, judge
from logix_server.visits.lifecycle import VisitState
from logix_server.visits.models import Visit
from logix_server.visits.steps import locked, move, number, tell, text

MOST_REPORT: Final = 20_000
#: Agreed for at most so long ahead, and so long at a time.
FARTHEST, LONGEST = timedelta(days=366), timedelta(days=14)


@dataclass(frozen=True)
class Appointment:
    """Who goes, from when until when, and with whom at the customer it was agreed."""

    starts_at: datetime
    ends_at: datetime
    engineer: str
    agreed_with: str


@transaction.atomic
def request(ticket_number: str, why: str, reach: Reach, *, actor: str, now: datetime) -> Visit:
    """Ask for a visit on a ticket; where the terms do not give one it is refused at once, with clauses.

    Raises `InvalidInput` for a ticket that is none, and without a word on why a visit is needed.
    """
    said = text("why", why)
    lock_installation(ticket_by_number(ticket_number).installation_id)
    ticket = ticket_by_number(ticket_number)
    decision = judge(contract_facts(ticket.installation_id, ticket.unit.model), now, reach)
    visit = Visit.objects.create(
        ticket=ticket,
        installation_id=ticket.installation_id,
        why=said,
        reach=reach.value,
        clauses=list(decision.clauses),
        reason=wording.sentences(decision.reasons),
        state=VisitState.REQUESTED if decision.allowed else VisitState.REFUSED,
        state_at=now,
        requested_at=now,
        requested_by=actor,
    )
    number(visit)
    tell(visit, {"why": said, "clauses": visit.clauses, "reason": visit.reason}, actor=actor, now=now)
    return visit


@transaction.atomic
def agree(visit_number: str, appointment: Appointment, *, actor: str, now: datetime) -> Visit:
    """The customer agreed to a time, or to another one.

    Raises `InvalidInput` for a time that is none, `IllegalTransition` for a visit that has ended.
    """
    engineer = text("engineer", appointment.engineer, 200)
    agreed_with = text("agreed with", appointment.agreed_with, 200)
    starts_at, ends_at = appointment.starts_at, appointment.ends_at
    if not now <= starts_at < ends_at <= starts_at + LONGEST or starts_at > now + FARTHEST:
        raise InvalidInput("time", "expected a beginning within a year from now, and an end after it")
    visit = locked(visit_number)
    visit.starts_at, visit.ends_at = starts_at, ends_at
    visit.engineer, visit.agreed_with = engineer, agreed_with
    detail = {
        "starts_at": starts_at.isoformat(),
        "ends_at": ends_at.isoformat(),
        "engineer": engineer,
        "agreed_with": agreed_with,
    }
    move(visit, VisitState.AGREED, detail, actor=actor, now=now)
    return visit


@transaction.atomic
def finish(visit_number: str, report: str, *, actor: str, now: datetime) -> None:
    """The visit took place; what was found and done. Raises `IllegalTransition` where none was agreed."""
    said = text("report", report, MOST_REPORT)
    visit = locked(visit_number)
    visit.report = said
    move(visit, VisitState.DONE, {"report": said}, actor=actor, now=now)


@transaction.atomic
def cancel(visit_number: str, why: str, *, actor: str, now: datetime) -> None:
    """It does not take place. Raises `IllegalTransition` for one that has ended."""
    said = text("why", why)
    move(locked(visit_number), VisitState.CANCELLED, {"why": said}, actor=actor, now=now)
