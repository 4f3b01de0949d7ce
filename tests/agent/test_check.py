"""One look: exit status, what is shown, in both languages and for programs."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from logix_agent.check import CheckReport, render, run_check
from logix_agent.config import AgentConfig
from logix_agent.texts import language

from tools.simulated_machine import SimulatedMachine


@pytest.fixture
def machine(tmp_path: Path) -> SimulatedMachine:
    return SimulatedMachine(tmp_path / "root")


async def check(machine: SimulatedMachine) -> CheckReport:
    return await run_check(AgentConfig(sysroot=machine.folder))


async def test_healthy(machine: SimulatedMachine) -> None:
    report = await check(machine)
    assert (report.exit_code, report.faults, report.doubts) == (0, (), ())
    assert report.judged == {"disk": 2, "filesystem": 2, "nic": 1, "raid": 1, "temperature": 1}
    assert "Healthy" in render(report, as_json=False, language="en")
    assert "Sağlıklı" in render(report, as_json=False, language="tr")


async def test_faults_are_seen_at_first_sight_worst_first(machine: SimulatedMachine) -> None:
    machine.fail_disk("sdb", pending=24)
    machine.force_read_only("/var")
    report = await check(machine)
    assert report.exit_code == 1
    assert [fault.code for fault in report.faults] == ["filesystem.read-only", "disk.pending-sectors"]
    english, turkish = (render(report, as_json=False, language=spoken) for spoken in ("en", "tr"))
    assert "Current_Pending_Sector = 24 (limit 0)" in english
    assert "The disk has sectors that it cannot read" in english
    assert "Diskte okunamayan sektörler var" in turkish
    assert "önem 2" in turkish


async def test_for_programs(machine: SimulatedMachine) -> None:
    machine.lose_raid_member("sdb")
    report = await check(machine)
    document = json.loads(render(report, as_json=True))
    assert (document["result"], document["exit_code"]) == ("faulty", 1)
    (fault,) = document["faults"]
    assert fault["code"] == "raid.degraded"
    assert fault["related_parts"] == [f"disk:{machine.disks['sdb'].serial}"]
    assert document["cannot_tell"] == []


async def test_a_disk_that_does_not_answer_leaves_it_open(machine: SimulatedMachine) -> None:
    machine.hide_disk("sda")
    report = await check(machine)
    assert report.exit_code == 2
    assert "Input/output error" in report.doubts[0].reason
    assert "Could not be judged" in render(report, as_json=False, language="en")


async def test_a_fault_outweighs_a_doubt(machine: SimulatedMachine) -> None:
    machine.hide_disk("sda")
    machine.fail_disk("sdb")
    assert (await check(machine)).exit_code == 1


async def test_without_smartctl_disks_cannot_be_judged(machine: SimulatedMachine) -> None:
    shutil.rmtree(machine.folder / "captured-commands")
    report = await check(machine)
    assert report.exit_code == 2
    assert [doubt.component for doubt in report.doubts] == ["disk"]


async def test_what_a_machine_does_not_have_is_no_doubt(machine: SimulatedMachine) -> None:
    shutil.rmtree(machine.folder / "sys/class/hwmon")
    (machine.folder / "proc/mdstat").unlink()
    assert (await check(machine)).exit_code == 0


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({"LANG": "tr_TR.UTF-8"}, "tr"),
        ({"LANG": "tr_TR.UTF-8", "LC_ALL": "C"}, "en"),
        ({"LANG": "de_DE.UTF-8"}, "en"),
        ({}, "en"),
    ],
)
def test_the_operators_language(environment: dict[str, str], expected: str) -> None:
    assert language(environment) == expected


async def test_one_cause_is_shown_once(machine: SimulatedMachine) -> None:
    machine.lose_raid_member("sdb")
    log = machine.folder / "dev" / "kmsg"
    log.parent.mkdir()
    log.write_text("3,1,1000000,-;md/raid1:md0: Disk failure on sdb1, disabling device.\n")
    (fault,) = (await check(machine)).faults
    assert {entry.source for entry in fault.evidence} == {"/proc/mdstat", "kernel log"}
