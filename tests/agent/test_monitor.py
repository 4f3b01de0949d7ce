"""The whole watch over a simulated machine: raise, change, clear, restarts, a disk that takes no state."""

from __future__ import annotations

from pathlib import Path

import pytest
from logix_agent.config import AgentConfig
from logix_agent.facts import FindingEvent, ServiceStatus, Sighting
from logix_agent.host.commands import commands_for
from logix_agent.host.paths import HostPaths
from logix_agent.monitor import Monitor
from logix_common.findings import CODES, Event, Evidence
from logix_common.observations import Metric

from tests.fakes.clock import FakeClock
from tools.simulated_machine import SimulatedFilesystem, SimulatedMachine


class Bench:
    """A simulated machine and a monitor on it that can be restarted."""

    def __init__(self, folder: Path, debounce: int = 1) -> None:
        self.machine = SimulatedMachine(folder / "root", serial="LGX-0042")
        self.config = AgentConfig(
            services=("logix-engine.service", "unknown.service"),
            debounce_raise=debounce,
            debounce_clear=debounce,
        )
        self.state_path = folder / "state" / "findings.json"
        self.state_path.parent.mkdir()
        self.clock = FakeClock()
        self.restart()

    def restart(self) -> None:
        paths = HostPaths(self.machine.folder)
        self.monitor = Monitor(self.config, paths, commands_for(paths), self.clock, self.state_path)

    async def events(self, passes: int = 1) -> list[FindingEvent]:
        told: list[FindingEvent] = []
        for _ in range(passes):
            self.clock.move(30)
            told += await self.monitor.findings()
            await self.monitor.commit()
        return told


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def short(events: list[FindingEvent]) -> list[tuple[Event, str, int]]:
    return sorted((event.event, event.code, int(event.severity)) for event in events)


async def test_a_healthy_machine_has_no_findings(bench: Bench) -> None:
    assert await bench.events(3) == []
    assert bench.monitor.open_findings() == []


async def test_a_disk_fails_gets_worse_and_recovers(bench: Bench) -> None:
    bench.machine.wear_disk("sdb", reallocated=4)
    (early,) = await bench.events()
    assert (early.event, early.code, early.severity) == (Event.RAISED, "disk.reallocated-sectors", 3)
    bench.machine.wear_disk("sdb", reallocated=50)
    (worse,) = await bench.events()
    assert (worse.event, worse.severity, worse.finding_id) == (Event.CHANGED, 2, early.finding_id)
    bench.machine.recover_disk("sdb")
    (cleared,) = await bench.events()
    assert (cleared.event, cleared.finding_id) == (Event.CLEARED, early.finding_id)
    assert bench.monitor.open_findings() == []


async def test_a_lost_member_is_related_to_its_disk_even_when_it_is_gone(bench: Bench) -> None:
    serial = bench.machine.disks["sdb"].serial
    assert await bench.events() == []
    bench.machine.fail_disk("sdb")
    (disk,) = await bench.events()
    assert disk.part == f"disk:{serial}"
    bench.machine.detach_disk("sdb")
    bench.machine.lose_raid_member("sdb")
    gone, raid = sorted(await bench.events(), key=lambda event: event.code)
    assert (gone.part, gone.code, gone.severity) == (disk.part, "disk.missing", 2)
    assert (raid.part, raid.code, raid.severity, raid.urgent) == ("raid:md0", "raid.degraded", 2, True)
    assert raid.related_parts == (disk.part,)
    # The disk is off the bus: that is no recovery.
    assert await bench.events(10) == []
    assert {finding.part for finding in bench.monitor.open_findings()} == {disk.part, "raid:md0"}


async def test_a_disk_that_was_exchanged_ends_its_findings(bench: Bench) -> None:
    bench.machine.fail_disk("sdb")
    (raised,) = await bench.events()
    bench.machine.replace_disk("sdb", "NEW-DISK-1")
    assert [(event.event, event.part) for event in await bench.events()] == [(Event.CLEARED, raised.part)]


