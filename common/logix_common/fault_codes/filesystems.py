"""Faults of file systems. Append-only."""

from __future__ import annotations

from typing import Final

from logix_common.fault_codes.entry import N_, Component, FindingCode

CODES: Final[tuple[FindingCode, ...]] = (
    FindingCode(
        "filesystem.read-only",
        Component.FILESYSTEM,
        N_("A file system has been forced read-only"),
        N_("Check the disk below it and its kernel log; repair the file system offline."),
    ),
    FindingCode(
        "filesystem.full",
        Component.FILESYSTEM,
        N_("A file system is full"),
        N_("Free space or move logs away."),
        hardware=False,
    ),
    FindingCode(
        "filesystem.errors",
        Component.FILESYSTEM,
        N_("A file system has errors in its own structures"),
        N_("Back up the data, check the disk below it and repair the file system offline."),
    ),
    FindingCode(
        "filesystem.shut-down",
        Component.FILESYSTEM,
        N_("A file system was shut down by the kernel after an error"),
        N_("Check the disk below it; repair the file system offline."),
    ),
)
