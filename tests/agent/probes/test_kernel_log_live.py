"""The kernel log as the running agent reads it: /dev/kmsg, else the journal; nothing lost, nothing twice."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from logix_agent.config import AgentConfig
from logix_agent.detectors.judgement import Judgement
from logix_agent.facts import FindingEvent
from logix_agent.host.commands import CommandResult, Commands, HostCommands
from logix_agent.host.kernel_ring import KernelRing
from logix_agent.host.paths import HostPaths
from logix_agent.monitor import Monitor
from logix_agent.probes import kernel_log
from logix_agent.probes.log_readings import KernelLog
from logix_agent.probes.readings import CannotTell
from logix_agent.sources.machine import KERNEL_LOG
from logix_agent.watch import Watch
from logix_common.findings import Event

from tests.agent.host.test_kernel_ring import Kernel
from tests.fakes.clock import FakeClock
from tests.fakes.commands import FakeCommands

PANIC = "Out of memory: Killed process 77 (engine) total-vm:1kB"
NO_PROGRAMS = FakeCommands(lambda _: CommandResult(missing=True))


@pytest.fixture
def kernel() -> Iterator[Kernel]:
    made = Kernel()
    yield made
    made.close()


class Agent:
    """A monitor that looks at the kernel's log alone, and can be begun anew."""

    def __init__(self, folder: Path, kernel: Kernel | None, commands: Commands = NO_PROGRAMS) -> None:
        self.folder, self.kernel, self.commands = folder, kernel, commands
        self.clock, self.source = FakeClock(), KERNEL_LOG
        self.restart()

    def restart(self) -> None:
        paths, config = HostPaths(), AgentConfig()
        ring = KernelRing(self.kernel.device if self.kernel else self.folder / "none")
        self.monitor = Monitor(config, paths, self.commands, self.clock, self.folder / "state.json")
        sources = (self.source,)
        self.monitor._watch = Watch(config, paths, self.commands, self.clock, sources, ring=ring)

    async def look(self, passes: int = 1) -> list[FindingEvent]:
        found = []
        for _ in range(passes):
            self.clock.move(30)
            found += await self.monitor.findings()
            await self.monitor.commit()
        return found


def counts(events: list[FindingEvent]) -> list[tuple[str, str]]:
    return [(event.code, event.evidence[0].value) for event in events]


async def test_a_fault_in_the_log_is_raised_once(tmp_path: Path, kernel: Kernel) -> None:
    agent = Agent(tmp_path, kernel)
    assert await agent.look() == []
    kernel.log("usb 1-1: new high-speed USB device", PANIC)
    assert counts(await agent.look()) == [("system.out-of-memory", "1 message")]
    assert await agent.look(3) == []


async def test_what_a_pass_read_and_could_not_judge_is_judged_by_the_next(
    tmp_path: Path, kernel: Kernel
) -> None:
    def broken(_reading: object, _known: object) -> Judgement:
        raise ZeroDivisionError

    agent = Agent(tmp_path, kernel)
    agent.source = replace(KERNEL_LOG, judge=broken)
    agent.restart()
    kernel.log(PANIC)
    assert await agent.look() == []
    watch = agent.monitor._watch
    watch._sources = (KERNEL_LOG,)
    kernel.log(PANIC)
    assert counts(await agent.look()) == [("system.out-of-memory", "2 counted")]


async def test_a_pass_that_is_cut_off_half_way_loses_nothing(tmp_path: Path, kernel: Kernel) -> None:
    agent = Agent(tmp_path, kernel)
    kernel.log(PANIC)
    pass_cut_off = asyncio.create_task(agent.monitor.findings())
    for _ in range(1_000):
        await asyncio.sleep(0)
        if agent.monitor._watch.probes[KERNEL_LOG.name].last is not None:
            break
    assert agent.monitor._watch.probes[KERNEL_LOG.name].last is not None  # it was read, and not yet judged
    pass_cut_off.cancel()
    await asyncio.gather(pass_cut_off, return_exceptions=True)
    kernel.log(PANIC)
    assert counts(await agent.look()) == [("system.out-of-memory", "2 counted")]


RESET = "ata5: hard resetting link"
ATTACHED = "ata5.00: ATA-9: DISK 1, max UDMA/133"
SCSI = "sd 4:0:0:0: [sdq] Attached SCSI disk"


def early(events: list[FindingEvent]) -> list[tuple[str, bool]]:
    return [(event.code, event.watched) for event in events]


