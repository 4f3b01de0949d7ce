"""Maintenance agreements: recorded, ended, and their visits asked for in good time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from django.db import transaction
from logix_common.errors import InvalidInput

from logix_server.audit.actions import record
from logix_server.contracts import wording
from logix_server.contracts.decisions.terms import local_day
from logix_server.contracts.queries import contract_facts
from logix_server.fleet.models import Installation
from logix_server.fleet.queries import model_at
from logix_server.tickets.events import lock_installation
from logix_server.visits.actions import cancel
from logix_server.visits.judgement import due_days, judge_agreed
from logix_server.visits.lifecycle import VisitState
from logix_server.visits.models import MaintenanceAgreement, Visit
from logix_server.visits.steps import number, tell, text

ACTOR: Final = "system:visits"
#: A visit is asked for so long ahead, so that a time can be agreed.
AHEAD: Final = timedelta(days=30)
#: One that was due longer ago is not made up for: the job was off, or the agreement was recorded late.
BEHIND: Final = timedelta(days=31)
_BATCH: Final = 200


@dataclass(frozen=True)
class Agreed:
    """What a maintenance agreement says."""

    starts_on: date
    last_day: date
    every_months: int
    scope: str


@transaction.atomic
def record_agreement(
    installation: Installation, agreed: Agreed, *, actor: str, now: datetime
) -> MaintenanceAgreement:
    """Record one. Raises `InvalidInput` for a term or an interval that is none, or where one runs then."""
    scope = text("scope", agreed.scope, 500)
    _expect_term(agreed)
    lock_installation(installation.pk)
    running = MaintenanceAgreement.objects.filter(
        installation=installation,
        ended_at__isnull=True,
        starts_on__lte=agreed.last_day,
        last_day__gte=agreed.starts_on,
    ).first()
    if running is not None:
        raise InvalidInput("from", f"agreement {running.pk} runs until {running.last_day}; end it first")
    made = MaintenanceAgreement.objects.create(
        installation=installation,
        starts_on=agreed.starts_on,
        last_day=agreed.last_day,
        every_months=agreed.every_months,
        scope=scope,
        recorded_at=now,
        recorded_by=actor,
    )
    detail = {
        "installation": str(installation),
        "from": str(agreed.starts_on),
        "last_day": str(agreed.last_day),
    }
    record(
        now, actor, "agreement.record", f"agreement:{made.pk}", detail | {"every_months": agreed.every_months}
    )
    return made


def _expect_term(agreed: Agreed) -> None:
    if not 2000 <= agreed.starts_on.year <= 2200:
        raise InvalidInput("from", f"expected a day of this century or the next, got {agreed.starts_on}")
    if not agreed.starts_on <= agreed.last_day <= agreed.starts_on + timedelta(days=3_660):
        raise InvalidInput("last day", "expected a day after the first one, at most ten years later")
    if not 1 <= agreed.every_months <= 60:
        raise InvalidInput("every", f"expected 1 to 60 months, got {agreed.every_months}")


@transaction.atomic
def end_agreement(agreement_id: int, why: str, *, actor: str, now: datetime) -> None:
    """End one early; visits that nobody has agreed to yet are cancelled. Raises `InvalidInput`."""
    said = text("why", why, 500)
    rows = MaintenanceAgreement.objects.select_for_update()
    agreement = rows.filter(pk=agreement_id, ended_at__isnull=True).first()
    if agreement is None:
        raise InvalidInput(str(agreement_id), "is no agreement that runs; see `agreement list`")
    agreement.ended_at, agreement.ended_why = now, said
    agreement.save(update_fields=["ended_at", "ended_why"])
    record(now, actor, "agreement.end", f"agreement:{agreement_id}", {"why": said})
    for visit in agreement.visits.filter(state=VisitState.REQUESTED):
        cancel(str(visit.number), said, actor=actor, now=now)


def request_due(now: datetime) -> int:
    """Ask for the visits that agreements make due within a month; each once. Returns how many."""
    day = local_day(now)
    running = MaintenanceAgreement.objects.filter(
        ended_at__isnull=True, starts_on__lte=day + AHEAD, last_day__gte=day - BEHIND
    )
    asked = 0
    for agreement in running.order_by("pk").iterator(_BATCH):
        for due_on in due_days(agreement.starts_on, agreement.last_day, agreement.every_months, day + AHEAD):
            if due_on >= day - BEHIND:
                asked += _ask(agreement, due_on, now)
    return asked


@transaction.atomic
def _ask(agreement: MaintenanceAgreement, due_on: date, now: datetime) -> bool:
    lock_installation(agreement.installation_id)
    # Ended meanwhile, or asked for by another process: the lock lets one of us in at a time.
    standing = MaintenanceAgreement.objects.filter(pk=agreement.pk, ended_at__isnull=True)
    if not standing.exists() or Visit.objects.filter(agreement=agreement, due_on=due_on).exists():
        return False
    contract = contract_facts(agreement.installation_id, model_at(agreement.installation_id))
    decision = judge_agreed(contract, now)
    visit = Visit.objects.create(
        agreement=agreement,
        installation_id=agreement.installation_id,
        due_on=due_on,
        why=agreement.scope,
        clauses=list(decision.clauses),
        reason=wording.sentences(decision.reasons),
        state=VisitState.REQUESTED if decision.allowed else VisitState.REFUSED,
        state_at=now,
        requested_at=now,
        requested_by=ACTOR,
    )
    number(visit)
    detail = {"due_on": due_on.isoformat(), "clauses": visit.clauses, "reason": visit.reason}
    tell(visit, detail, actor=ACTOR, now=now)
    return True
