"""Faults and series, read for people."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db.models import Count, Q, QuerySet
from logix_common.clock import to_microseconds
from logix_common.errors import InvalidInput

from logix_server.health import packing, rollup_store, store
from logix_server.health.judgement import FaultEventKind
from logix_server.health.models import Fault, FaultEvent, Suppression
from logix_server.health.rollup import Series
from logix_server.health.store import DAY_US, HOUR_US

#: The longest span read report by report; at one a minute some 3 000 of them.
RAW_SPAN_US: Final = 2 * DAY_US


#: Raised findings are counted up to so many.
_COUNTED: Final = 100


@dataclass(frozen=True, slots=True)
class Reading:
    """One report's value; or one hour's, then `at_us` is its beginning and the values differ."""

    at_us: int
    minimum: float
    maximum: float
    mean: float
    last: float


def faults(
    *,
    serial: str = "",
    open_only: bool = False,
    refused_only: bool = False,
    limit: int = 100,
    offset: int = 0,
) -> list[Fault]:
    """Faults, newest first."""
    rows = _faults().order_by("-raised_at", "-id")
    if serial:
        rows = rows.filter(unit__serial=serial)
    if open_only:
        rows = rows.filter(state=Fault.State.OPEN)
    if refused_only:
        rows = rows.filter(covered=False)
    return list(rows[offset : offset + limit])


def fault_by_id(fault_id: int) -> Fault:
    """One fault. Raises `InvalidInput` where there is none."""
    found = _faults().filter(id=fault_id).first()
    if found is None:
        raise InvalidInput(f"fault {fault_id}", "is not on record; `fault list` shows the numbers")
    return found


def history_of(fault: Fault) -> list[FaultEvent]:
    """What happened to a fault, in the order in which it was told."""
    return list(fault.events.order_by("id"))


def raised_within(span: timedelta, event: FaultEvent) -> int:
    """How many findings the unit raised in the `span` that ends with `event`, which counts too; at most 100.

    By the moments at which the device saw them: what waited in its spool does not come as a storm. Findings
    that are only watched, muted or suppressed are raised when they stop being so.
    """
    since = event.at - span
    before = Q(at__lt=event.at) | Q(at=event.at, id__lte=event.id)
    # What recovered before was not raised since: spares a look at the history of all that is older.
    stood = Q(fault__state=Fault.State.OPEN) | Q(fault__changed_at__gt=since)
    lately = FaultEvent.objects.filter(stood, fault__unit_id=event.fault.unit_id)
    return len(lately.filter(before, kind=FaultEventKind.RAISED, at__gt=since).values_list("id")[:_COUNTED])


def _faults() -> QuerySet[Fault]:
    return Fault.objects.select_related("unit", "installation__customer", "suppressed_by")


def mutes(
    *, serial: str = "", ended_too: bool = False, limit: int = 100, offset: int = 0
) -> list[tuple[Suppression, int]]:
    """Mutes, newest first, each with how many open faults it keeps back."""
    rows = Suppression.objects.filter(kind=Suppression.Kind.MUTE)
    if serial:
        rows = rows.filter(unit__serial=serial)
    if not ended_too:
        rows = rows.filter(state=Suppression.State.STANDING)
    standing = Count("faults", filter=Q(faults__state=Fault.State.OPEN))
    listed = rows.annotate(kept_back=standing).select_related("unit__installation__customer")
    return [(mute, mute.kept_back) for mute in listed.order_by("-id")[offset : offset + limit]]


def maintenance_of(unit_id: int, now: datetime) -> Suppression | None:
    """The maintenance window of ours that a unit is in."""
    windows = Suppression.objects.filter(unit_id=unit_id, kind=Suppression.Kind.MAINTENANCE)
    return windows.filter(state=Suppression.State.STANDING, until__gt=now).first()


def kept_back_count(suppression_id: int) -> int:
    """How many open faults a suppression keeps back."""
    return Fault.objects.filter(suppressed_by=suppression_id, state=Fault.State.OPEN).count()


def series(unit_id: int, metric: int, instance: str, since: datetime, until: datetime) -> list[Reading]:
    """The readings in [since, until), in time order.

    The last two days of the span come report by report where reports are kept, what is before them and
    what is kept only as rollups by the hour.
    """
    since_us, until_us, of = to_microseconds(since), to_microseconds(until), (metric, instance)
    raw_hour = max(since_us, until_us - RAW_SPAN_US) // HOUR_US
    reports = store.reports(unit_id, max(since_us, raw_hour * HOUR_US), until_us)
    there = {report.observed_us // HOUR_US for report in reports}
    readings = []
    for hour, packed in rollup_store.read(unit_id, since_us // HOUR_US, -(-until_us // HOUR_US)):
        summary = packing.one_of_hour(packed, of) if hour not in there else None
        if summary is not None:
            values = (summary.minimum, summary.maximum, summary.mean, summary.last)
            readings.append(Reading(hour * HOUR_US, *values))
    for report in reports:
        readings += _of_report(report.packed, report.observed_us, of)
    return sorted(readings, key=lambda reading: reading.at_us)


def _of_report(packed: bytes, at_us: int, of: Series) -> list[Reading]:
    for instance, metrics, values in packing.columns(packed):
        if instance == of[1] and of[0] in metrics:
            value = values[list(metrics).index(of[0])]
            return [Reading(at_us, value, value, value, value)]
    return []
