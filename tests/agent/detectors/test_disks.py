"""Disks: what counts as a fault, what does not, and what cannot be told."""

from __future__ import annotations

import pytest
from logix_agent.detectors import disks
from logix_agent.detectors.judgement import Judgement
from logix_agent.facts import FindingEvent
from logix_agent.probes.readings import CannotTell, SmartReading
from logix_common.findings import Event

from tests.agent.machine_facts import disk


def judge(name: str) -> Judgement:
    return disks.judge(SmartReading((disk(name),)), {})


def told(judgement: Judgement) -> dict[str, int]:
    return {seen.code: int(seen.severity) for seen in judgement.sightings}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("ata-healthy", {}),
        ("ata-pending", {"disk.pending-sectors": 2}),
        ("ata-worn", {"disk.reallocated-sectors": 3}),
        ("ata-reallocated", {"disk.reallocated-sectors": 2}),
        ("ata-uncorrectable", {"disk.uncorrectable-errors": 2}),
        (
            "ata-failing",
            {"disk.smart-failed": 2, "disk.attribute-threshold": 2, "disk.reallocated-sectors": 2},
        ),
        ("ata-past", {}),  # a value that crossed its limit once and is sound again
        ("ata-packed", {}),  # only the first printed number is the count
        ("ata-vendor-meaning", {}),  # numbers that this vendor uses for something else
        ("nvme-healthy", {}),  # error log entries are no fault
        ("nvme-read-only", {"disk.nvme-read-only": 1}),
        ("nvme-hot", {"disk.temperature-warning": 2}),
        ("nvme-media-errors", {"disk.nvme-media-errors": 2}),
        ("nvme-spare-low", {"disk.nvme-spare-low": 2}),
        ("nvme-aging", {"storage-wear.life-used": 3}),
        ("nvme-worn-out", {"storage-wear.life-used": 2}),
        ("nvme-unset", {}),  # all bits set: never filled in
        ("open-failed", {}),
        ("standby", {}),
    ],
)
def test_fault_and_severity(name: str, expected: dict[str, int]) -> None:
    assert told(judge(name)) == expected


def test_evidence_names_source_value_and_limit() -> None:
    (seen,) = judge("ata-pending").sightings
    assert seen.part == "disk:LXT-TEST-1"
    assert (seen.slot, seen.serial, seen.model) == ("sda", "LXT-TEST-1", "TEST DISK 4000")
    assert [(entry.name, entry.value, entry.limit) for entry in seen.evidence] == [
        ("Current_Pending_Sector", "24", "0"),
        ("Offline_Uncorrectable", "3", "0"),
    ]


def test_a_healthy_disk_is_told_sound_for_each_rule() -> None:
    codes = {code for _, code in judge("ata-healthy").healthy}
    assert codes == {
        "disk.smart-failed",
        "disk.attribute-threshold",
        "disk.pending-sectors",
        "disk.reallocated-sectors",
        "disk.uncorrectable-errors",
        "disk.command-timeouts",
        "disk.interface-errors",
        "disk.old-age-threshold",
        "disk.temperature-warning",
    }


@pytest.mark.parametrize("name", ["open-failed", "standby"])
def test_a_disk_that_does_not_answer_is_in_doubt_under_its_known_serial(name: str) -> None:
    judgement = disks.judge(SmartReading((disk(name),)), {"sda": "LXT-TEST-1"})
    assert (judgement.sightings, judgement.healthy) == ((), frozenset())
    assert [doubt.part for doubt in judgement.doubts] == ["disk:LXT-TEST-1"]


def test_without_smartctl_or_disks_nothing_is_healthy() -> None:
    for reading in (CannotTell("smartctl is not installed", absent=True), SmartReading(())):
        judgement = disks.judge(reading, {})
        assert judgement.healthy == frozenset()
        assert [doubt.absent for doubt in judgement.doubts] == [False]


def finding(serial: str, slot: str) -> FindingEvent:
    return FindingEvent(
        Event.RAISED, b"0" * 16, "disk", f"disk:{serial}", "disk.pending-sectors", 2, (), (), slot, serial, ""
    )


def test_another_disk_in_the_same_place_ends_the_old_ones_findings() -> None:
    reading = SmartReading((disk("ata-healthy"),))
    judgement = disks.exchanged([finding("OLD-1", "sda"), finding("OLD-2", "sdb")], reading)
    assert judgement.healthy == {("disk:OLD-1", "disk.pending-sectors")}


def test_a_disk_that_moved_or_vanished_keeps_its_findings() -> None:
    reading = SmartReading((disk("ata-healthy", slot="sdb"), disk("open-failed", slot="sda")))
    judgement = disks.exchanged([finding("LXT-TEST-1", "sda"), finding("GONE", "sdc")], reading)
    assert judgement.healthy == frozenset()
