"""When the disk is the fault: reports go by memory, and the agent says so."""

from __future__ import annotations

import asyncio
import shutil
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from logix_agent.facts import FindingEvent, HealthSample, InventoryFacts, Sighting
from logix_agent.link.disk_thread import DiskHangs, DiskThread
from logix_agent.link.recorder import Intervals, Recorder
from logix_agent.link.reports import Reports
from logix_agent.link.spool_facts import Kind
from logix_common.errors import InvalidInput

from tests.agent.link.conftest import BOOT, finding, health
from tests.fakes.clock import FakeClock
from tests.until import until


@pytest.fixture
async def reports(tmp_path: Path) -> AsyncIterator[Reports]:
    folder = tmp_path / "state"
    folder.mkdir()
    made = Reports(folder / "spool.sqlite3", 1 << 20, FakeClock(), DiskThread("test"))
    yield made
    await made.close()


async def test_what_no_disk_takes_waits_in_memory(tmp_path: Path, reports: Reports) -> None:
    shutil.rmtree(tmp_path / "state")
    await reports.put([finding()])
    assert reports.problem
    assert reports.in_memory == 1
    waiting = await reports.next(1 << 20, 10)
    assert waiting is not None
    assert waiting.from_memory
    await reports.acknowledge(1, from_memory=True)
    assert await reports.next(1 << 20, 10) is None


async def test_the_disk_is_tried_again_after_a_rest(tmp_path: Path, reports: Reports) -> None:
    shutil.rmtree(tmp_path / "state")
    await reports.put([finding()])
    (tmp_path / "state").mkdir()
    await reports.put([finding()])
    assert reports.in_memory == 2
    reports._clock.move(60)
    await reports.put([finding()])
    assert reports.problem == ""
    assert reports.in_memory == 2
    assert reports.stand().last_written == 1


async def test_a_disk_that_hangs_holds_up_nobody(tmp_path: Path) -> None:
    thread = DiskThread("hangs")
    let_go = threading.Event()
    stuck = asyncio.ensure_future(thread.call(let_go.wait))
    clock = FakeClock()
    reports = Reports(tmp_path / "s", 1 << 20, clock, thread)
    put = asyncio.ensure_future(reports.put([finding()]))
    await until(lambda: clock.sleeping)
    await clock.advance(6)
    await put
    assert reports.in_memory == 1
    with pytest.raises(DiskHangs):
        await thread.call_within(clock, 5, lambda: None)
    let_go.set()
    await stuck
    thread.stop()


async def test_an_acknowledgement_of_nothing_sent_is_refused(reports: Reports) -> None:
    await reports.put([health()])
    with pytest.raises(InvalidInput):
        await reports.acknowledge(1, from_memory=False)
    assert reports.bytes > 0


class FakeWatcher:
    """A machine whose findings the test dictates."""

    def __init__(self) -> None:
        self.events: list[FindingEvent] = []
        self.conditions: dict[str, Sighting | None] = {}
        self.commits = 0
        self.state_problem = ""
        self.serial = "LX1"
        self.maintenance: object | None = None

    async def health(self) -> HealthSample:
        return HealthSample([], [])

    async def inventory(self) -> InventoryFacts:
        return InventoryFacts(self.serial, "", "", "", "", "", "", (), (), (), ())

    async def findings(self) -> list[FindingEvent]:
        return self.events

    async def commit(self) -> None:
        self.events = []
        self.commits += 1

    def open_findings(self) -> list[FindingEvent]:
        return []

    def set_condition(self, name: str, sighting: Sighting | None) -> None:
        self.conditions[name] = sighting


async def test_an_unwritable_spool_is_a_finding_until_it_works_again(
    tmp_path: Path, reports: Reports
) -> None:
    watcher = FakeWatcher()
    recorder = Recorder(watcher, reports, reports._clock, BOOT, Intervals(60, 30, 3600))
    await recorder.look()
    assert watcher.conditions["spool"] is None
    shutil.rmtree(tmp_path / "state")
    await reports.put([health()])
    await recorder.look()
    told = watcher.conditions["spool"]
    assert told is not None
    assert told.code == "system.spool-unwritable"
    (tmp_path / "state").mkdir()
    reports._clock.move(60)
    await reports.put([health()])
    await recorder.look()
    assert watcher.conditions["spool"] is None
    assert watcher.commits == 3