async def test_a_disk_that_stops_answering_keeps_its_findings(bench: Bench) -> None:
    bench.machine.fail_disk("sdb")
    await bench.events()
    bench.machine.hide_disk("sdb")
    assert await bench.events(10) == []
    assert len(bench.monitor.open_findings()) == 1
    (doubt,) = bench.monitor.cannot_tell
    assert doubt.startswith(f"disk:{bench.machine.disks['sdb'].serial}: ")


async def test_every_component_is_watched(bench: Bench) -> None:
    await bench.events()
    bench.machine.stop_array()
    bench.machine.heat(101)
    bench.machine.force_read_only("/var")
    bench.machine.fill("/", 99.5)
    told = await bench.events()
    assert short(told) == [
        (Event.RAISED, "filesystem.full", 2),
        (Event.RAISED, "filesystem.read-only", 1),
        (Event.RAISED, "raid.inactive", 1),
        (Event.RAISED, "temperature.high", 1),
    ]
    assert all(event.code in CODES for event in told)
    bench.machine.recover()
    assert [event.event for event in await bench.events()] == [Event.CLEARED] * 4


async def test_without_an_override_a_fault_must_stay(tmp_path: Path) -> None:
    bench = Bench(tmp_path, debounce=0)
    bench.machine.fail_disk("sda")
    assert await bench.events() == []
    assert [event.event for event in await bench.events()] == [Event.RAISED]
    bench.machine.recover_disk("sda")
    assert await bench.events(2) == []
    assert [event.event for event in await bench.events()] == [Event.CLEARED]


async def test_a_restart_neither_repeats_nor_forgets(bench: Bench) -> None:
    bench.machine.fail_disk("sda")
    (raised,) = await bench.events()
    bench.restart()
    assert await bench.events(3) == []
    assert bench.monitor.open_findings() == [raised]
    bench.machine.recover_disk("sda")
    bench.restart()
    (cleared,) = await bench.events()
    assert (cleared.event, cleared.finding_id) == (Event.CLEARED, raised.finding_id)


async def test_events_that_were_not_spooled_come_again_under_the_same_id(bench: Bench) -> None:
    bench.machine.fail_disk("sda")
    (lost,) = await bench.monitor.findings()
    bench.restart()  # killed before the spool had it
    (again,) = await bench.monitor.findings()
    assert again == lost
    bench.machine.recover_disk("sda")
    assert [event.event for event in await bench.monitor.findings()] == [Event.RAISED, Event.CLEARED]
    await bench.monitor.commit()
    bench.restart()
    assert await bench.monitor.findings() == []


async def test_a_commit_covers_only_what_was_handed_over(bench: Bench) -> None:
    await bench.monitor.commit()
    bench.machine.fail_disk("sda")
    first = await bench.monitor.findings()
    await bench.monitor.commit()
    await bench.monitor.commit()
    bench.machine.fail_disk("sdb")
    second = await bench.monitor.findings()
    assert len(first) == len(second) == 1
    assert first[0].part != second[0].part


async def test_a_damaged_state_is_set_aside(bench: Bench) -> None:
    bench.machine.fail_disk("sda")
    await bench.events()
    bench.state_path.write_bytes(b'{"version": 1, "tracks": [{"odd": 1}]}')
    bench.restart()
    assert short(await bench.events()) == [(Event.RAISED, "disk.pending-sectors", 2)]
    assert bench.state_path.with_suffix(".damaged").exists()


async def test_findings_go_on_when_the_state_cannot_be_written(bench: Bench) -> None:
    in_the_way = bench.state_path.with_name(f".{bench.state_path.name}.new")
    in_the_way.mkdir()  # what is to be written cannot be made, for root neither
    bench.machine.fail_disk("sda")
    assert short(await bench.events()) == [(Event.RAISED, "disk.pending-sectors", 2)]
    assert str(bench.state_path) in bench.monitor.state_problem
    assert await bench.events() == []
    in_the_way.rmdir()
    assert await bench.events() == []
    assert bench.monitor.state_problem == ""
    bench.restart()
    assert len(bench.monitor.open_findings()) == 1


