"""Rollups, the marks of hours that need one, and the settled reports they are made from; in plain SQL."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import connection

from logix_server.health.store import StoredReport

Mark = tuple[int, int]  # (hour since the epoch, unit id)


def oldest_unsettled() -> int | None:
    """When the oldest report in the inbox was received (µs); None for an empty inbox."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT received_us FROM health_inbox ORDER BY id LIMIT 1")
        found = cursor.fetchone()
        return int(found[0]) if found else None


def unrolled(before_hour: int, limit: int) -> list[Mark]:
    """Marked hours before `before_hour`, oldest first."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT hour, unit_id FROM health_unrolled WHERE hour < %s ORDER BY hour, unit_id LIMIT %s",
            [before_hour, limit],
        )
        return list(cursor.fetchall())


def lock_marks(marks: Sequence[Mark]) -> set[Mark]:
    """Those of `marks` that stand and that nobody is writing; on PostgreSQL locked until the commit."""
    lock = " FOR UPDATE SKIP LOCKED" if connection.vendor == "postgresql" else ""
    found = set()
    with connection.cursor() as cursor:
        for hour, unit_id in marks:
            cursor.execute(
                f"SELECT 1 FROM health_unrolled WHERE hour = %s AND unit_id = %s{lock}",  # noqa: S608  fixed text
                [hour, unit_id],
            )
            if cursor.fetchone():
                found.add((hour, unit_id))
    return found


def unmark(hour: int, unit_id: int) -> None:
    """The hour is rolled up."""
    _run("DELETE FROM health_unrolled WHERE hour = %s AND unit_id = %s", hour, unit_id)


def settled(unit_id: int, since_us: int, until_us: int, limit: int) -> list[StoredReport]:
    """The first `limit` settled reports with since ≤ observed < until, oldest first."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT observed_us, received_us, device_us, packed FROM health_report"
            " WHERE unit_id = %s AND observed_us >= %s AND observed_us < %s ORDER BY observed_us LIMIT %s",
            [unit_id, since_us, until_us, limit],
        )
        return [StoredReport(o, r, d, bytes(packed)) for o, r, d, packed in cursor.fetchall()]


def count(unit_id: int, since_us: int, until_us: int) -> int:
    """How many settled reports there are with since ≤ observed < until."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM health_report"
            " WHERE unit_id = %s AND observed_us >= %s AND observed_us < %s",
            [unit_id, since_us, until_us],
        )
        return int(cursor.fetchone()[0])


def delete_reports(unit_id: int, since_us: int, until_us: int) -> None:
    """Delete settled reports that a rollup stands for."""
    _run(
        "DELETE FROM health_report WHERE unit_id = %s AND observed_us >= %s AND observed_us < %s",
        unit_id,
        since_us,
        until_us,
    )


def write(unit_id: int, hour: int, packed: bytes) -> None:
    """Store an hour's rollup in the place of any before it."""
    _run(
        "INSERT INTO health_rollup (unit_id, hour, packed) VALUES (%s, %s, %s)"
        " ON CONFLICT (unit_id, hour) DO UPDATE SET packed = excluded.packed",
        unit_id,
        hour,
        packed,
    )


def read(unit_id: int, since_hour: int, until_hour: int) -> list[tuple[int, bytes]]:
    """The rollups with since ≤ hour < until, oldest first."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT hour, packed FROM health_rollup WHERE unit_id = %s AND hour >= %s AND hour < %s"
            " ORDER BY hour",
            [unit_id, since_hour, until_hour],
        )
        return [(hour, bytes(packed)) for hour, packed in cursor.fetchall()]


def _run(sql: str, *parameters: int | bytes) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, list(parameters))