async def test_inventory_is_told_at_start_and_on_change(reports: Reports) -> None:
    watcher = FakeWatcher()
    clock: FakeClock = reports._clock
    recorder = Recorder(watcher, reports, clock, BOOT, Intervals(60, 30, 100))
    task = asyncio.ensure_future(recorder.watch_inventory())

    def looked(written: int) -> bool:
        return bool(clock.sleeping) and reports.stand().last_written == written

    await until(lambda: looked(1))
    await clock.advance(100)
    await until(lambda: looked(1))
    watcher.serial = "LX2"
    await clock.advance(100)
    await until(lambda: looked(2))
    assert not task.done()
    task.cancel()


async def test_one_full_state_waits_at_a_time(reports: Reports) -> None:
    recorder = Recorder(FakeWatcher(), reports, reports._clock, BOOT, Intervals(60, 30, 100))
    await recorder.tell_full_state()
    said = await recorder.tell_full_state()
    assert "already" in said
    assert reports.stand().last_written == 1
    assert await reports.holds(Kind.FULL_STATE)


async def full_states(reports: Reports) -> list[int]:
    """Sequences of the full states that wait in the durable spool."""
    from logix_common.wire.v1 import link_pb2

    waiting = await reports.next(1 << 20, 100)
    entries = waiting.entries if waiting else []
    return [e.sequence for e in entries if link_pb2.Entry.FromString(e.payload).HasField("full_state")]


async def test_a_short_failure_of_the_disk_between_two_looks_is_healed_too(
    tmp_path: Path, reports: Reports
) -> None:
    """What went by memory overtakes what waits on the disk: a fault raised there, cleared here."""
    clock: FakeClock = reports._clock
    recorder = Recorder(FakeWatcher(), reports, clock, BOOT, Intervals(60, 30, 100))
    await recorder.tell_full_state()
    await recorder.look()
    (tmp_path / "state").rename(tmp_path / "away")
    reports._spool = None
    await reports.put([finding()])  # by memory
    (tmp_path / "away").rename(tmp_path / "state")
    clock.move(25)
    await reports.put([health()])  # the disk works again before the next look
    assert reports.problem == ""
    await reports.acknowledge(0, from_memory=True)
    await recorder.look()
    task = asyncio.ensure_future(recorder.watch_full_state())
    await until(lambda: reports.stand().last_written == 3)
    reports._memory.acknowledge(10)
    assert await full_states(reports) == [1, 3]
    await recorder.look()
    await asyncio.sleep(0)
    assert reports.stand().last_written == 3  # once is enough
    task.cancel()


async def test_a_spool_that_breaks_while_running_is_told(tmp_path: Path, reports: Reports) -> None:
    clock: FakeClock = reports._clock
    watcher = FakeWatcher()
    recorder = Recorder(watcher, reports, clock, BOOT, Intervals(60, 30, 100))
    await reports.put([finding()])
    clock.move(86_400)
    await reports.close()
    (tmp_path / "state" / "spool.sqlite3").write_bytes(b"rot" * 4096)
    await reports.put([health()])
    assert reports.replaced
    await recorder.look()
    assert watcher.conditions["spool"] is not None
    clock.move(700)
    await recorder.look()
    assert watcher.conditions["spool"] is None


async def test_a_maintenance_window_that_begins_or_ends_is_told_at_once(reports: Reports) -> None:
    clock: FakeClock = reports._clock
    watcher = FakeWatcher()
    recorder = Recorder(watcher, reports, clock, BOOT, Intervals(60, 30, 3600))
    task = asyncio.ensure_future(recorder.watch_inventory())
    await until(lambda: reports.stand().last_written == 1)
    for number, window in enumerate(("a new fan", None), start=2):
        watcher.maintenance, watcher.serial = window, f"LX{number}"  # so that the inventory is another
        await recorder.look()
        await until(lambda number=number: reports.stand().last_written == number)
    task.cancel()


class SilentWatcher(FakeWatcher):
    """A machine that has not told anything yet: its disk is slow."""

    answers = False

    async def inventory(self) -> InventoryFacts:
        return await super().inventory() if self.answers else InventoryFacts()


async def test_an_inventory_that_could_not_be_read_is_not_told_as_empty(reports: Reports) -> None:
    clock: FakeClock = reports._clock
    watcher = SilentWatcher()
    recorder = Recorder(watcher, reports, clock, BOOT, Intervals(60, 30, 3600))
    task = asyncio.ensure_future(recorder.watch_inventory())
    await until(lambda: clock.sleeping)
    assert reports.stand().last_written == 0
    watcher.answers = True
    await clock.advance(60)
    await until(lambda: reports.stand().last_written == 1)
    task.cancel()
    watcher.answers = False
    await recorder.tell_full_state()
    from logix_common.wire.v1 import link_pb2

    waiting = await reports.next(1 << 20, 10)
    assert waiting is not None
    told = link_pb2.Entry.FromString(waiting.entries[-1].payload).full_state
    assert not told.HasField("inventory")
