"""Reports as they come in: appended in the order of arrival, moved in bulk to where they are kept.

`health_report` is keyed (unit, time) so that a unit's day lies together; but written as reports
arrive, every one of them dirties a page of its own: 14 µs on SQLite against 2 µs for an append. So the
gateway appends here, durably, and a job carries sorted runs over. Readers look in both places.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from django.db import connection, transaction

from logix_server import bulk
from logix_server.health.facts import ReportRow
from logix_server.health.store import REPORT_COLUMNS, insert_reports

#: Reports taken up in one go (about 10 MB), and moved in one transaction (a few milliseconds).
_TAKEN: Final = 30_000
_MOVED: Final = 500
_DELETED: Final = 5_000
_APPEND: Final = bulk.inserting("health_inbox", REPORT_COLUMNS)


def receive(rows: Sequence[ReportRow]) -> None:
    """Take reports in, in the caller's transaction. Raises Django's database errors."""
    bulk.write(_APPEND, rows)


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
