"""A machine that lies, breaks off or means harm: what it breaks is told, and all else goes on."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path

from logix_agent.check import render, run_check
from logix_agent.config import AgentConfig
from logix_agent.detectors import disks
from logix_agent.detectors.memory import Memory
from logix_agent.host.commands import CommandResult, commands_for
from logix_agent.host.paths import HostPaths
from logix_agent.probes import filesystems, smart
from logix_agent.probes.readings import CannotTell, MdReading
from logix_agent.sources import ARRAYS, DISKS
from logix_agent.watch import Pass, Watch, judge

from tests.agent.machine_facts import FIXTURES, disk
from tests.fakes.clock import FakeClock
from tests.fakes.commands import FakeCommands
from tools.simulated_machine import SimulatedMachine


def test_a_detector_that_fails_hides_no_other() -> None:
    failing = disk("ata-pending")
    readings = {
        DISKS.name: smart.SmartReading((failing,)),
        ARRAYS.name: MdReading((None,)),  # what no parser gives: the detector fails on it
    }
    verdicts, memory = judge(Pass(readings, frozenset(readings)), Memory(), AgentConfig(), 0.0)
    assert verdicts[DISKS.name].sightings
    (doubt,) = verdicts[ARRAYS.name].doubts
    assert not doubt.absent
    assert "AttributeError" in doubt.reason
    assert failing.serial in memory.serials.values()


async def test_disks_that_the_inventory_asked_are_judged_all_the_same() -> None:
    """Both ask the same paced probe; who comes first must not keep the reading from the other."""

    def answer(argv: Sequence[str]) -> CommandResult:
        if "--scan" in argv:
            return CommandResult(b'{"devices": [{"name": "/dev/sda", "type": "sat"}]}', exit_code=0)
        return CommandResult((FIXTURES / "smartctl" / "ata-pending.json").read_bytes(), exit_code=0)

    clock = FakeClock()
    watch = Watch(AgentConfig(), HostPaths(Path("/")), FakeCommands(answer), clock)
    judged = []
    for _ in range(3):
        clock.move(300)
        await watch.smart.run()  # the inventory
        judged.append(DISKS.name in (await watch.look()).fresh)
        judged.append(DISKS.name in (await watch.look()).fresh)
    assert judged == [True, False] * 3


def test_a_model_in_no_known_encoding_does_not_hide_the_disk() -> None:
    document = json.loads((FIXTURES / "smartctl" / "ata-pending.json").read_bytes())
    document["model_name"] = "MODEL"
    data = json.dumps(document).encode().replace(b"MODEL", b"\xff\xfe\x01DISK")
    told = smart.parse("/dev/sda", "sda", data)
    assert told.problem == ""
    assert told.model.endswith("DISK")
    assert told.serial == disk("ata-pending").serial


def test_mounts_are_named_without_control_characters() -> None:
    """The server takes no part with such a character, and a terminal obeys it."""
    line = "36 1 8:1 / /mnt/\x1b[2J\\012x rw - ext4 /dev/\x1bsda1 rw\n"
    (mount,) = filesystems.parse_mountinfo(line)
    assert mount.point == "/mnt/\\033[2J\\012x"
    assert "\x1b" not in mount.device


def test_a_mount_with_a_strange_name_is_measured(tmp_path: Path) -> None:
    strange = tmp_path / "a\x1bb c"
    strange.mkdir()
    (mount,) = filesystems.parse_mounts(f"/dev/sda1 {str(strange).replace(' ', chr(92) + '040')} ext4 rw 0 0")
    use = filesystems.measured(mount.point)
    assert use is not None
    assert use.total > 0


async def test_no_name_in_a_captured_tree_reaches_the_terminal_as_an_escape(tmp_path: Path) -> None:
    machine = SimulatedMachine(tmp_path)
    chip = tmp_path / "sys/class/hwmon" / "hwmon\x1b]0;owned\x07"
    chip.mkdir()
    (chip / "temp1_input").write_text("120000\n")
    (chip / "temp1_crit").write_text("100000\n")
    bad = tmp_path / "sys/class/hwmon" / os.fsdecode(b"hwmon\xff\xfe")
    bad.mkdir()
    (bad / "temp1_input").write_text("120000\n")
    (bad / "temp1_crit").write_text("100000\n")
    machine.fill("/var", 99.5)
    mounts = tmp_path / "proc/mounts"
    mounts.write_text(mounts.read_text() + "/dev/sdz1 /mnt/\x9b2J ext4 rw,emergency_ro 0 0\n")
    report = await run_check(AgentConfig(sysroot=tmp_path))
    assert len(report.faults) == 4
    for text in (render(report, as_json=False, language="en"), render(report, as_json=True)):
        text.encode("utf-8")
        assert not [each for each in text if each != "\n" and (ord(each) < 32 or 127 <= ord(each) < 160)]


async def test_a_root_written_otherwise_is_still_this_machine() -> None:
    for root in ("//", "/../", "/proc/self/root"):
        assert HostPaths(Path(root)).live, root


async def test_nothing_but_files_is_opened_in_a_captured_tree(tmp_path: Path) -> None:
    """Opening a device may already do something: rewind a tape, start a watchdog."""
    paths = HostPaths(tmp_path)
    os.mkfifo(tmp_path / "fifo")
    (tmp_path / "null").symlink_to("/fifo")
    assert paths.read("/fifo").problem == "not a regular file"
    assert paths.read("/null").problem == "not a regular file"
    assert (await commands_for(paths).run(["smartctl"])).missing


async def test_more_disks_than_are_asked_are_no_healthy_machine() -> None:
    def answer(argv: Sequence[str]) -> CommandResult:
        if "--scan" in argv:
            devices = [{"name": f"/dev/sd{number}", "type": "scsi"} for number in range(10_000)]
            return CommandResult(json.dumps({"devices": devices}).encode(), exit_code=0)
        return CommandResult((FIXTURES / "smartctl" / "ata-healthy.json").read_bytes(), exit_code=0)

    commands = FakeCommands(answer)
    reading = await smart.read(commands, 1)
    assert len(commands.asked) == smart.MAX_DISKS + 1
    assert any("9936 more disks" in doubt.reason for doubt in disks.judge(reading, {}).doubts)


def test_a_table_without_mounts_is_no_machine_without_file_systems(tmp_path: Path) -> None:
    (tmp_path / "proc").mkdir()
    (tmp_path / "proc/mounts").touch()
    assert isinstance(filesystems.read_live(HostPaths(tmp_path)), CannotTell)
