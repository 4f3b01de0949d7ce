"""Reports of a device that means harm: its own hours may suffer, nobody else's."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db import transaction
from logix_common.clock import from_microseconds
from logix_common.wire.v1 import link_pb2
from logix_server.health import packing, retention, rollup_store, store
from logix_server.health.facts import ReportRow
from logix_server.health.retention import roll_up
from logix_server.health.store import HOUR_US

from tests.server import rows
from tests.server.health.test_rollup import report

pytestmark = [pytest.mark.database, pytest.mark.django_db(transaction=True)]

START = 490_000 * HOUR_US


@pytest.fixture(autouse=True)
def nothing_marked(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(store, "_marked", store._Marked())
    return


def wide(first: int, names: int = 500) -> bytes:
    """A report at its bounds: as many instances as one may name, each name as long as it may be."""
    message = link_pb2.HealthReport()
    for number in range(first, first + names):
        message.instances.add(name=f"{number:0>128}", metric=[100], value=[1.0])
    return message.SerializeToString()


def insert(unit_id: int, *packed: bytes, after_us: int = 0) -> None:
    at = START + after_us
    received = START + 2 * HOUR_US  # all of them late: each hour is marked anew
    told = [ReportRow(unit_id, at + n, received, at, one) for n, one in enumerate(packed)]
    with transaction.atomic():
        store.insert_reports(told)


def roll_everything(hours: float) -> int:
    done, now = 0, from_microseconds(START) + timedelta(hours=hours)
    while more := roll_up(now):
        done += more
    return done


def test_an_hour_of_ever_new_series_is_bounded_and_holds_up_nobody() -> None:
    hostile, honest = rows.unit(), rows.unit()
    insert(hostile.id, *(wide(n * 500) for n in range(80)))
    assert roll_everything(1.2) == 1
    # A late report of the same hour: what was kept of it must still be readable.
    insert(hostile.id, wide(0), after_us=1_000_000)
    insert(honest.id, report(7.0), after_us=HOUR_US)
    assert roll_everything(2.2) == 2

    hour = START // HOUR_US
    (kept,) = rollup_store.read(hostile.id, hour, hour + 1)
    assert len(packing.unpack_hour(kept[1]).series) <= 8_000
    assert rollup_store.read(honest.id, hour + 1, hour + 2)


def test_a_rollup_that_cannot_be_read_is_made_anew_and_holds_up_nobody() -> None:
    broken, honest = rows.unit(), rows.unit()
    hour = START // HOUR_US
    rollup_store.write(broken.id, hour, b"no rollup")
    insert(broken.id, report(1.0))
    insert(honest.id, report(7.0))
    assert roll_everything(1.2) == 2
    assert packing.unpack_hour(rollup_store.read(broken.id, hour, hour + 1)[0][1]).reports == 1


def test_an_hour_of_too_many_reports_is_rolled_up_from_so_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "MOST_REPORTS", 10)
    unit = rows.unit()
    insert(unit.id, *(report(float(n)) for n in range(25)))
    assert roll_everything(1.2) == 1
    hour = START // HOUR_US
    assert packing.unpack_hour(rollup_store.read(unit.id, hour, hour + 1)[0][1]).reports == 10
    insert(unit.id, report(1.0), after_us=1_000_000)
    assert roll_everything(1.2) == 1
    assert rollup_store.unrolled(hour + 1, 10) == []


def test_a_late_report_is_not_deleted_before_it_is_rolled_up() -> None:
    unit = rows.unit()
    insert(unit.id, report(1.0))  # it came after the job had looked which units have nothing to roll up
    assert store.prune([unit.id], START + 2 * HOUR_US) == 0
    assert roll_everything(1.2) == 1
    assert store.prune([unit.id], START + 2 * HOUR_US) == 1
