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
    FindingCode(
        "disk.old-age-threshold",
        Component.DISK,
        N_("A usage value of the disk is at the end that its maker planned"),
        N_("Plan the replacement of the disk; it works on, but past its rated use."),
    ),
    FindingCode(
        "disk.spin-retries",
        Component.DISK,
        N_("The disk has needed several attempts to start turning"),
        N_("Check its power and cable; replace the disk when the count grows."),
    ),
    FindingCode(
        "disk.internal-errors",
        Component.DISK,
        N_("Data was damaged inside the disk's own electronics"),
        N_("Back up the data; replace the disk when the count grows."),
    ),
    FindingCode(
        "disk.self-test-failed",
        Component.DISK,
        N_("A self-test of the disk has failed"),
        N_("Back up the data and replace the disk; a long self-test that passes would clear this."),
    ),
    FindingCode(
        "disk.temperature-warning",
        Component.DISK,
        N_("The disk says that its temperature is out of its range"),
        N_("Check the air flow, the fans and the room; look at the disk's other values."),
    ),
    FindingCode(
        "disk.nvme-unreliable",
        Component.DISK,
        N_("The NVMe drive says that it is no longer reliable"),
        N_("Back up the data at once and replace the drive."),
    ),
    FindingCode(
        "disk.nvme-read-only",
        Component.DISK,
        N_("The NVMe drive takes no more writes"),
        N_("Save the data from it and replace the drive at once."),
    ),
    FindingCode(
        "disk.nvme-backup-failed",
        Component.DISK,
        N_("The NVMe drive can no longer keep its cache through a power failure"),
        N_("Replace the drive; until then a power failure may lose what was written last."),
    ),
    FindingCode(
        "disk.nvme-persistent-memory",
        Component.DISK,
        N_("The NVMe drive's persistent memory region is read-only or unreliable"),
        N_("Back up the data and replace the drive."),
    ),
    FindingCode(
        "storage-wear.reserve-low",
        Component.STORAGE_WEAR,
        N_("The drive's reserve of spare blocks is running out"),
        N_("Plan the replacement of the drive."),
    ),
    FindingCode(
        "temperature.disk-critical",
        Component.TEMPERATURE,
        N_("A disk is at or above its critical temperature"),
        N_("Cool the appliance at once or shut it down; check the fans, the air flow and the room."),
    ),
    FindingCode(
        "temperature.disk-high",
        Component.TEMPERATURE,
        N_("A disk is above the temperature that its maker allows"),
        N_("Check the air flow, the fans and the room."),
    ),
    FindingCode(
        "disk.unreadable-sectors",
        Component.DISK,
        N_("The kernel met sectors of the disk that cannot be read"),
        N_("Back up the data and replace the disk."),
    ),
    FindingCode(
        "disk.io-errors",
        Component.DISK,
        N_("Reads or writes of the disk have failed"),
        N_("Back up the data; check cable and backplane, then replace the disk."),
    ),
    FindingCode(
        "disk.hardware-error",
        Component.DISK,
        N_("The disk reports a hardware error of its own"),
        N_("Back up the data and replace the disk."),
    ),
    FindingCode(
        "disk.dropped",
        Component.DISK,
        N_("The kernel has given the disk up: it no longer answers"),
        N_("Check its seat, cable and power; replace the disk if it is lost again."),
    ),
    FindingCode(
        "disk.link-errors",
        Component.DISK,
        N_("The connection to the disk was disturbed and set up anew"),
        N_("Change the cable or the slot, check the power; watch the count."),
    ),
    FindingCode(
        "disk.no-answer",
        Component.DISK,
        N_("The disk did not answer commands in time"),
        N_("Check the cable, the power and the firmware; replace the disk if it goes on."),
    ),
    FindingCode(
        "disk.recovered-errors",
        Component.DISK,
        N_("Reads of the disk succeeded only by correction"),
        N_("Watch the count; plan the replacement of the disk when it grows."),
    ),
)
