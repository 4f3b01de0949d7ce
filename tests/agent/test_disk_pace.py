"""How often disks are asked: rarely, not at all while they sleep, at once to confirm a fault."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from logix_agent.config import AgentConfig
from logix_agent.host.commands import CommandResult
from logix_agent.host.paths import HostPaths
from logix_agent.monitor import MAX_HURRIED, Monitor
from logix_common.findings import Event

from tests.agent.machine_facts import FIXTURES
from tests.fakes.clock import FakeClock
from tests.fakes.commands import FakeCommands

SCAN = b'{"devices": [{"name": "/dev/sda", "type": "scsi"}, {"name": "/dev/bus/0", "type": "megaraid,3"}]}'


class Disks:
    """Answers as smartctl does for two disks, the first as the fixture `state` says."""

    state = "ata-healthy"

    def __call__(self, argv: Sequence[str]) -> CommandResult:
        if "--scan" in argv:
            return CommandResult(SCAN, exit_code=0)
        name = self.state if "/dev/sda" in argv else "nvme-healthy"
        return CommandResult((FIXTURES / "smartctl" / f"{name}.json").read_bytes(), exit_code=0)


async def test_disks_are_asked_rarely_and_at_once_to_confirm(tmp_path: Path) -> None:
    disks, clock = Disks(), FakeClock()
    commands = FakeCommands(disks)
    monitor = Monitor(AgentConfig(), HostPaths(), commands, clock, tmp_path / "state.json")

    async def look() -> tuple[list[Event], int]:
        """Events and questions to /dev/sda of a pass half a minute later."""
        clock.move(30)
        before = len(commands.asked)
        events = await monitor.findings()
        await monitor.commit()
        return [event.event for event in events], sum(
            "/dev/sda" in asked for asked in commands.asked[before:]
        )

    assert await look() == ([], 1)
    assert await look() == ([], 0)
    disks.state = "ata-pending"
    clock.move(300)
    assert await look() == ([], 1)
    assert await look() == ([Event.RAISED], 1)  # no five minutes' wait for the second sighting
    assert await look() == ([], 0)
    disks.state = "ata-healthy"
    clock.move(300)
    assert [await look(), await look(), await look()] == [([], 1), ([], 1), ([Event.CLEARED], 1)]
    assert await look() == ([], 0)


async def test_a_disk_that_falls_silent_is_not_pressed_for_ever(tmp_path: Path) -> None:
    disks, clock = Disks(), FakeClock()
    commands = FakeCommands(disks)
    monitor = Monitor(AgentConfig(), HostPaths(), commands, clock, tmp_path / "state.json")
    disks.state = "ata-pending"
    await monitor.findings()
    disks.state = "open-failed"
    for _ in range(100):
        clock.move(30)
        await monitor.findings()
    assert sum("/dev/sda" in asked for asked in commands.asked) <= 1 + MAX_HURRIED + 100 * 30 / 300


async def test_questions_leave_sleeping_disks_alone_and_name_the_controllers_way(tmp_path: Path) -> None:
    commands = FakeCommands(Disks())
    await Monitor(AgentConfig(), HostPaths(), commands, FakeClock(), tmp_path / "state.json").findings()
    questions = [asked for asked in commands.asked if "-a" in asked]
    assert all("--nocheck=standby" in asked for asked in questions)
    assert ["-d" in asked for asked in questions] == [False, True]
    assert questions[1][-3:] == ["-d", "megaraid,3", "/dev/bus/0"]
