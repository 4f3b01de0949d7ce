"""The packed reports: written in bulk, read with plain SQL; by the ORM each costs five times as much."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from django.db import connection, transaction

from logix_server import bulk
from logix_server.health.facts import ReportRow

HOUR_US: Final = 3_600_000_000
DAY_US: Final = 24 * HOUR_US

REPORT_COLUMNS: Final = (
    ("unit_id", "bigint"),
    ("observed_us", "bigint"),
    ("received_us", "bigint"),
    ("device_us", "bigint"),
    ("packed", "bytea"),
)
_INSERT: Final = bulk.inserting(
    "health_report", REPORT_COLUMNS, " ON CONFLICT (unit_id, observed_us) DO NOTHING"
)
_INTO_UNROLLED: Final = "INSERT INTO health_unrolled (hour, unit_id) SELECT * FROM {rows}"
_MARK: Final = bulk.Statement(
    (("hour", "bigint"), ("unit_id", "bigint")),
    _INTO_UNROLLED + " WHERE column1 NOTNULL ON CONFLICT (hour, unit_id) DO NOTHING",
    # DO UPDATE takes the row's lock: a rollup that has just read the hour without these reports then
    # cannot remove the mark before they are committed and counted.
    _INTO_UNROLLED + " ON CONFLICT (hour, unit_id) DO UPDATE SET unit_id = excluded.unit_id",
)


@dataclass(frozen=True, slots=True)
class StoredReport:
    """One report as stored; times in µs."""

    observed_us: int
    received_us: int
    device_us: int
    packed: bytes


class _Marked:
    """Hours known to be marked by a committed transaction of this process; only the newest are kept."""

    def __init__(self) -> None:
        self.newest = 0
        self.units: set[int] = set()

    def add(self, hour: int, units: Iterable[int]) -> None:
        if hour > self.newest:
            self.newest, self.units = hour, set()
        if hour == self.newest:
            self.units.update(units)


_marked = _Marked()


def insert_reports(rows: Sequence[ReportRow]) -> None:
    """Store reports in the caller's transaction. Of two with one unit and moment the first stays.

    Raises Django's database errors, `RuntimeError` outside a transaction.
    """
    if not rows:
        return
    bulk.write(_INSERT, rows)
    _mark_unrolled(rows)


def _mark_unrolled(rows: Sequence[ReportRow]) -> None:
    # A mark is removed only when its hour is over. So a unit marked in the running hour needs no second
    # mark, which spares one write a report; a report of an hour that is over always marks.
    known, current = _marked.units, _marked.newest
    running, marks = max(r.received_us for r in rows) // HOUR_US, set()
    for row in rows:
        hour = row.observed_us // HOUR_US
        if hour != current or hour < running or row.unit_id not in known:
            marks.add((hour, row.unit_id))
    if not marks:
        return
    ordered = sorted(marks)
    bulk.write(_MARK, ordered)
    units = [unit for hour, unit in ordered if hour == running]
    if units:
        transaction.on_commit(lambda: _marked.add(running, units))


def last_day(unit_id: int, until_us: int) -> list[StoredReport]:
    """The reports of the 24 hours before `until_us`, oldest first."""
    return reports(unit_id, until_us - DAY_US, until_us)


def reports(unit_id: int, since_us: int, until_us: int) -> list[StoredReport]:
    """The reports with since ≤ observed < until, oldest first, those in the inbox among them."""
    found: dict[int, StoredReport] = {}
    with connection.cursor() as cursor:
        # Settled last: a report that is in both places, or two of one moment, count as settled.
        for table, order in (("health_inbox", "id DESC"), ("health_report", "observed_us")):
            cursor.execute(
                f"SELECT observed_us, received_us, device_us, packed FROM {table}"  # noqa: S608  fixed names
                f" WHERE unit_id = %s AND observed_us >= %s AND observed_us < %s ORDER BY {order}",
                [unit_id, since_us, until_us],
            )
            found |= {o: StoredReport(o, r, d, bytes(packed)) for o, r, d, packed in cursor.fetchall()}
    return [found[moment] for moment in sorted(found)]


def prune(unit_ids: Sequence[int], before_us: int) -> int:
    """Delete these units' reports observed before `before_us`; returns how many went.

    Those of a unit that has hours of that age still to be rolled up stay: a late one may just have come.
    """
    removed = 0
    with connection.cursor() as cursor:
        for unit_id in unit_ids:
            cursor.execute(
                "DELETE FROM health_report WHERE unit_id = %s AND observed_us < %s AND NOT EXISTS"
                " (SELECT 1 FROM health_unrolled m WHERE m.unit_id = %s AND m.hour < %s)",
                [unit_id, before_us, unit_id, before_us // HOUR_US],
            )
            removed += cursor.rowcount
    return removed
