"""Reports as they come in: appended in the order of arrival, moved in bulk to where they are kept.

`health_report` is keyed (unit, time) so that a unit's day lies together; but written as reports
arrive, every one of them dirties a page of its own: 14 µs on SQLite against 2 µs for an append. So the
gateway appends here, durably, and a job carries sorted runs over. Readers look in both places.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from django.db import connection, transaction

from logix_server.health.facts import ReportRow
from logix_server.health.store import insert_reports

#: Reports taken up in one go (about 10 MB), and moved in one transaction (a few milliseconds).
_TAKEN: Final = 30_000
_MOVED: Final = 500
_DELETED: Final = 5_000
#: Rows a statement on SQLite, the last ones empty where there are fewer. Each execution hands the
#: interpreter's lock to a busy loop and waits to get it back, so a round is one statement, not several.
_SIZES: Final = (1, 4, 16, 64, 128, 256)
_EMPTY: Final = (None,) * 5
_FILLED: Final = (
    "INSERT INTO health_inbox (unit_id, observed_us, received_us, device_us, packed)"
    " SELECT * FROM (VALUES {rows}) WHERE column1 NOTNULL"
)
_SQLITE: Final = {size: _FILLED.format(rows=", ".join(["(?, ?, ?, ?, ?)"] * size)) for size in _SIZES}
_POSTGRES: Final = (
    "INSERT INTO health_inbox (unit_id, observed_us, received_us, device_us, packed)"
    " SELECT * FROM unnest(%b::bigint[], %b::bigint[], %b::bigint[], %b::bigint[], %b::bytea[])"
)


def receive(rows: Sequence[ReportRow]) -> None:
    """Take reports in, in the caller's transaction. Raises Django's database errors."""
    if not rows:
        return
    if not connection.in_atomic_block:
        raise RuntimeError("receive needs the caller's transaction")
    with connection.wrap_database_errors:
        if connection.vendor == "sqlite":
            _append_sqlite(rows)
        else:
            _append_postgres(rows)


def _append_sqlite(rows: Sequence[ReportRow]) -> None:
    execute = connection.connection.execute
    for start in range(0, len(rows), _SIZES[-1]):
        chunk = rows[start : start + _SIZES[-1]]
        size = next(size for size in _SIZES if size >= len(chunk))
        values: list[Any] = [value for row in chunk for value in row]
        values += _EMPTY * (size - len(chunk))
        execute(_SQLITE[size], values)


def _append_postgres(rows: Sequence[ReportRow]) -> None:
    # A server-side-binding cursor: Django's own would write the arrays into the text of the statement.
    from psycopg import Cursor

    with Cursor(connection.connection) as cursor:
        cursor.execute(
            _POSTGRES,
            [
                [r.unit_id for r in rows],
                [r.observed_us for r in rows],
                [r.received_us for r in rows],
                [r.device_us for r in rows],
                [r.packed for r in rows],
            ],
        )


def settle() -> int:
    """Periodic job: move the oldest reports to `health_report`; how many. 0 = nothing was left.

    Reads first and writes in small transactions, so that the gateway's writer never waits long. Ended
    half-way it leaves reports in both places: reading and moving them again count them once.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, unit_id, observed_us, received_us, device_us, packed FROM health_inbox"
            " ORDER BY id LIMIT %s",
            [_TAKEN],
        )
        taken = cursor.fetchall()
    # The id breaks ties: of two reports of one moment the first to come stays.
    ordered = sorted(taken, key=lambda row: (row[1], row[2], row[0]))
    for start in range(0, len(ordered), _MOVED):
        chunk = ordered[start : start + _MOVED]
        with transaction.atomic():
            insert_reports([ReportRow(u, o, r, d, bytes(packed)) for _, u, o, r, d, packed in chunk])
    ids = [row[0] for row in taken]
    for start in range(0, len(ids), _DELETED):
        _delete(ids[start : start + _DELETED])
    return len(taken)


def _delete(ids: Sequence[int]) -> None:
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            # One writer at a time: what has an id in between was there when we read.
            cursor.execute("DELETE FROM health_inbox WHERE id BETWEEN %s AND %s", [ids[0], ids[-1]])
        else:
            # A smaller id may be committed later than a larger one: delete only what was read.
            cursor.execute("DELETE FROM health_inbox WHERE id = ANY(%s)", [list(ids)])
