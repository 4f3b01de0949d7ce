"""The monitor over time on a simulated machine: watched, exchanged, felt, told once."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from logix_agent.detectors.judgement import Judgement, PartVerdicts
from logix_agent.facts import DoubtFact, FindingEvent
from logix_agent.host.commands import commands_for
from logix_agent.host.paths import HostPaths
from logix_agent.monitor import Monitor
from logix_agent.sources import SOURCES, Source
from logix_agent.watch import Watch
from logix_common.findings import Component, Event, Evidence, Severity

from tests.agent.test_monitor import Bench, short


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


class Cable:
    """A source of its own: one port, whose errors count up."""

    errors = 7

    def judge(self, _reading: object, _known: object) -> Judgement:
        verdicts = PartVerdicts("disk:X", slot="sdx", serial="X")
        if self.errors:
            proof = Evidence("counter", "errors", str(self.errors), "0")
            verdicts.fault(
                Component.DISK,
                "disk.interface-errors",
                Severity.FROM_TIME_TO_TIME,
                [proof],
                early=True,
                count=self.errors,
            )
        else:
            verdicts.sound("disk.interface-errors")
        return verdicts.judgement()

    def on(self, bench: Bench) -> Monitor:
        """The bench's monitor with this source beside all others."""
        source: Source[int] = Source("cable", (Component.DISK,), judge=self.judge, blocking=lambda _: 0)
        paths = HostPaths(bench.machine.folder)
        commands = commands_for(paths)
        bench.monitor._watch = Watch(bench.config, paths, commands, bench.clock, (*SOURCES, source))
        return bench.monitor


def watched(events: list[FindingEvent]) -> list[tuple[Event, bool]]:
    return [(event.event, event.watched) for event in events]


async def test_old_history_is_watched_and_raised_when_it_grows(bench: Bench) -> None:
    cable = Cable()
    monitor = cable.on(bench)
    (seen,) = await bench.events(3)
    assert watched([seen]) == [(Event.RAISED, True)]
    assert [finding.watched for finding in monitor.open_findings()] == [True]
    cable.errors = 8
    (grown,) = await bench.events(3)
    assert (watched([grown]), grown.finding_id) == ([(Event.CHANGED, False)], seen.finding_id)


async def test_a_baseline_survives_a_restart(bench: Bench) -> None:
    cable = Cable()
    cable.errors = 0
    cable.on(bench)
    assert await bench.events() == []
    bench.restart()
    cable.errors = 1
    cable.on(bench)
    assert watched(await bench.events()) == [(Event.RAISED, False)]
    bench.restart()
    cable.on(bench)
    assert await bench.events(3) == []


async def test_a_fault_that_stopped_the_main_service_is_critical(bench: Bench) -> None:
    bench.machine.lose_raid_member("sdb")
    (raised,) = await bench.events()
    assert (raised.severity, raised.urgent) == (2, True)
    bench.machine.set_service("logix-engine.service", "failed")
    await bench.monitor.health()  # asks for the services
    (changed,) = await bench.events()
    assert (changed.event, changed.severity, changed.urgent) == (Event.CHANGED, 1, False)


async def test_the_last_disk_is_critical(bench: Bench) -> None:
    await bench.events()
    bench.machine.detach_disk("sdb")
    bench.machine.fail_disk("sda")
    assert short(await bench.events()) == [
        (Event.RAISED, "disk.missing", 2),
        (Event.RAISED, "disk.pending-sectors", 1),
    ]


async def test_another_disk_in_its_place_ends_that_it_was_missed(bench: Bench) -> None:
    await bench.events()
    bench.machine.detach_disk("sdb")
    assert short(await bench.events()) == [(Event.RAISED, "disk.missing", 2)]
    bench.machine.replace_disk("sdb", "NEW-1")
    assert short(await bench.events()) == [(Event.CLEARED, "disk.missing", 2)]
    assert await bench.events(5) == []


def logged(bench: Bench, *lines: str) -> None:
    """What the kernel of the simulated machine has logged."""
    log = bench.machine.folder / "dev" / "kmsg"
    log.parent.mkdir(exist_ok=True)
    records = (f"3,{number},{number}000000,-;{line}\n" for number, line in enumerate(lines, 1))
    log.write_text("".join(records))


async def test_an_array_that_is_whole_again_is_not_kept_degraded_by_the_log(bench: Bench) -> None:
    bench.machine.lose_raid_member("sdb")
    logged(bench, "md/raid1:md0: Disk failure on sdb1, disabling device.")
    (raised,) = await bench.events()
    assert {entry.source for entry in raised.evidence} == {"/proc/mdstat", "kernel log"}
    bench.machine.recover_array()
    assert short(await bench.events()) == [(Event.CLEARED, "raid.degraded", 2)]


async def test_a_file_system_that_table_and_log_tell_of_is_one_finding(bench: Bench) -> None:
    bench.machine.force_read_only("/var")
    logged(bench, "EXT4-fs (md0): Remounting filesystem read-only")
    (raised,) = await bench.events(3)
    assert (raised.part, raised.code) == ("filesystem:/var", "filesystem.read-only")
    assert {entry.source for entry in raised.evidence} == {"/proc/mounts", "kernel log"}


async def test_what_cannot_be_told_stands_in_the_inventory_once(bench: Bench) -> None:
    await bench.events()
    before = await bench.monitor.inventory()
    assert before.cannot_tell == ()
    bench.machine.hide_disk("sda")
    await bench.events(3)
    told = await bench.monitor.inventory()
    (doubt,) = told.cannot_tell
    assert (doubt.component, doubt.part) == ("disk", f"disk:{bench.machine.disks['sda'].serial}")
    assert isinstance(doubt, DoubtFact)
    await bench.events(3)
    assert await bench.monitor.inventory() == told


async def test_a_detector_that_fails_is_logged_once(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    def broken(_reading: object, _known: object) -> Judgement:
        raise ZeroDivisionError

    paths = HostPaths(bench.machine.folder)
    sources = tuple(
        replace(source, judge=broken) if source.name == "mdstat" else source for source in SOURCES
    )
    bench.monitor._watch = Watch(bench.config, paths, commands_for(paths), bench.clock, sources)
    await bench.events(10)
    assert len([record for record in caplog.records if "judging" in record.message]) == 1
    assert any("ZeroDivisionError" in reason for reason in bench.monitor.cannot_tell)