async def test_a_condition_of_the_agent_itself_is_a_finding(bench: Bench) -> None:
    condition = Sighting(
        "system", "system:spool", "system.spool-unwritable", 2, (Evidence("spool", "write", "No space left"),)
    )
    bench.monitor.set_condition("spool", condition)
    assert short(await bench.events(2)) == [(Event.RAISED, "system.spool-unwritable", 2)]
    bench.restart()  # the condition is not set any more
    assert short(await bench.events(2)) == [(Event.CLEARED, "system.spool-unwritable", 2)]
    bench.monitor.set_condition("spool", condition)
    await bench.events()
    bench.monitor.set_condition("spool", None)
    assert short(await bench.events()) == [(Event.CLEARED, "system.spool-unwritable", 2)]


async def test_health_of_the_simulated_machine(bench: Bench) -> None:
    sample = await bench.monitor.health()
    values = {(point.metric, point.instance): point.value for point in sample.points}
    assert values[Metric.MEMORY_TOTAL_BYTES, ""] == 8_140_000 * 1024
    assert values[Metric.TEMPERATURE_CELSIUS, "coretemp/Package id 0"] == 47.0
    assert values[Metric.FILESYSTEM_USED_PERCENT, "/"] == pytest.approx(42.0)
    assert values[Metric.NETWORK_SENT_BYTES, "eth0"] == 2_097_152
    assert len(values) == len(sample.points) >= 21
    assert [(service.name, service.status) for service in sample.services] == [
        ("logix-engine.service", ServiceStatus.ACTIVE),
        ("unknown.service", ServiceStatus.UNKNOWN),
    ]


async def test_inventory_of_the_simulated_machine(bench: Bench) -> None:
    told = await bench.monitor.inventory()
    assert (told.serial, told.model, told.product_version, told.patch_level) == (
        "LGX-0042",
        "Logix LX-500",
        "5.4.2",
        "2026-02-10",
    )
    assert [disk.name for disk in told.disks] == ["sda", "sdb"]
    assert [module.name for module in told.modules] == ["firewall", "reports"]
    assert [(port.name, port.speed_mbit, port.up) for port in told.ports] == [("eth0", 1000, True)]
    assert told == await bench.monitor.inventory()
    bench.machine.upgrade("5.5.0", "2026-03-01")
    assert told != await bench.monitor.inventory()


async def test_this_very_machine_is_read_without_a_complaint(tmp_path: Path) -> None:
    paths = HostPaths()
    monitor = Monitor(AgentConfig(), paths, commands_for(paths), FakeClock(), tmp_path / "state.json")
    values = {point.metric: point.value for point in (await monitor.health()).points}
    assert values[Metric.MEMORY_TOTAL_BYTES] > 0
    assert values[Metric.PROCESS_COUNT] > 1
    assert (await monitor.inventory()).kernel
    await monitor.findings()
    assert monitor.state_problem == ""


async def test_an_empty_tree_has_nothing_to_report_and_nothing_fails(tmp_path: Path) -> None:
    (tmp_path / "root").mkdir()
    paths = HostPaths(tmp_path / "root")
    monitor = Monitor(AgentConfig(), paths, commands_for(paths), FakeClock(), tmp_path / "state.json")
    sample = await monitor.health()
    assert (sample.points, sample.services) == ([], [])
    assert await monitor.findings() == []
    assert (await monitor.inventory()).packages == ()


async def test_a_full_stick_that_was_pulled_out_is_no_finding_any_more(bench: Bench) -> None:
    bench.machine.filesystems["/media/stick"] = SimulatedFilesystem("/dev/sdc1", used_percent=98)
    bench.machine.write()
    (raised,) = await bench.events()
    del bench.machine.filesystems["/media/stick"]
    bench.machine.write()
    (cleared,) = await bench.events()
    assert (cleared.event, cleared.finding_id) == (Event.CLEARED, raised.finding_id)
