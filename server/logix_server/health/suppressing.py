"""Mutes and maintenance windows made, and ended by people."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from logix_common.errors import InvalidInput
from logix_common.findings import CODES, Severity

from logix_server.audit.actions import record
from logix_server.fleet.models import Unit
from logix_server.health.judgement import FaultEventKind, Gravity, gravity
from logix_server.health.lifecycle import SuppressionState
from logix_server.health.models import Fault, FaultEvent, Suppression
from logix_server.health.periods import period_of
from logix_server.health.suppression import LONGEST_MAINTENANCE, LONGEST_MUTE, Scope
from logix_server.health.suppression_ends import locked, moved, release

MOST_WHY: Final = 500
_MOST_PART: Final = 200
#: Mutes of one unit that stand: whoever wants more of them wants the unit looked at.
MOST_MUTES: Final = 100
_ALL: Final[Gravity] = gravity(Severity.STOPPED, urgent=True)


@transaction.atomic
def mute(
    unit: Unit,
    *,
    part: str = "",
    code: str = "",
    level: int | None = None,
    until: datetime,
    why: str,
    by: str,
    now: datetime,
) -> tuple[Suppression, int]:
    """Keep findings of `unit` back until then; the mute, and how many that stand are muted at once.

    Of one part or all (""), of one code or all (""), none more critical than `level` (with all that is
    urgent of it). Without `level` it is the gravest of those that stand. What is graver is judged all the
    same. Raises `InvalidInput`.
    """
    why = _reason(why)
    if not now < until <= now + LONGEST_MUTE:
        raise InvalidInput("until", f"expected a moment ahead, within {LONGEST_MUTE.days} days")
    unit = locked(unit.pk)
    part, code = _named(unit, part, code)
    mutes = Suppression.objects.filter(unit=unit, kind=Suppression.Kind.MUTE, state=SuppressionState.STANDING)
    if mutes.count() >= MOST_MUTES:
        raise InvalidInput("device", f"{unit.serial} has {MOST_MUTES} mutes; lift some (`fault mutes`)")
    gravest = _gravest(unit, part, code) if level is None else gravity(_level(level), urgent=True)
    made = _made(
        unit, Suppression.Kind.MUTE, Scope(part, code, gravest), until=until, why=why, by=by, now=now
    )
    count = _mute_standing(made, now)
    detail = {"mute": made.pk, "part": part, "code": code, "level": made.severity, "until": until.isoformat()}
    record(now, by, "fault.mute", f"unit:{unit.serial}", {**detail, "why": why, "standing": count})
    return made, count


@transaction.atomic
def open_window(unit: Unit, span: timedelta, why: str, *, by: str, now: datetime) -> Suppression:
    """A maintenance window from now on, in place of one that stands. Raises `InvalidInput`."""
    why = _reason(why)
    if not timedelta(minutes=1) <= span <= LONGEST_MAINTENANCE:
        raise InvalidInput("for", "expected a time from 1m to 24h")
    unit = locked(unit.pk)
    standing = _window(unit)
    if standing is not None:
        moved(standing, SuppressionState.LIFTED, now, by=by, why="another one in its place")
    everything = Scope("", "", _ALL)
    made = _made(unit, Suppression.Kind.MAINTENANCE, everything, until=now + span, why=why, by=by, now=now)
    release(unit, now)  # what the former one kept back this one keeps back now
    detail = {"window": made.pk, "until": made.until.isoformat(), "why": why}
    record(now, by, "unit.maintenance", f"unit:{unit.serial}", detail)
    return made


@transaction.atomic
def end_window(unit: Unit, *, by: str, now: datetime) -> int:
    """End the window that stands; how many findings are raised now. Raises `InvalidInput` for none."""
    unit = locked(unit.pk)
    standing = _window(unit)
    if standing is None:
        raise InvalidInput("device", f"no maintenance window of {unit.serial} stands")
    moved(standing, SuppressionState.LIFTED, now, by=by, why="")
    raised = release(unit, now)
    detail = {"window": standing.pk, "raised": raised}
    record(now, by, "unit.maintenance-end", f"unit:{unit.serial}", detail)
    return raised


@transaction.atomic
def unmute(mute_id: int, why: str, *, by: str, now: datetime) -> int:
    """Lift a mute before its time; how many findings are raised now. Raises `InvalidInput`."""
    why = _reason(why)
    mutes = Suppression.objects.filter(pk=mute_id, kind=Suppression.Kind.MUTE)
    found = mutes.first()
    if found is None:
        raise InvalidInput(f"mute {mute_id}", "is not on record; `fault mutes` shows the numbers")
    unit = locked(found.unit_id)
    found = mutes.get()
    if found.state != SuppressionState.STANDING:
        raise InvalidInput(f"mute {mute_id}", f"is {found.state} already")
    moved(found, SuppressionState.LIFTED, now, by=by, why=why)
    raised = release(unit, now)
    detail = {"mute": mute_id, "why": why, "raised": raised}
    record(now, by, "fault.unmute", f"unit:{unit.serial}", detail)
    return raised


def _window(unit: Unit) -> Suppression | None:
    windows = Suppression.objects.filter(unit=unit, kind=Suppression.Kind.MAINTENANCE)
    return windows.filter(state=SuppressionState.STANDING).first()


def _made(
    unit: Unit,
    kind: Suppression.Kind,
    scope: Scope,
    *,
    until: datetime,
    why: str,
    by: str,
    now: datetime,
) -> Suppression:
    severity, calm = scope.gravest
    return Suppression.objects.create(
        unit=unit,
        kind=kind,
        part=scope.part,
        code=scope.code,
        severity=severity,
        urgent=not calm,
        why=why,
        created_by=by,
        created_at=now,
        until=until,
        state=SuppressionState.STANDING.value,
        state_at=now,
        state_by=by,
    )


def _mute_standing(made: Suppression, now: datetime) -> int:
    """Mark what stands already and is meant: it is not judged again while the mute stands."""
    scope = period_of(made).scope
    meant = [
        fault
        for fault in Fault.objects.filter(unit=made.unit, state=Fault.State.OPEN, watched=False)
        if fault.suppressed_by_id is None
        if scope.holds(fault.part, fault.code, gravity(fault.severity, fault.urgent))
    ]
    for fault in meant:
        fault.suppressed_by = made
    Fault.objects.bulk_update(meant, ["suppressed_by"], batch_size=200)
    FaultEvent.objects.bulk_create(
        [
            FaultEvent(
                fault=fault,
                at=now,
                kind=FaultEventKind.MUTED.value,
                detail={"suppression": made.pk, "by": made.created_by},
            )
            for fault in meant
        ],
        batch_size=500,
    )
    return len(meant)


def _gravest(unit: Unit, part: str, code: str) -> Gravity:
    every = Scope(part, code, _ALL)
    standing = Fault.objects.filter(unit=unit, state=Fault.State.OPEN)
    graveness = [
        gravity(fault.severity, fault.urgent)
        for fault in standing
        if every.holds(fault.part, fault.code, gravity(fault.severity, fault.urgent))
    ]
    if not graveness:
        raise InvalidInput("level", "nothing that is meant stands now: say which level is muted (--level)")
    return min(graveness)


def _level(level: int) -> int:
    if level not in tuple(Severity):
        raise InvalidInput("level", f"expected 1, 2 or 3, got {level}")
    return level


def _named(unit: Unit, part: str, code: str) -> tuple[str, str]:
    part, code = part.strip(), code.strip()
    if len(part) > _MOST_PART or not (part.isprintable()):
        raise InvalidInput("part", f"expected a part such as disk:S3Z8NB0K, at most {_MOST_PART} characters")
    if code and code not in CODES and not Fault.objects.filter(unit=unit, code=code).exists():
        raise InvalidInput("code", f"no fault has the code {code[:64]!r}; `fault list` shows codes")
    return part, code


def _reason(why: str) -> str:
    why = " ".join(why.split())
    if not 0 < len(why) <= MOST_WHY or not why.isprintable():
        raise InvalidInput("why", f"expected a reason of 1 to {MOST_WHY} characters")
    return why
