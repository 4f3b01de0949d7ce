"""Rolling up finished hours and deleting what is past its time, in short transactions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import structlog
from django.db import connection, transaction
from logix_common.clock import to_microseconds
from logix_common.errors import InvalidInput

from logix_server.health import packing, rollup_store, store
from logix_server.health.models import FaultFinding
from logix_server.health.rollup import Columns, Hour, merge, roll
from logix_server.health.store import DAY_US, HOUR_US, StoredReport

#: An hour is rolled up so long after its end: other hosts' clocks may be a little behind.
GRACE: Final = timedelta(minutes=5)
#: Hours written in one transaction; read and packed before it, so that it lasts a few milliseconds.
_CHUNK: Final = 50
#: Reports that an hour is rolled up from; two a second. More are a device's mischief, and would not fit
#: into memory.
MOST_REPORTS: Final = 7_200
_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class _Prepared:
    hour: int
    unit_id: int
    seen: int  # reports that it was made from
    packed: bytes | None  # None: there is nothing to write
    merged: bool  # with a rollup whose reports are gone


def roll_up(now: datetime, limit: int = 500) -> int:
    """Roll up to `limit` hours; returns how many are done. An hour that gets late reports comes again."""
    before = (to_microseconds(now - GRACE)) // HOUR_US
    waiting = rollup_store.oldest_unsettled()
    if waiting is not None:
        # What the inbox still holds of an hour would be rolled up a second time at once.
        before = min(before, waiting // HOUR_US)
    marks = rollup_store.unrolled(before, limit)
    done = 0
    for start in range(0, len(marks), _CHUNK):
        prepared = [_prepare(hour, unit_id) for hour, unit_id in marks[start : start + _CHUNK]]
        with transaction.atomic():
            done += _write(prepared)
    return done


def _prepare(hour: int, unit_id: int) -> _Prepared:
    since, until = hour * HOUR_US, (hour + 1) * HOUR_US
    reports = rollup_store.settled(unit_id, since, until, MOST_REPORTS)
    if not reports:
        return _Prepared(hour, unit_id, 0, None, False)
    seen = len(reports)
    if seen == MOST_REPORTS:
        seen = rollup_store.count(unit_id, since, until)
    rolled, merged = roll(_columns(reports)), False
    known = _rolled_before(unit_id, hour)
    # More than is there now: what it was made from has been deleted since.
    if known is not None and known.reports > rolled.reports:
        rolled, merged = merge(known, rolled), True
    return _Prepared(hour, unit_id, seen, packing.pack_hour(rolled), merged)


def _rolled_before(unit_id: int, hour: int) -> Hour | None:
    """The hour's rollup; None also for one that cannot be read: a single one must not stop them all."""
    for _, packed in rollup_store.read(unit_id, hour, hour + 1):
        try:
            return packing.unpack_hour(packed)
        except InvalidInput as error:
            _log.error("rollup-unreadable", unit_id=unit_id, hour=hour, error=str(error))
    return None


def _columns(reports: list[StoredReport]) -> Iterator[list[Columns]]:
    for report in reports:
        try:
            yield packing.columns(report.packed)
        except InvalidInput as error:
            _log.warning("report-unreadable", observed_us=report.observed_us, error=str(error))


def _write(prepared: list[_Prepared]) -> int:
    free = rollup_store.lock_marks([(item.hour, item.unit_id) for item in prepared])
    done = 0
    for item in prepared:
        since, until = item.hour * HOUR_US, (item.hour + 1) * HOUR_US
        # A report that came since we read: leave the mark, the next run sees both.
        if (item.hour, item.unit_id) not in free or rollup_store.count(
            item.unit_id, since, until
        ) != item.seen:
            continue
        if item.packed is not None:
            rollup_store.write(item.unit_id, item.hour, item.packed)
        if item.merged:
            # They are in the rollup; counted again with the next late one they would be in it twice.
            rollup_store.delete_reports(item.unit_id, since, until)
        rollup_store.unmark(item.hour, item.unit_id)
        done += 1
    return done


def prune(now: datetime, report_days: int, rollup_days: int, limit: int = 200) -> int:
    """Delete reports and rollups past their days, each for up to `limit` units; returns rows deleted.

    Whole hours only, and no report of a unit that has hours of that age still to be rolled up.
    """
    now_us = to_microseconds(now)
    report_hour = (now_us - report_days * DAY_US) // HOUR_US
    rollup_hour = (now_us - rollup_days * DAY_US) // HOUR_US
    removed = 0
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id FROM fleet_unit u WHERE EXISTS"
            " (SELECT 1 FROM health_report r WHERE r.unit_id = u.id AND r.observed_us < %s)"
            " AND NOT EXISTS (SELECT 1 FROM health_unrolled m WHERE m.unit_id = u.id AND m.hour < %s)"
            " ORDER BY id LIMIT %s",
            [report_hour * HOUR_US, report_hour, limit],
        )
        removed += store.prune([unit_id for (unit_id,) in cursor.fetchall()], report_hour * HOUR_US)
        cursor.execute(
            "SELECT id FROM fleet_unit u WHERE EXISTS"
            " (SELECT 1 FROM health_rollup r WHERE r.unit_id = u.id AND r.hour < %s) ORDER BY id LIMIT %s",
            [rollup_hour, limit],
        )
        for (unit_id,) in cursor.fetchall():
            cursor.execute(
                "DELETE FROM health_rollup WHERE unit_id = %s AND hour < %s", [unit_id, rollup_hour]
            )
            removed += cursor.rowcount
    # Clearings whose raise never came: no spool holds it back that long.
    orphans = FaultFinding.objects.filter(fault=None, cleared_at__lt=now - timedelta(days=report_days))
    return removed + orphans.delete()[0]
