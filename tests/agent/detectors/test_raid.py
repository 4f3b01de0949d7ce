"""Arrays: short of members, not running, and what is no fault."""

from __future__ import annotations

import pytest
from logix_agent.detectors import raid
from logix_agent.detectors.memory import Memory, disk_of, with_arrays, with_disks
from logix_agent.probes import mdstat
from logix_agent.probes.readings import CannotTell, MdReading, SmartDisk, SmartReading

from tests.agent.machine_facts import arrays

SERIALS = {"sda": "A1", "sdb": "B2"}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("absent-arrays", {}),
        ("healthy", {}),
        ("degraded", {"raid.degraded": 2}),
        ("missing-member", {"raid.degraded": 2}),
        ("rebuilding", {"raid.degraded": 2}),
        ("checking-with-spare", {}),
        ("inactive", {"raid.inactive": 1}),
        ("raid5-two-lost", {"raid.broken": 1}),
        ("raid0-lost", {"raid.broken": 1}),
        ("firmware-container", {}),
    ],
)
def test_fault_and_severity(name: str, expected: dict[str, int]) -> None:
    judgement = raid.judge(arrays(name), {}, {})
    assert {seen.code: int(seen.severity) for seen in judgement.sightings} == expected


def test_a_failed_member_is_named_by_the_serial_of_its_disk() -> None:
    (seen,) = raid.judge(arrays("degraded"), SERIALS, {}).sightings
    assert seen.part == "raid:md0"
    assert seen.related_parts == ("disk:B2",)
    assert seen.serial == "B2"


def test_a_member_that_is_gone_is_known_from_when_the_array_was_complete() -> None:
    memory = with_arrays(Memory(serials=SERIALS), arrays("healthy"))
    (seen,) = raid.judge(arrays("missing-member"), {}, memory.members).sightings
    assert seen.related_parts == ("disk:B2",)


def test_the_disk_that_is_left_may_bear_the_lost_ones_name_after_a_reboot() -> None:
    memory = with_arrays(Memory(serials=SERIALS), arrays("healthy"))
    rebooted = with_disks(memory, SmartReading((SmartDisk("/dev/sda", "sda", serial="B2"),)))
    (seen,) = raid.judge(arrays("missing-member"), rebooted.serials, rebooted.members).sightings
    assert seen.related_parts == ("disk:A1",)


def test_a_degraded_array_does_not_overwrite_what_is_remembered_of_it() -> None:
    memory = with_arrays(Memory(serials=SERIALS), arrays("healthy"))
    assert with_arrays(memory, arrays("degraded")).members == {"md0": {"sda1": "A1", "sdb1": "B2"}}


def test_a_kernel_without_md_is_no_doubt() -> None:
    judgement = raid.judge(CannotTell("/proc/mdstat: absent", absent=True), {}, {})
    assert [doubt.absent for doubt in judgement.doubts] == [True]


@pytest.mark.parametrize(
    ("device", "disk"),
    [
        ("sda1", "sda"),
        ("/dev/sdab12", "sdab"),
        ("nvme0n1p2", "nvme0"),
        ("nvme1n1", "nvme1"),
        ("mmcblk0p1", "mmcblk0"),
        ("md0p1", "md0"),
        ("dm-0", "dm-0"),
    ],
)
def test_partitions_lie_on_disks(device: str, disk: str) -> None:
    assert disk_of(device) == disk


def test_a_text_that_breaks_off_is_no_healthy_array() -> None:
    reading = mdstat.parse("Personalities : [raid1]\nmd0 : active raid1 sdb1[1](F) sda1[0]\n")
    assert isinstance(reading, MdReading)
    judgement = raid.judge(reading, SERIALS, {})
    assert not judgement.healthy
    assert judgement.doubts[0].part == "raid:md0"
