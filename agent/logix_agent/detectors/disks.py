"""All disks: which rules fit which disk, and what becomes of a disk that was exchanged. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from logix_common.findings import CODES, Component, Evidence, Severity

from logix_agent.detectors import ata, disk_temperature, nvme, scsi, self_tests, wear
from logix_agent.detectors.judgement import Doubt, Judgement, PartVerdicts
from logix_agent.facts import FindingEvent
from logix_agent.probes.readings import CannotTell, SmartDisk, SmartReading

#: Bits of smartctl's exit status (smartctl(8)): 0 and 1, it was not asked as it should; 3, it is failing.
#: Bit 2 (some command failed) is common on sound disks; 5 and 6 (past thresholds, error log) prove nothing.
_NOT_ASKED: Final = 0b11
_FAILING: Final = 0b1000
#: SPC-4: "warning, specified temperature exceeded", which is no damage.
_TOO_HOT: Final = (0x0B, 0x01)


def judge(reading: SmartReading | CannotTell, serials: Mapping[str, str]) -> Judgement:
    """Verdicts on every disk. `serials` (slot -> serial, remembered) names disks that no longer answer."""
    if isinstance(reading, CannotTell):
        # Without smartctl every disk is in doubt: that is not a machine without disks.
        return Judgement(doubts=(Doubt(Component.DISK, "", reading.reason),))
    if not reading.disks:
        return Judgement(doubts=(Doubt(Component.DISK, "", "smartctl finds no disk"),))
    judgement = Judgement()
    if reading.left_out:
        judgement = Judgement(doubts=(Doubt(Component.DISK, "", f"{reading.left_out} more disks not asked"),))
    for disk in reading.disks:
        judgement = judgement.joined(_judge_disk(disk, serials))
    return judgement


def _judge_disk(disk: SmartDisk, serials: Mapping[str, str]) -> Judgement:
    if disk.problem:
        known = disk.serial or serials.get(disk.slot, "")
        part = f"disk:{known}" if known else disk.part
        return Judgement(doubts=(_doubt(disk, part, disk.problem),))
    verdicts = PartVerdicts(disk.part, disk.slot, disk.serial, disk.model)
    _judge_health(disk, verdicts)
    doubts = []
    if not verdicts.sightings and not verdicts.healthy:
        doubts.append(_doubt(disk, disk.part, "no health data"))
    elif disk.exit_status & _NOT_ASKED:
        doubts.append(_doubt(disk, disk.part, f"smartctl had trouble asking it (exit {disk.exit_status})"))
    # What follows says how the disk fares, not that it is sound: a virtual one has a temperature, too.
    self_tests.judge(disk, verdicts)
    wear.judge(disk, verdicts)
    if disk.temperature is not None:
        disk_temperature.judge(disk, disk.temperature, verdicts)
    return verdicts.judgement(tuple(doubts))


def _judge_health(disk: SmartDisk, verdicts: PartVerdicts) -> None:
    if disk.nvme is not None:
        nvme.judge(disk, disk.nvme, verdicts)
    if disk.nvme is None or not disk.nvme.critical_warning:
        _judge_status(disk, verdicts)  # on NVMe it only repeats the critical warning, unless they differ
    if disk.nvme is None:
        ata.judge(disk, verdicts)
    if disk.scsi is not None:
        scsi.judge(disk, disk.scsi, verdicts)


def _judge_status(disk: SmartDisk, verdicts: PartVerdicts) -> None:
    """The disk's own word (ATA RETURN STATUS, SCSI informational exceptions); without one none is assumed."""
    source = f"smartctl {disk.device}"
    if disk.passed is not False and not disk.exit_status & _FAILING:
        if disk.passed:
            verdicts.sound("disk.smart-failed")
            verdicts.sound("disk.temperature-warning")
        return
    told, code = f"exit_status {disk.exit_status}", "disk.smart-failed"
    if disk.exception is not None:
        told = f"{disk.exception.text} (asc 0x{disk.exception.asc:02x}, ascq 0x{disk.exception.ascq:02x})"
        if (disk.exception.asc, disk.exception.ascq) == _TOO_HOT:
            code = "disk.temperature-warning"
    evidence = Evidence(source, "smart_status", "failed", "passed", told)
    verdicts.fault(Component.DISK, code, Severity.NEEDS_REPLACEMENT, [evidence])


def _doubt(disk: SmartDisk, part: str, why: str) -> Doubt:
    return Doubt(Component.DISK, part, f"{disk.device}: {why}")


def exchanged(open_findings: Iterable[FindingEvent], reading: SmartReading | CannotTell) -> Judgement:
    """Sound verdicts for disks in whose place another disk answers now.

    A disk that is merely gone stays as it was: a dying disk drops off the bus, too.
    """
    if isinstance(reading, CannotTell):
        return Judgement()
    present = {disk.serial for disk in reading.disks if disk.serial}
    places = {disk.slot: disk.serial for disk in reading.disks if disk.serial and not disk.problem}
    mended = {
        (finding.part, finding.code)
        for finding in open_findings
        if finding.part.startswith("disk:")
        and finding.code in CODES
        and finding.serial
        and finding.serial not in present
        and places.get(finding.slot, finding.serial) != finding.serial
    }
    return Judgement(healthy=frozenset(mended))
