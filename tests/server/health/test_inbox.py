"""The inbox of reports: appended at once, settled later, read in both places."""

from __future__ import annotations

import pytest
from django.db import connection, transaction
from logix_server.health import inbox, store
from logix_server.health.facts import ReportRow

pytestmark = [pytest.mark.database, pytest.mark.django_db(transaction=True)]

NOON = 490_000 * store.HOUR_US


@pytest.fixture(autouse=True)
def _fresh_marks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "_marked", store._Marked())


def row(unit: int, observed: int, packed: bytes = b"x") -> ReportRow:
    return ReportRow(unit, observed, observed + 1, observed - 5, packed)


def receive(rows: list[ReportRow]) -> None:
    with transaction.atomic():
        inbox.receive(rows)


def count(table: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {table}")
        return int(cursor.fetchone()[0])


@pytest.mark.parametrize("reports", [1, 3, 64, 85, 200])
def test_every_report_of_a_round_is_taken_in_once(reports: int) -> None:
    receive([row(unit, NOON + unit, bytes([unit % 256])) for unit in range(reports)])

    assert count("health_inbox") == reports
    assert [r.packed for r in store.reports(reports - 1, NOON, NOON + 1_000)] == [
        bytes([(reports - 1) % 256])
    ]


def test_a_report_is_read_before_between_and_after_settling() -> None:
    receive([row(1, NOON + 1, b"a")])
    assert inbox.settle() == 1
    receive([row(1, NOON + 3, b"c"), row(1, NOON + 2, b"b"), row(2, NOON, b"other")])

    assert [r.packed for r in store.reports(1, NOON, NOON + 10)] == [b"a", b"b", b"c"]

    assert inbox.settle() == 3
    assert inbox.settle() == 0
    assert (count("health_inbox"), count("health_report")) == (0, 4)
    assert [r.packed for r in store.reports(1, NOON, NOON + 10)] == [b"a", b"b", b"c"]


def test_of_two_reports_of_one_moment_the_first_stays() -> None:
    receive([row(1, NOON, b"first"), row(1, NOON, b"second")])
    assert [r.packed for r in store.reports(1, NOON, NOON + 1)] == [b"first"]

    inbox.settle()
    assert [r.packed for r in store.reports(1, NOON, NOON + 1)] == [b"first"]


def test_settling_that_ended_half_way_counts_nothing_twice() -> None:
    receive([row(1, NOON, b"a"), row(1, NOON + 1, b"b")])
    with transaction.atomic():
        store.insert_reports([row(1, NOON, b"a")])  # moved, not yet removed from the inbox

    assert [r.packed for r in store.reports(1, NOON, NOON + 10)] == [b"a", b"b"]
    inbox.settle()
    assert (count("health_inbox"), count("health_report")) == (0, 2)


def test_settling_marks_the_hours_to_roll_up() -> None:
    receive([row(1, NOON)])
    assert count("health_unrolled") == 0
    inbox.settle()
    assert count("health_unrolled") == 1
