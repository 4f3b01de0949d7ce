"""Faults of disks and their wear. Append-only."""

from __future__ import annotations

from typing import Final

from logix_common.fault_codes.entry import N_, Component, FindingCode

CODES: Final[tuple[FindingCode, ...]] = (
    FindingCode(
        "disk.smart-failed",
        Component.DISK,
        N_("The disk reports that it is failing"),
        N_("Back up the data and replace the disk."),
    ),
    FindingCode(
        "disk.attribute-threshold",
        Component.DISK,
        N_("A pre-failure value of the disk is at its threshold"),
        N_("Back up the data and replace the disk."),
    ),
    FindingCode(
        "disk.pending-sectors",
        Component.DISK,
        N_("The disk has sectors that it cannot read"),
        N_("Back up the data, run a long self-test and replace the disk."),
    ),
    FindingCode(
        "disk.reallocated-sectors",
        Component.DISK,
        N_("The disk has replaced bad sectors by spare ones"),
        N_("Watch the count; replace the disk when it grows or passes ten."),
    ),
    FindingCode(
        "disk.uncorrectable-errors",
        Component.DISK,
        N_("The disk has reported errors that it could not correct"),
        N_("Back up the data and replace the disk."),
    ),
    FindingCode(
        "disk.command-timeouts",
        Component.DISK,
        N_("The disk has let commands time out"),
        N_("Check the cable, the power and the backplane; watch the count."),
    ),
    FindingCode(
        "disk.interface-errors",
        Component.DISK,
        N_("Data was damaged on the way to or from the disk"),
        N_("Change the cable or the slot; watch the count."),
    ),
    FindingCode(
        "disk.nvme-critical-warning",
        Component.DISK,
        N_("The NVMe drive raises a critical warning"),
        N_("Back up the data and replace the drive."),
    ),
    FindingCode(
        "disk.nvme-media-errors",
        Component.DISK,
        N_("The NVMe drive has lost data integrity in places"),
        N_("Back up the data and replace the drive."),
    ),
    FindingCode(
        "disk.nvme-spare-low",
        Component.DISK,
        N_("The NVMe drive is running out of spare blocks"),
        N_("Plan the replacement of the drive."),
    ),
    FindingCode(
        "storage-wear.life-used",
        Component.STORAGE_WEAR,
        N_("The drive has used up its rated endurance"),
        N_("Plan the replacement of the drive."),
    ),
    FindingCode(
        "disk.missing",
        Component.DISK,
        N_("A disk that was there is gone"),
        N_("Check its seat, cable and power; replace the disk if it does not come back."),
    ),
)
