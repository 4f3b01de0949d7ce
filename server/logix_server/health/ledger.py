"""The faults of some units while a batch is applied: read at once, changed in memory, written at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import asdict
from datetime import datetime
from typing import Any, Final

import structlog
from django.db.models import Count
from logix_common.clock import EPOCH

from logix_server.effects.outbox import NewEffect, put_many
from logix_server.fleet.models import Unit
from logix_server.health.facts import FindingTold
from logix_server.health.judgement import EFFECTS, Condition, FaultEventKind, Known, change, gravity
from logix_server.health.lifecycle import FAULT, FaultState
from logix_server.health.models import Fault, FaultEvent, FaultFinding
from logix_server.health.periods import periods_of
from logix_server.health.suppression import BAD_NEWS, Sign, keeping, told_as

#: A device that claims more broken parts than this is not believed beyond them.
MAX_OPEN_FAULTS: Final = 2_000
_WRITTEN: Final = (
    "finding_id",
    "severity",
    "worst_severity",
    "urgent",
    "watched",
    "suppressed_by",
    "state",
    "changed_at",
    "recovered_at",
    "repeats",
    "evidence",
    "related_parts",
    "identity",
)
_log = structlog.get_logger(__name__)


class Ledger:
    """Reads on construction (five queries), writes on `save`; in the caller's transaction.

    `parts` None: every open fault is read; else those of these parts alone, because what one unit claims
    to be broken must not make each of its findings dear. `since`: the oldest moment that is told of.
    """

    def __init__(
        self,
        unit_ids: Collection[int],
        finding_ids: Collection[str],
        parts: Collection[str] | None,
        since: datetime,
    ) -> None:
        # Locked in one order: two gateways that hear of one unit at the same moment take turns.
        units = Unit.objects.select_for_update(no_key=True).filter(id__in=unit_ids).order_by("id")
        self.installations = dict(units.values_list("id", "installation_id"))
        opened = Fault.objects.filter(unit_id__in=unit_ids, state=Fault.State.OPEN)
        counted = opened.values_list("unit_id").annotate(Count("id")).order_by()
        self._count: Counter[int] = Counter(dict(counted))
        if parts is not None:
            opened = opened.filter(part__in=parts)
        self._open = {(fault.unit_id, fault.part, fault.code): fault for fault in opened}
        by_id = {fault.id: fault for fault in self._open.values()}
        known = FaultFinding.objects.filter(unit_id__in=unit_ids, finding_id__in=finding_ids)
        self._findings = {(row.unit_id, row.finding_id): row for row in known.select_related("fault")}
        for row in self._findings.values():
            if row.fault_id is not None and row.fault is not None:
                row.fault = by_id.setdefault(row.fault_id, row.fault)  # one object a fault
        self._periods = periods_of(unit_ids, since)
        self._new: list[Fault] = []
        self._changed: dict[int, Fault] = {}
        self._new_findings: list[FaultFinding] = []
        self._changed_findings: list[FaultFinding] = []
        self._events: list[FaultEvent] = []
        self._quiet: set[int] = set()  # events without an effect, of faults watched or kept back, by id()

    def standing(self, told: FindingTold) -> Fault | None:
        """The open fault of that part and code."""
        return self._open.get((told.unit_id, told.part, told.code))

    def open_faults(self, unit_id: int) -> list[Fault]:
        """The open faults of one unit."""
        return [fault for key, fault in self._open.items() if key[0] == unit_id]

    def finding(self, told: FindingTold) -> tuple[Known, Fault | None, datetime | None]:
        """What is on record of the finding, its fault, and when that ended."""
        row = self._findings.get((told.unit_id, told.finding_id))
        if row is None:
            return Known.NEVER, None, None
        if row.fault is None:
            return Known.CLEARED_UNSEEN, None, row.cleared_at
        if row.fault.state == Fault.State.RECOVERED:
            return Known.PAST, row.fault, row.fault.recovered_at
        current = row.fault.finding_id == told.finding_id
        return (Known.CURRENT if current else Known.SUPERSEDED), row.fault, None

    def open(self, told: FindingTold) -> Fault | None:
        """Open a fault; None where the unit has more open ones than can be believed."""
        if self._count[told.unit_id] >= MAX_OPEN_FAULTS:
            _log.warning("too-many-open-faults", unit_id=told.unit_id, part=told.part, code=told.code)
            return None
        fault = Fault(
            unit_id=told.unit_id,
            installation_id=self.installations[told.unit_id],
            finding_id=told.finding_id,
            component=told.component,
            part=told.part,
            code=told.code,
            severity=told.severity,
            worst_severity=told.severity,
            urgent=told.urgent,
            watched=told.watched,
            state=Fault.State.OPEN,
            raised_at=told.observed_at,
            changed_at=told.observed_at,
            device_time=told.device_at,
            skew_us=told.skew_us,
            **_description(told),
        )
        self._new.append(fault)
        self._open[told.unit_id, told.part, told.code] = fault
        self._count[told.unit_id] += 1
        self._remember(told, fault)
        kind = FaultEventKind.WATCHED if told.watched else FaultEventKind.RAISED
        self._tell(fault, kind, told, _grade(told))
        return fault

    def repeat(self, fault: Fault, told: FindingTold) -> None:
        """The fault was raised again under another id, which it takes over."""
        fault.repeats += 1
        self._remember(told, fault)
        before = gravity(fault.severity, fault.urgent)
        self.update(fault, told)
        if gravity(fault.severity, fault.urgent) == before:
            self._tell(fault, FaultEventKind.REPEATED, told, {"count": 1})

    def update(self, fault: Fault, told: FindingTold) -> None:
        """Take over what is told of an open fault."""
        if fault.finding_id != told.finding_id:
            self._remember(told, fault)
            fault.finding_id = told.finding_id
        old = Condition(fault.severity, fault.evidence, fault.related_parts, fault.urgent)
        told_now = _description(told)
        new = Condition(told.severity, told_now["evidence"], told_now["related_parts"], told.urgent)
        kind = change(old, new, stale=told.observed_at < fault.changed_at)
        self._touch(fault)
        if fault.watched and not told.watched:
            # It grew. Never back: what somebody was called for is not watched again.
            fault.watched, kind = False, FaultEventKind.RAISED
        if kind is None:
            return
        before, fault.severity, fault.urgent = fault.severity, told.severity, told.urgent
        fault.worst_severity = min(fault.worst_severity, told.severity)
        fault.changed_at = max(fault.changed_at, told.observed_at)
        fault.evidence, fault.related_parts = told_now["evidence"], told_now["related_parts"]
        fault.identity = told_now["identity"]
        self._tell(fault, kind, told, _grade(told) | {"before": before})

    def recover(self, fault: Fault, at: datetime, by: str) -> None:
        """The fault no longer stands; `by` says what told so."""
        fault.state = FAULT.check(FaultState(fault.state), FaultState.RECOVERED).value
        fault.recovered_at = max(at, fault.raised_at)
        fault.changed_at = max(fault.changed_at, at)
        self._open.pop((fault.unit_id, fault.part, fault.code), None)
        self._count[fault.unit_id] -= 1
        self._touch(fault)
        self._note(fault, FaultEventKind.RECOVERED, at, {"by": by}, quiet=fault.watched)

    def remember_cleared(self, told: FindingTold) -> None:
        """The clearing of a finding came before its raise."""
        self._remember(told, None)

    def save(self, now: datetime) -> int:
        """Write everything; returns how many effects were put."""
        new = {id(fault) for fault in self._new}
        changed = [fault for key, fault in self._changed.items() if key not in new]
        # What recovered makes room first: the same part and code may have opened again since.
        Fault.objects.bulk_update(changed, _WRITTEN, batch_size=200)
        Fault.objects.bulk_create(self._new, batch_size=500)
        FaultFinding.objects.bulk_create(self._new_findings, batch_size=500)
        FaultFinding.objects.bulk_update(self._changed_findings, ["fault", "cleared_at"], batch_size=500)
        FaultEvent.objects.bulk_create(self._events, batch_size=500)
        effects = effects_of(event for event in self._events if id(event) not in self._quiet)
        put_many(effects, now)
        return len(effects)

    def _remember(self, told: FindingTold, fault: Fault | None) -> None:
        key = (told.unit_id, told.finding_id)
        row = self._findings.get(key)
        cleared_at = told.observed_at if fault is None else None
        if row is None:
            row = FaultFinding(unit_id=told.unit_id, finding_id=told.finding_id, cleared_at=cleared_at)
            self._findings[key] = row
            self._new_findings.append(row)
        elif row.pk is not None:
            self._changed_findings.append(row)
        row.fault = fault

    def _tell(self, fault: Fault, kind: FaultEventKind, told: FindingTold, detail: dict[str, Any]) -> None:
        """Write down what was told; bad news that a mute or a window keeps back has no effect."""
        if fault.watched or kind not in BAD_NEWS:
            self._note(fault, kind, told.observed_at, detail, quiet=fault.watched)
            return
        sign = Sign(
            fault.part,
            fault.code,
            gravity(fault.severity, fault.urgent),
            told.observed_at,
            told.received_at,
        )
        keeper = keeping(self._periods.get(fault.unit_id, ()), sign)
        kind = told_as(kind, was_kept_back=fault.suppressed_by_id is not None, keeper=keeper)
        fault.suppressed_by_id = keeper.suppression_id if keeper else None
        if keeper:
            detail |= {"suppression": keeper.suppression_id}
        self._note(fault, kind, told.observed_at, detail, quiet=keeper is not None)

    def _touch(self, fault: Fault) -> None:
        self._changed[id(fault)] = fault

    def _note(
        self, fault: Fault, kind: FaultEventKind, at: datetime, detail: dict[str, Any], *, quiet: bool
    ) -> None:
        # A device that raises over and over within one batch makes one event with a count.
        if kind is FaultEventKind.REPEATED:
            for event in reversed(self._events):
                if event.fault is fault and event.kind == kind:
                    event.detail["count"] += 1
                    return
        event = FaultEvent(fault=fault, at=at, kind=kind.value, detail=detail)
        self._events.append(event)
        if quiet:
            self._quiet.add(id(event))


def effects_of(events: Iterable[FaultEvent]) -> list[NewEffect]:
    """What follows from events, once they are stored."""
    return [
        NewEffect(kind, {"fault_id": event.fault_id, "event_id": event.pk}, f"{kind}:{event.pk}")
        for event in events
        if (kind := EFFECTS.get(FaultEventKind(event.kind))) is not None
    ]


def _grade(told: FindingTold) -> dict[str, Any]:
    """How grave it was told to be, for those who act on the event later."""
    return {"severity": told.severity, "urgent": told.urgent}


def _description(told: FindingTold) -> dict[str, Any]:
    return {
        "evidence": [asdict(line) for line in told.evidence],
        "related_parts": list(told.related_parts),
        "identity": {"slot": told.slot, "serial": told.serial, "model": told.model},
    }


def ledger_of(told: Iterable[FindingTold], states_of: Collection[int] | None = None) -> Ledger:
    """The ledger for these findings; `states_of`: they are the full states of these units."""
    listed = list(told)
    parts = {t.part for t in listed} if states_of is None else None
    since = min((t.observed_at for t in listed), default=EPOCH)
    units = {t.unit_id for t in listed} | set(states_of or ())
    return Ledger(units, {t.finding_id for t in listed}, parts, since)
