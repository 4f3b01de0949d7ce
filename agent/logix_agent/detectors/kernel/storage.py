"""Wordings of disks. Pure.

Sources: drivers/ata/libata-eh.c, drivers/scsi/{sd,scsi_error,scsi_lib,scsi_logging}.c, block/blk-core.c,
drivers/nvme/host/{pci,core}.c of Linux 2.4 to 6.x. What must be read
together with other lines (ATA ports, sense keys) stands in `walk`.
"""

from __future__ import annotations

from typing import Final

from logix_agent.detectors.kernel.rules import (
    AT_TIMES,
    DAY,
    REPLACE,
    STOPPED,
    THIS_BOOT,
    Rule,
    rule,
)

MEDIUM: Final = "disk.unreadable-sectors"
IO: Final = "disk.io-errors"
HARDWARE: Final = "disk.hardware-error"
DROPPED: Final = "disk.dropped"
LINK: Final = "disk.link-errors"
SILENT: Final = "disk.no-answer"
RECOVERED: Final = "disk.recovered-errors"
PREDICTED: Final = "disk.smart-failed"
PENDING: Final = "disk.pending-sectors"

_NVME: Final = r"\b(?P<dev>nvme\d{1,4})\b[^\n]{0,60}?"

RULES: Final[tuple[Rule, ...]] = (
    rule(
        MEDIUM,
        REPLACE,
        "disk:{dev}",
        r"critical medium error, dev (?P<dev>[\w!-]{1,32})",
        "critical medium error",
    ),
    rule(
        MEDIUM,
        REPLACE,
        "disk:{dev}",
        r"\b(?P<dev>nvme\w{1,12}): .{0,120}(?:Unrecovered Read Error|Write Fault)",
        "Unrecovered Read Error",
        "Write Fault",
    ),
    rule(
        MEDIUM,
        REPLACE,
        "disk:{dev}",
        r"read error not correctable \(sector \d+ on (?P<dev>[\w!-]{1,32})\)",
        "read error not correctable",
    ),
    rule(
        MEDIUM,
        REPLACE,
        "disk:{dev}",
        r"\b(?P<dev>hd[a-z]): .{0,80}\b(?:UncorrectableError|SectorIdNotFound|AddrMarkNotFound)\b",
        "UncorrectableError",
        "SectorIdNotFound",
        "AddrMarkNotFound",
    ),
    rule(LINK, AT_TIMES, "disk:{dev}", r"\b(?P<dev>hd[a-z]): .{0,80}\bBadCRC\b", "BadCRC", early=True),
    rule(
        SILENT,
        AT_TIMES,
        "disk:{dev}",
        r"\b(?P<dev>hd[a-z]): (?:lost interrupt|dma_timer_expiry|irq timeout|DMA timeout)",
        "lost interrupt",
        "dma_timer_expiry",
        "irq timeout",
        "DMA timeout",
        early=True,
    ),
    rule(
        SILENT,
        AT_TIMES,
        "disk:{dev}",
        r"\btimeout error, dev (?P<dev>[\w!-]{1,32})",
        "timeout error, dev",
        early=True,
    ),
    rule(
        LINK,
        AT_TIMES,
        "disk:{dev}",
        r"recoverable transport error, dev (?P<dev>[\w!-]{1,32})",
        "recoverable transport error",
        early=True,
    ),
    # the read failed on the disk and was made good from the other members
    rule(
        RECOVERED,
        AT_TIMES,
        "disk:{dev}",
        r"read error corrected \(\d+ sectors at \d+ on (?P<dev>[\w!-]{1,32})\)",
        "read error corrected",
        early=True,
    ),
    rule(
        RECOVERED,
        AT_TIMES,
        "disk:{dev}",
        r"\bmd/raid\S{1,40}: (?P<dev>[\w!-]{1,32}): rescheduling sector",
        "rescheduling sector",
        early=True,
    ),
    # -- NVMe: a controller that is reset and comes back is a warning; one that does not is gone
    rule(
        DROPPED,
        STOPPED,
        "disk:{dev}",
        _NVME
        + r"(?:Removing (?:after probe failure|from failed reset state)|Device not ready; aborting (?:reset|initiali[sz]ation|shutdown)|Disabling device after reset failure|failed to mark controller (?:live|CONNECTING) state|Could not set queue count|resetting controller failed|Identify Controller failed|reset controller failed)",
        "Removing after probe",
        "Removing from failed",
        "Device not ready; abort",
        "Disabling device after reset",
        "failed to mark controller",
        "resetting controller failed",
        "Identify Controller failed",
        "reset controller failed",
        lasts=THIS_BOOT,
    ),
    rule(
        DROPPED,
        STOPPED,
        "disk:{dev}",
        r"\b(?P<dev>nvme\w{1,12}): detected capacity change from [1-9]\d* to 0\b",
        "detected capacity change",
        lasts=THIS_BOOT,
    ),
    rule(
        SILENT,
        AT_TIMES,
        "disk:{dev}",
        _NVME
        + r"(?:controller is down; will reset|I/O (?:tag )?\d+ .{0,80}timeout|frozen state error detected|Abort status: 0x[1-9a-f]|restart after slot reset)",
        "controller is down; will reset",
        " timeout, ",
        "frozen state error",
        "Abort status: 0x",
        early=True,
    ),
    # -- SCSI
    rule(
        DROPPED,
        STOPPED,
        "disk:",
        r"(?:rejecting I/O to (?:offline|dead) device|Device offlined)",
        "rejecting I/O to",
        "Device offlined",
        lasts=THIS_BOOT,
    ),
    rule(
        SILENT,
        AT_TIMES,
        "disk:",
        r"^s[dg] \d+:\d+:\d+:\d+: .{0,60}(?:timing out command|attempting task abort|[Aa]ttempting (?:target|host|device) reset|Command timed out|abort(?:ing)? command|Timed out)",
        "timing out command",
        "ttempting task abort",
        "ttempting target reset",
        "ttempting host reset",
        "ttempting device reset",
        "ommand timed out",
        early=True,
    ),
    rule(
        PREDICTED,
        REPLACE,
        "disk:",
        r"[Ff]ailure prediction threshold exceeded",
        "ailure prediction threshold exceeded",
    ),
    rule(
        HARDWARE,
        REPLACE,
        "disk:",
        r"(?:Add\. Sense|Additional sense|ASC).{0,20}(?:Mechanical positioning error|Internal target failure|Peripheral device write fault|Defect list error|Track following error|Spindles? not synchroni[sz]ed)",
        "Mechanical positioning",
        "Internal target failure",
        "write fault",
        "Defect list error",
        "Track following error",
    ),
    rule(
        MEDIUM,
        REPLACE,
        "disk:",
        r"(?:Add\. Sense|Additional sense): (?:Unrecovered read error|Read retries exhausted|Write error - (?:auto reallocation failed|recommend reassignment)|Record not found|Address mark not found)",
        "Unrecovered read error",
        "Read retries exhausted",
        "Write error - ",
        "Record not found",
        "Address mark not found",
    ),
    # -- what smartd tells the same log
    rule(
        PENDING,
        REPLACE,
        "disk:{dev}",
        r"Device: /dev/(?P<dev>\w{1,32}).{0,80}, (?P<n>[1-9]\d{0,15}) (?:Currently unreadable \(pending\)|Offline uncorrectable) sectors",
        "unreadable (pending) sectors",
        "Offline uncorrectable sectors",
        lasts=DAY,
        program="smartd",
    ),
    rule(
        PREDICTED,
        REPLACE,
        "disk:{dev}",
        r"Device: /dev/(?P<dev>\w{1,32}).{0,80}(?:FAILED SMART self-check|SMART Failure)",
        "FAILED SMART self-check",
        "SMART Failure",
        lasts=DAY,
        program="smartd",
    ),
)
