"""NVMe drives by their health log (NVMe Base Specification 2.0, figure 207, log page 02h). Pure.

The number of error log entries is no fault: hosts cause most of them. Each bit of the critical warning is a
fault of its own, since each asks for something else.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from logix_common.findings import Component, Evidence, Severity

from logix_agent.detectors.judgement import PartVerdicts
from logix_agent.probes.readings import NvmeLog, SmartDisk

_NO_COUNT: Final = (1 << 128) - 1  # all ones in a counter
_UNKNOWN_BITS: Final = 0b1100_0000


@dataclass(frozen=True, slots=True)
class Warned:
    """A bit of the critical warning. `group`: endurance groups have it, too (figure 207, byte 6)."""

    bit: int
    code: str
    words: str
    severity: Severity
    group: bool = False

    def of(self, bits: int, group_bits: int) -> bool:
        """Whether it is set."""
        return bool((bits | (group_bits if self.group else 0)) & 1 << self.bit)


WARNINGS: Final = (
    Warned(
        0, "disk.nvme-spare-low", "available spare below threshold", Severity.NEEDS_REPLACEMENT, group=True
    ),
    Warned(1, "disk.temperature-warning", "temperature out of range", Severity.NEEDS_REPLACEMENT),
    Warned(2, "disk.nvme-unreliable", "reliability degraded", Severity.STOPPED, group=True),
    Warned(3, "disk.nvme-read-only", "media read-only", Severity.STOPPED, group=True),
    Warned(4, "disk.nvme-backup-failed", "volatile memory backup failed", Severity.NEEDS_REPLACEMENT),
    Warned(5, "disk.nvme-persistent-memory", "persistent memory unreliable", Severity.NEEDS_REPLACEMENT),
)


def judge(disk: SmartDisk, log: NvmeLog, verdicts: PartVerdicts) -> None:
    """Add what the health log says."""
    if not log.filled_in:
        return
    source = f"health log {disk.device}"
    low = _spare(log, source)
    bits = log.critical_warning
    if bits is not None:
        group = log.group_warning or 0
        _warnings(bits, group if group < 0xFF else 0, low, verdicts, source)
    elif low is not None:
        _told("disk.nvme-spare-low", low, Severity.NEEDS_REPLACEMENT, verdicts)
    if log.media_errors is None or log.media_errors == _NO_COUNT:
        return
    if log.media_errors == 0:
        verdicts.sound("disk.nvme-media-errors")
    else:
        evidence = Evidence(source, "media_errors", str(log.media_errors), "0")
        verdicts.fault(
            Component.DISK,
            "disk.nvme-media-errors",
            Severity.NEEDS_REPLACEMENT,
            [evidence],
            count=float(log.media_errors),
        )


def _warnings(bits: int, group: int, low: list[Evidence] | None, verdicts: PartVerdicts, source: str) -> None:
    for warned in WARNINGS:
        evidence = []
        if warned.of(bits, group):
            name = (
                "critical_warning" if bits & 1 << warned.bit else "endurance_group_critical_warning_summary"
            )
            value = f"0x{bits if name == 'critical_warning' else group:02x}"
            evidence = [Evidence(source, name, value, f"bit {warned.bit} clear", warned.words)]
        if warned.bit == 0:
            evidence += low or []
        _told(warned.code, evidence, warned.severity, verdicts)
    unknown = bits & _UNKNOWN_BITS
    evidence = [Evidence(source, "critical_warning", f"0x{bits:02x}", "0x00")] if unknown else []
    _told("disk.nvme-critical-warning", evidence, Severity.NEEDS_REPLACEMENT, verdicts)


def _spare(log: NvmeLog, source: str) -> list[Evidence] | None:
    """Proof that the spare is below its threshold; empty where it is not, None where it cannot be told."""
    spare, threshold = log.available_spare, log.spare_threshold
    if spare is None or threshold is None or spare > 100 or threshold > 100:
        return None
    if spare >= threshold:
        return []
    return [Evidence(source, "available_spare", f"{spare} %", f"{threshold} %")]


def _told(code: str, evidence: list[Evidence], severity: Severity, verdicts: PartVerdicts) -> None:
    if evidence:
        verdicts.fault(Component.DISK, code, severity, evidence)
    else:
        verdicts.sound(code)
