"""NVMe drives by their health log (NVMe Base Specification 2.0, figure 207, log page 02h). Pure.

The number of error log entries is no fault: hosts cause most of them.
"""

from __future__ import annotations

from typing import Final

from logix_common.findings import Component, Evidence, Severity

from logix_agent.detectors.judgement import PartVerdicts
from logix_agent.probes.readings import NvmeLog, SmartDisk

WARNINGS: Final = {
    0: "available spare below threshold",
    1: "temperature out of range",
    2: "reliability degraded",
    3: "media read-only",
    4: "volatile memory backup failed",
    5: "persistent memory unreliable",
}
_STOPPING: Final = 1 << 2 | 1 << 3
_NOT_READ: Final = 0xFF  # all bits at once is an answer that was never filled in


def judge(disk: SmartDisk, log: NvmeLog, verdicts: PartVerdicts) -> None:
    """Add what the health log says."""
    source = f"smartctl {disk.device}"
    _warnings(log, verdicts, source)
    if log.media_errors == 0:
        verdicts.sound("disk.nvme-media-errors")
    elif log.media_errors is not None:
        evidence = Evidence(source, "media_errors", str(log.media_errors), "0")
        verdicts.fault(Component.DISK, "disk.nvme-media-errors", Severity.NEEDS_REPLACEMENT, [evidence])
    _spare(log, verdicts, source)
    _wear(log, verdicts, source)


def _warnings(log: NvmeLog, verdicts: PartVerdicts, source: str) -> None:
    bits = log.critical_warning
    if bits is None or bits >= _NOT_READ:
        return
    if bits == 0:
        verdicts.sound("disk.nvme-critical-warning")
        return
    words = "; ".join(WARNINGS.get(bit, f"bit {bit}") for bit in range(8) if bits & 1 << bit)
    severity = Severity.STOPPED if bits & _STOPPING else Severity.NEEDS_REPLACEMENT
    evidence = Evidence(source, "critical_warning", f"0x{bits:02x}", "0x00", words)
    verdicts.fault(Component.DISK, "disk.nvme-critical-warning", severity, [evidence])


def _spare(log: NvmeLog, verdicts: PartVerdicts, source: str) -> None:
    spare, threshold = log.available_spare, log.spare_threshold
    if spare is None or threshold is None or spare > 100 or threshold > 100:
        return
    if spare >= threshold:
        verdicts.sound("disk.nvme-spare-low")
        return
    evidence = Evidence(source, "available_spare", f"{spare} %", f"{threshold} %")
    verdicts.fault(Component.DISK, "disk.nvme-spare-low", Severity.NEEDS_REPLACEMENT, [evidence])


def _wear(log: NvmeLog, verdicts: PartVerdicts, source: str) -> None:
    used = log.percentage_used
    if used is None or used > 255:  # one byte; it stops at 255
        return
    if used < 90:
        verdicts.sound("storage-wear.life-used")
        return
    severity = Severity.NEEDS_REPLACEMENT if used >= 100 else Severity.FROM_TIME_TO_TIME
    evidence = Evidence(source, "percentage_used", f"{used} %", "90 %")
    verdicts.fault(Component.STORAGE_WEAR, "storage-wear.life-used", severity, [evidence])
