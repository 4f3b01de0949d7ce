"""Hours of reports in a few numbers: what is kept, merged, refused, deleted."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection, transaction
from hypothesis import given
from hypothesis import strategies as st
from logix_common.clock import from_microseconds, to_microseconds
from logix_common.errors import InvalidInput
from logix_common.findings import Event
from logix_common.observations import COUNTERS, Metric
from logix_common.wire.v1 import link_pb2
from logix_server.fleet.models import Unit
from logix_server.health import inbox, packing, rollup_store, store
from logix_server.health.actions import apply_findings
from logix_server.health.facts import ReportRow
from logix_server.health.models import FaultFinding
from logix_server.health.queries import series
from logix_server.health.retention import prune, roll_up
from logix_server.health.rollup import Hour, Summary, merge, roll
from logix_server.health.store import HOUR_US

from tests.server import rows
from tests.server.health.told import finding

START = 490_000 * HOUR_US
MINUTE_US = 60_000_000


def report(cpu: float, received: float = 0, instance: str = "eth0") -> bytes:
    message = link_pb2.HealthReport(metric=[Metric.CPU_PERCENT], value=[cpu])
    message.instances.add(name=instance, metric=[Metric.NETWORK_RECEIVED_BYTES], value=[received])
    return message.SerializeToString()


def test_gauges_keep_four_numbers_and_counters_the_last() -> None:
    hour = roll(packing.columns(report(cpu, total)) for cpu, total in [(10, 5), (30, 6), (20, 9)])
    assert hour.reports == 3
    assert hour.series[Metric.CPU_PERCENT, ""] == Summary(3, 10, 30, 20, 20)
    assert hour.series[Metric.NETWORK_RECEIVED_BYTES, "eth0"] == Summary(3, 9, 9, 9, 9)


def test_values_that_are_no_numbers_are_left_out() -> None:
    hour = roll([[("", [1], [math.nan])], [("", [1], [math.inf])], [("", [1], [4.0])]])
    assert (hour.reports, hour.series) == (3, {(1, ""): Summary(1, 4, 4, 4, 4)})
    assert math.isfinite(roll([[("", [1], [1.7e308])]] * 3).series[1, ""].mean)


def test_merging_counts_both() -> None:
    earlier = roll([[("", [1], [10.0])], [("", [1], [20.0])]])
    later = roll([[("", [1, 2], [60.0, 1.0])]])
    merged = merge(earlier, later)
    assert merged.reports == 3
    assert merged.series[1, ""] == Summary(3, 10, 60, 30, 60)
    assert merged.series[2, ""].count == 1


floats = st.floats(allow_nan=False, allow_infinity=False)


@st.composite
def hours(draw: st.DrawFn) -> Hour:
    keys = draw(st.lists(st.tuples(st.integers(0, 2**32 - 1), st.text(max_size=20)), unique=True, max_size=9))
    summaries = {}
    for metric, name in keys:
        low, high, mean, last = draw(st.tuples(floats, floats, floats, floats))
        counter = metric in COUNTERS
        values = (last, last, last, last) if counter else (low, high, mean, last)
        summaries[metric, name] = Summary(draw(st.integers(1, 60)), *values)
    return Hour(draw(st.integers(0, 60)), summaries)


@given(hours())
def test_packing_keeps_everything(hour: Hour) -> None:
    packed = packing.pack_hour(hour)
    assert packing.unpack_hour(packed) == hour
    for of, summary in hour.series.items():
        assert packing.one_of_hour(packed, of) == summary
    assert packing.one_of_hour(packed, (2**33, "")) is None


@given(st.binary(max_size=200))
def test_bytes_that_are_no_rollup_are_refused(data: bytes) -> None:
    with pytest.raises(InvalidInput, match="rollup"):
        packing.unpack_hour(data)


def test_bytes_that_are_no_report_are_refused() -> None:
    with pytest.raises(InvalidInput, match="report"):
        packing.columns(b"\xff\xff\xff")


def test_an_hour_of_twenty_series_is_small() -> None:
    metrics = range(1, 22)
    hour = [[("", metrics, [50 + math.sin(minute * n) for n in metrics])] for minute in range(60)]
    assert len(packing.pack_hour(roll(hour))) < 800


database = [pytest.mark.database, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def unit(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Unit]:
    monkeypatch.setattr(store, "_marked", store._Marked())
    return rows.unit()


def insert(unit: Unit, *minutes: float, cpu: float = 1.0, received_us: int | None = None) -> None:
    reports = []
    for minute in minutes:
        at = START + int(minute * MINUTE_US)
        reports.append(ReportRow(unit.id, at, received_us or at, at, report(cpu)))
    with transaction.atomic():
        store.insert_reports(reports)


def moment(hours: float) -> datetime:
    return from_microseconds(START + int(hours * HOUR_US))


def counts(unit: Unit) -> dict[int, int]:
    found = rollup_store.read(unit.id, 0, 2**40)
    return {hour - START // HOUR_US: packing.unpack_hour(packed).reports for hour, packed in found}


@pytest.mark.database
def test_finished_hours_are_rolled_up_once(unit: Unit) -> None:
    insert(unit, 0, 1, 2, 61, 62, 121)
    assert roll_up(moment(1)) == 0  # the grace is not over
    assert roll_up(moment(2.5)) == 2
    assert counts(unit) == {0: 3, 1: 2}
    assert roll_up(moment(2.5)) == 0
    assert roll_up(moment(9)) == 1


@pytest.mark.database
def test_work_is_bounded_and_goes_on_where_it_was(unit: Unit) -> None:
    insert(unit, *(60 * n for n in range(7)))
    assert [roll_up(moment(24), 3) for _ in range(4)] == [3, 3, 1, 0]
    assert len(counts(unit)) == 7


@pytest.mark.database
def test_a_late_report_rolls_its_hour_up_again(unit: Unit) -> None:
    insert(unit, 0, 1)
    roll_up(moment(2))
    insert(unit, 30, received_us=START + 5 * HOUR_US)
    assert roll_up(moment(6)) == 1
    assert counts(unit) == {0: 3}


@pytest.mark.database
def test_an_hour_waits_until_the_inbox_has_settled(unit: Unit) -> None:
    insert(unit, 0)
    late = ReportRow(unit.id, START + MINUTE_US, START + MINUTE_US, START, report(2))
    with transaction.atomic():
        inbox.receive([late])
    assert roll_up(moment(3)) == 0
    inbox.settle()
    assert roll_up(moment(3)) == 1
    assert counts(unit) == {0: 2}


@pytest.mark.database
def test_late_reports_are_added_to_a_rollup_whose_reports_are_gone(unit: Unit) -> None:
    insert(unit, *range(10), cpu=10)
    roll_up(moment(2))
    assert prune(moment(24 * 8), 7, 400) == 10
    for minute in (30, 31):
        insert(unit, minute, cpu=40, received_us=START + 24 * 9 * HOUR_US)
        assert roll_up(moment(24 * 9 + 2)) == 1
    ((_, packed),) = rollup_store.read(unit.id, 0, 2**40)
    hour = packing.unpack_hour(packed)
    assert hour.reports == 12
    assert hour.series[Metric.CPU_PERCENT, ""] == Summary(12, 10, 40, pytest.approx(15), 40)


@pytest.mark.database
def test_an_unreadable_report_does_not_stop_the_others(unit: Unit) -> None:
    insert(unit, 0)
    with transaction.atomic():
        store.insert_reports([ReportRow(unit.id, START + 5, START + 5, 0, b"\xff\xff")])
    assert roll_up(moment(2)) == 1
    assert counts(unit) == {0: 1}


@pytest.mark.database
def test_nothing_is_deleted_before_it_is_rolled_up(unit: Unit) -> None:
    insert(unit, 0, 60)
    now = moment(24 * 8)
    assert prune(now, 7, 400) == 0
    roll_up(now)
    assert prune(now, 7, 400) == 2
    assert prune(now, 7, 400) == 0
    assert len(counts(unit)) == 2
    assert prune(moment(24 * 401), 7, 400) == 2
    assert counts(unit) == {}


@pytest.mark.database
def test_pruning_goes_unit_by_unit(unit: Unit) -> None:
    others = [rows.unit() for _ in range(3)]
    for one in (unit, *others):
        insert(one, 0)
    roll_up(moment(2))
    assert [prune(moment(24 * 8), 7, 400, limit=3) for _ in range(3)] == [3, 1, 0]


@pytest.mark.database
def test_clearings_whose_raise_never_came_are_forgotten(unit: Unit) -> None:
    at = moment(0)
    apply_findings([finding(unit.id, "c1", Event.CLEARED, at=at), finding(unit.id, "r1", at=at)])
    prune(moment(24 * 8), 7, 400)
    assert list(FaultFinding.objects.values_list("finding_id", flat=True)) == ["r1"]


@pytest.mark.database
def test_a_series_reads_reports_where_they_are_and_hours_where_they_are_not(unit: Unit) -> None:
    insert(unit, 0, 1, cpu=10)
    insert(unit, 24 * 60 * 3, 24 * 60 * 3 + 1, cpu=20)
    roll_up(moment(24 * 4))
    found = series(unit.id, Metric.CPU_PERCENT, "", moment(0), moment(24 * 4))
    assert [(r.at_us - START, r.mean) for r in found] == [
        (0, 10),
        (72 * HOUR_US, 20),
        (72 * HOUR_US + MINUTE_US, 20),
    ]
    prune(moment(24 * 30), 7, 400)
    kept = series(unit.id, Metric.CPU_PERCENT, "", moment(0), moment(24 * 4))
    assert [(r.at_us - START, r.mean) for r in kept] == [(0, 10), (72 * HOUR_US, 20)]
    assert series(unit.id, Metric.CPU_PERCENT, "nothing", moment(0), moment(24)) == []


@pytest.mark.database
def test_a_year_by_the_hour_is_quick(unit: Unit) -> None:
    packed = packing.pack_hour(roll(packing.columns(report(n)) for n in range(60)))
    first = START // HOUR_US
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO health_rollup (unit_id, hour, packed) VALUES (%s, %s, %s)",
            [(unit.id, first + n, packed) for n in range(8_760)],
        )
    since = from_microseconds(START)
    assert since.tzinfo is UTC
    begin = time.thread_time()  # not the clock on the wall: others may use this machine, too
    year = series(unit.id, Metric.CPU_PERCENT, "", since, since + timedelta(days=365))
    assert len(year) == 8_760
    assert time.thread_time() - begin < 5
    assert to_microseconds(since) == year[0].at_us
