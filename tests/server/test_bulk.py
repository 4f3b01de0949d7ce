"""Many rows in one statement, whatever their number, on both databases."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, connection, transaction
from logix_server import bulk

pytestmark = [pytest.mark.database, pytest.mark.django_db(transaction=True)]

COLUMNS = (("year", "integer"), ("last", "bigint"))
INSERT = bulk.inserting("tickets_ticketcounter", COLUMNS)


def stored() -> dict[int, int]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT year, last FROM tickets_ticketcounter")
        return dict(cursor.fetchall())


@pytest.mark.parametrize("count", [0, 1, 2, 4, 5, 16, 17, 64, 255, 256, 257, 600])
def test_every_row_is_written_once(count: int) -> None:
    rows = [(year, year * 7) for year in range(1, count + 1)]
    with transaction.atomic():
        bulk.write(INSERT, rows)
    assert stored() == dict(rows)


def test_what_is_there_already_is_kept_where_the_statement_says_so() -> None:
    keep = bulk.inserting("tickets_ticketcounter", COLUMNS, " ON CONFLICT (year) DO NOTHING")
    with transaction.atomic():
        bulk.write(INSERT, [(1, 10)])
        bulk.write(keep, [(1, 11), (2, 12), (3, 13)])
    assert stored() == {1: 10, 2: 12, 3: 13}


def test_the_drivers_errors_are_djangos() -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        bulk.write(INSERT, [(1, 10), (1, 11)])
    assert stored() == {}


def test_rows_outside_a_transaction_are_refused() -> None:
    with pytest.raises(RuntimeError, match="transaction"):
        bulk.write(INSERT, [(1, 10)])
