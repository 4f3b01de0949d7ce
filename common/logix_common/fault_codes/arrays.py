"""Faults of RAID arrays. Append-only."""

from __future__ import annotations

from typing import Final

from logix_common.fault_codes.entry import N_, Component, FindingCode

CODES: Final[tuple[FindingCode, ...]] = (
    FindingCode(
        "raid.degraded",
        Component.RAID,
        N_("The RAID array runs without redundancy"),
        N_("Replace the lost member and rebuild the array."),
    ),
    FindingCode(
        "raid.inactive",
        Component.RAID,
        N_("The RAID array does not run"),
        N_("Check the members at once; do not force an assembly without a backup."),
    ),
    FindingCode(
        "raid.broken",
        Component.RAID,
        N_("The RAID array has lost more members than it can bear"),
        N_("Stop writing to it; save what can be read, then replace the disks and restore the backup."),
    ),
    FindingCode(
        "raid.missing",
        Component.RAID,
        N_("A RAID array that was there is gone"),
        N_("Check its members at once; do not create a new array over them."),
    ),
    FindingCode(
        "raid.member-failed",
        Component.RAID,
        N_("A member of the RAID array has failed; a spare took its place"),
        N_("Replace the failed disk; the array has one spare less until then."),
    ),
    FindingCode(
        "raid.mismatch",
        Component.RAID,
        N_("A check found copies in the RAID array that differ"),
        N_("Look for errors of disks, cables and memory; then check the array again, and repair it."),
        hardware=False,
    ),
    FindingCode(
        "raid.spare-lost",
        Component.RAID,
        N_("The RAID array has fewer spares than before"),
        N_("Add a spare; if it was taken out on purpose, mute this finding."),
    ),
)
