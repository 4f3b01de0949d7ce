"""All disks: which rules fit which disk, and what becomes of a disk that was exchanged. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from logix_common.findings import CODES, Component, Evidence, Severity

from logix_agent.detectors import ata, nvme
from logix_agent.detectors.judgement import Doubt, Judgement, PartVerdicts
from logix_agent.facts import FindingEvent
from logix_agent.probes.readings import CannotTell, ScsiCounters, SmartDisk, SmartReading


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
        return Judgement(doubts=(Doubt(Component.DISK, part, f"{disk.device}: {disk.problem}"),))
    verdicts = PartVerdicts(disk.part, disk.slot, disk.serial, disk.model)
    if disk.nvme is not None:
        nvme.judge(disk, disk.nvme, verdicts)  # its smart_status only repeats the critical warning
    else:
        ata.judge(disk, verdicts)
    if disk.scsi is not None:
        _judge_scsi(disk, disk.scsi, verdicts)
    if not verdicts.sightings and not verdicts.healthy:
        return Judgement(doubts=(Doubt(Component.DISK, disk.part, f"{disk.device}: no health data"),))
    return verdicts.judgement()


def _judge_scsi(disk: SmartDisk, counters: ScsiCounters, verdicts: PartVerdicts) -> None:
    """Grown defects are what reallocated sectors are on ATA; uncorrected errors speak for themselves."""
    source = f"smartctl {disk.device}"
    if counters.grown_defects == 0:
        verdicts.sound("disk.reallocated-sectors")
    elif counters.grown_defects is not None:
        severity = Severity.NEEDS_REPLACEMENT if counters.grown_defects > 10 else Severity.FROM_TIME_TO_TIME
        evidence = Evidence(source, "scsi_grown_defect_list", str(counters.grown_defects), "0")
        verdicts.fault(Component.DISK, "disk.reallocated-sectors", severity, [evidence])
    if counters.uncorrected_errors == 0:
        verdicts.sound("disk.uncorrectable-errors")
    elif counters.uncorrected_errors is not None:
        evidence = Evidence(source, "total_uncorrected_errors", str(counters.uncorrected_errors), "0")
        verdicts.fault(Component.DISK, "disk.uncorrectable-errors", Severity.NEEDS_REPLACEMENT, [evidence])


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
