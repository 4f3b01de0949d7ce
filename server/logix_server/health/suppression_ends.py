"""The ends of mutes and maintenance windows: what still stands and nothing keeps back any more is raised."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from django.db import transaction
from django.db.models import QuerySet

from logix_server.audit.actions import record
from logix_server.effects.outbox import put_many
from logix_server.fleet.models import Unit
from logix_server.health.judgement import FaultEventKind, gravity
from logix_server.health.ledger import effects_of
from logix_server.health.lifecycle import SUPPRESSION, SuppressionState
from logix_server.health.models import Fault, FaultEvent, Suppression
from logix_server.health.periods import periods_of
from logix_server.health.suppression import Sign, keeping, told_as

ACTOR: Final = "system:jobs"
_AT_ONCE: Final = 100


def end_due(now: datetime) -> bool:
    """Periodic job: end what is over by time, raise what it kept back and still stands; whether more waits.

    Also what came in after the end of the suppression that it belongs to.
    """
    standing = Suppression.objects.filter(state=SuppressionState.STANDING, until__lte=now)
    due = list(standing.order_by("until", "id").values_list("pk", "unit_id")[:_AT_ONCE])
    for suppression_id, unit_id in due:
        with transaction.atomic():
            unit = locked(unit_id)
            over = Suppression.objects.get(pk=suppression_id)
            if over.state == SuppressionState.STANDING:  # nobody lifted it meanwhile
                moved(over, SuppressionState.OVER, over.until, by=ACTOR, why="")
                raised = release(unit, now)
                detail = {"suppression": over.pk, "kind": over.kind, "raised": raised}
                record(now, ACTOR, "suppression.over", f"unit:{unit.serial}", detail)
    left = _kept_back_by_ended().values_list("unit_id", flat=True).order_by("unit_id").distinct()
    units = list(left[:_AT_ONCE])
    for unit_id in units:
        with transaction.atomic():
            release(locked(unit_id), now)
    return len(due) == _AT_ONCE or len(units) == _AT_ONCE


def locked(unit_id: int) -> Unit:
    """The unit, locked as whoever applies its findings locks it."""
    return Unit.objects.select_for_update(no_key=True).get(pk=unit_id)


def moved(row: Suppression, state: SuppressionState, at: datetime, *, by: str, why: str) -> None:
    """Take a suppression to its end. Raises `IllegalTransition`."""
    row.state = SUPPRESSION.check(SuppressionState(row.state), state).value
    row.state_at, row.state_by, row.state_reason = at, by, why
    row.save(update_fields=["state", "state_at", "state_by", "state_reason"])


def _kept_back_by_ended() -> QuerySet[Fault]:
    kept_back = Fault.objects.filter(state=Fault.State.OPEN, suppressed_by__isnull=False)
    return kept_back.exclude(suppressed_by__state=SuppressionState.STANDING)


def release(unit: Unit, now: datetime) -> int:
    """What an ended suppression kept back and no other does is raised; how many faults."""
    periods = periods_of([unit.pk], now).get(unit.pk, [])
    faults = list(_kept_back_by_ended().filter(unit=unit))
    events = []
    for fault in faults:
        graveness = gravity(fault.severity, fault.urgent)
        keeper = keeping(periods, Sign(fault.part, fault.code, graveness, now, now))
        kind = told_as(FaultEventKind.RAISED, was_kept_back=True, keeper=keeper)
        detail = {"severity": fault.severity, "urgent": fault.urgent, "after": fault.suppressed_by_id}
        fault.suppressed_by_id = keeper.suppression_id if keeper else None
        events.append(FaultEvent(fault=fault, at=now, kind=kind.value, detail=detail))
    Fault.objects.bulk_update(faults, ["suppressed_by"], batch_size=200)
    FaultEvent.objects.bulk_create(events, batch_size=500)
    put_many(effects_of(events), now)
    return sum(event.kind == FaultEventKind.RAISED for event in events)
