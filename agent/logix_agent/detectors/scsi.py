"""SCSI and SAS disks by their error counters and defect lists (SPC-4, SBC-4; smartctl(8)). Pure.

Grown defects are what reallocated sectors are on ATA; uncorrected errors speak for themselves. Corrected
errors do not: fast ECC corrects by the million on sound disks.
"""

from __future__ import annotations

from typing import Final

from logix_common.findings import Component, Evidence, Severity

from logix_agent.detectors.judgement import PartVerdicts
from logix_agent.probes.readings import ScsiCounters, SmartDisk

FEW_DEFECTS: Final = 10


def judge(disk: SmartDisk, counters: ScsiCounters, verdicts: PartVerdicts) -> None:
    """Add what the counters say."""
    source = f"smartctl {disk.device}"
    _defects(counters.grown_defects, verdicts, source)
    uncorrected = [
        Evidence(source, f"{kind} total_uncorrected_errors", str(count), "0")
        for kind, count in counters.uncorrected
        if count
    ]
    total = sum(count for _, count in counters.uncorrected)
    if uncorrected:
        verdicts.fault(
            Component.DISK,
            "disk.uncorrectable-errors",
            Severity.NEEDS_REPLACEMENT,
            uncorrected,
            count=float(total),
        )
    elif counters.uncorrected:
        verdicts.sound("disk.uncorrectable-errors")
    if counters.pending_defects == 0:
        verdicts.sound("disk.pending-sectors")
    elif counters.pending_defects is not None:
        evidence = Evidence(source, "scsi_pending_defects", str(counters.pending_defects), "0")
        verdicts.fault(
            Component.DISK,
            "disk.pending-sectors",
            Severity.NEEDS_REPLACEMENT,
            [evidence],
            count=float(counters.pending_defects),
        )


def _defects(grown: int | None, verdicts: PartVerdicts, source: str) -> None:
    if grown is None:
        return
    if grown == 0:
        verdicts.sound("disk.reallocated-sectors")
        return
    few = grown <= FEW_DEFECTS
    severity = Severity.FROM_TIME_TO_TIME if few else Severity.NEEDS_REPLACEMENT
    evidence = Evidence(source, "scsi_grown_defect_list", str(grown), "0")
    verdicts.fault(
        Component.DISK, "disk.reallocated-sectors", severity, [evidence], early=few, count=float(grown)
    )
