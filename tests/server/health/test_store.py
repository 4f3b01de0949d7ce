"""Packed reports: written once, read by the day."""

from __future__ import annotations

import pytest
from django.db import connection, transaction
from logix_server.health import store
from logix_server.health.facts import ReportRow

pytestmark = [pytest.mark.database, pytest.mark.django_db(transaction=True)]

HOUR = store.HOUR_US
NOON = 490_000 * HOUR


@pytest.fixture(autouse=True)
def _fresh_marks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "_marked", store._Marked())


def row(unit: int, observed: int, received: int | None = None, packed: bytes = b"x") -> ReportRow:
    return ReportRow(unit, observed, observed if received is None else received, observed - 5, packed)


def marks() -> list[tuple[int, int]]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT hour, unit_id FROM health_unrolled ORDER BY hour, unit_id")
        return list(cursor.fetchall())


def insert(rows: list[ReportRow]) -> None:
    with transaction.atomic():
        store.insert_reports(rows)


def test_reports_come_back_in_time_order_with_their_bytes() -> None:
    packed = bytes(range(256))
    insert([row(1, NOON + 2), row(1, NOON + 1, packed=packed), row(2, NOON + 3)])
    assert [(r.observed_us, r.packed) for r in store.last_day(1, NOON + HOUR)] == [
        (NOON + 1, packed),
        (NOON + 2, b"x"),
    ]


def test_the_first_of_two_with_one_key_stays_within_a_batch_and_between_batches() -> None:
    insert([row(1, NOON, packed=b"first"), row(1, NOON, packed=b"second")])
    insert([row(1, NOON, packed=b"third")])
    assert [r.packed for r in store.last_day(1, NOON + 1)] == [b"first"]


def test_a_day_is_half_open() -> None:
    insert([row(1, NOON - store.DAY_US - 1), row(1, NOON - store.DAY_US), row(1, NOON)])
    assert [r.observed_us for r in store.last_day(1, NOON)] == [NOON - store.DAY_US]


def test_a_transaction_is_required() -> None:
    with pytest.raises(RuntimeError, match="transaction"):
        store.insert_reports([row(1, NOON)])


def test_an_hour_with_new_reports_is_marked_once_and_a_late_report_marks_it_again() -> None:
    insert([row(1, NOON), row(1, NOON + 1), row(2, NOON + 2)])
    hour = NOON // HOUR
    assert marks() == [(hour, 1), (hour, 2)]
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM health_unrolled")
    insert([row(1, NOON + 3)])
    assert marks() == []  # known to be marked while its hour runs
    insert([row(1, NOON + 4, received=NOON + HOUR)])
    assert marks() == [(hour, 1)]


def test_a_mark_that_was_rolled_back_is_written_again() -> None:
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        store.insert_reports([row(1, NOON)])
        raise ZeroDivisionError
    insert([row(1, NOON + 1)])
    assert marks() == [(NOON // HOUR, 1)]


def test_prune_removes_only_what_is_older_of_the_units_named() -> None:
    insert([row(1, NOON), row(1, NOON + 10), row(2, NOON)])
    assert store.prune([1], NOON + 10) == 1
    assert [r.observed_us for r in store.last_day(1, NOON + HOUR)] == [NOON + 10]
    assert len(store.last_day(2, NOON + HOUR)) == 1