async def test_the_first_early_sign_that_happens_while_the_agent_watches_is_raised(
    tmp_path: Path, kernel: Kernel
) -> None:
    agent = Agent(tmp_path, kernel)
    kernel.log("Linux version 6.1")
    assert await agent.look(5) == []
    kernel.log("EDAC MC0: 1 CE memory read error on DIMM_A1 (channel:0 slot:0)")
    assert early(await agent.look(3)) == [("memory.corrected", False)]


async def test_early_signs_that_the_log_held_at_first_sight_are_watched_until_they_grow(
    tmp_path: Path, kernel: Kernel
) -> None:
    line = "EDAC MC0: 1 CE memory read error on DIMM_A1 (channel:0 slot:0)"
    agent = Agent(tmp_path, kernel)
    kernel.log(line)
    assert early(await agent.look(3)) == [("memory.corrected", True)]
    kernel.log(line)
    assert [(event.event, event.watched) for event in await agent.look(3)] == [(Event.CHANGED, False)]


async def test_a_link_reset_is_raised_after_its_debounce_and_over_a_restart(
    tmp_path: Path, kernel: Kernel
) -> None:
    agent = Agent(tmp_path, kernel)
    kernel.log("Linux version 6.1")
    await agent.look()
    agent.restart()
    kernel.log(SCSI, ATTACHED, RESET)
    assert early(await agent.look(4)) == [("disk.link-errors", False)]


def journal(*entries: tuple[float, str]) -> bytes:
    """As `journalctl -k -o json` prints it; a message that is no text comes as a list of bytes."""
    lines = []
    for at, text in entries:
        stamp = str(int(at * 1e6))
        message: object = list(text.encode()) if "\x1b" in text else text
        fields = {"_TRANSPORT": "kernel", "SYSLOG_IDENTIFIER": "kernel", "PRIORITY": "3", "MESSAGE": message}
        fields |= {"_SOURCE_MONOTONIC_TIMESTAMP": stamp, "__MONOTONIC_TIMESTAMP": stamp + "9"}
        lines.append(json.dumps(fields))
    return "\n".join(lines).encode()


class Journal:
    """A journalctl that keeps what was logged."""

    def __init__(self) -> None:
        self.entries: list[tuple[float, str]] = []
        self.exit_code = 0

    def __call__(self, argv: Sequence[str]) -> CommandResult:
        assert argv[:4] == ["journalctl", "-k", "-b", "-o"]
        return CommandResult(journal(*self.entries), exit_code=self.exit_code)


async def test_the_journal_stands_in_and_each_line_counts_once(tmp_path: Path) -> None:
    told = Journal()
    agent = Agent(tmp_path, None, FakeCommands(told))
    told.entries = [(1.0, "Linux version 6.1"), (2.0, PANIC)]
    assert counts(await agent.look()) == [("system.out-of-memory", "1 message")]
    assert await agent.look(3) == []
    agent.restart()
    assert await agent.look(2) == []
    told.entries += [(3.0, "\x1b[0mquiet"), (4.0, PANIC)]
    agent.clock.move(7_200)
    assert counts(await agent.look()) == [("system.out-of-memory", "2 counted")]


async def test_a_journal_that_fails_cannot_tell(tmp_path: Path) -> None:
    told = Journal()
    told.exit_code = 1
    ring = KernelRing(tmp_path / "none")
    reading = await kernel_log.read(ring, HostPaths(), FakeCommands(told), 5.0)
    assert isinstance(reading, CannotTell) and not reading.absent
    missing = await kernel_log.read(ring, HostPaths(), NO_PROGRAMS, 5.0)
    assert isinstance(missing, CannotTell)


async def test_the_program_itself_is_run(tmp_path: Path) -> None:
    program, output = tmp_path / "journalctl", tmp_path / "output.json"
    output.write_bytes(journal((5.0, PANIC)))
    program.write_text(f"#!{sys.executable}\nprint(open({str(output)!r}).read())\n")
    program.chmod(0o755)
    commands = HostCommands((str(tmp_path), *os.defpath.split(":")))
    reading = await kernel_log.read(KernelRing(tmp_path / "none"), HostPaths(), commands, 20.0)
    assert isinstance(reading, KernelLog)
    assert [(record.text, record.at) for record in reading.records] == [(PANIC, 5.0)]


EXPORT = """__CURSOR=s=1;i=1
__REALTIME_TIMESTAMP=1700000000000000
_TRANSPORT=kernel
SYSLOG_IDENTIFIER=kernel
MESSAGE={}

__CURSOR=s=1;i=2
_TRANSPORT=kernel
MESSAGE=usb 1-1: new high-speed USB device
"""


def test_the_journals_export_is_read_too() -> None:
    reading = kernel_log.parse(EXPORT.format(PANIC))
    assert isinstance(reading, KernelLog)
    assert PANIC in [record.text for record in reading.records]
