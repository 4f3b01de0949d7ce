"""File systems by the errors that they count themselves. Pure.

ext4 keeps its count in the superblock until e2fsck(8) repairs it, btrfs counts per device until
`btrfs device stats -z` (btrfs-device(8)): either may be old history, so that growth is what is raised.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from logix_common.findings import Component, Evidence, Severity

from logix_agent.detectors.judgement import Doubt, Judgement, PartVerdicts
from logix_agent.probes.filesystem_readings import FilesystemErrorReading, FilesystemErrors
from logix_agent.probes.readings import CannotTell

ERRORS: Final = "filesystem.errors"
DEGRADED: Final = "raid.degraded"


def judge(reading: FilesystemErrorReading | CannotTell) -> Judgement:
    """Verdicts on every file system that counts its errors."""
    if isinstance(reading, CannotTell):
        return Judgement(doubts=(Doubt(Component.FILESYSTEM, "", reading.reason, reading.absent),))
    judgement = Judgement()
    for filesystem in reading.filesystems:
        judgement = judgement.joined(_judge(filesystem))
    return judgement


def gone(standing: Iterable[tuple[str, str]], reading: FilesystemErrorReading) -> Judgement:
    """Sound verdicts on open findings (part, code) of file systems that are not mounted any more.

    What the kernel log says of a device ("filesystem:sda1") is not this detector's.
    """
    listed = {f"filesystem:{each.place}" for each in reading.filesystems}
    return Judgement(
        healthy=frozenset(
            (part, code)
            for part, code in standing
            if code in (ERRORS, DEGRADED) and part.startswith("filesystem:/") and part not in listed
        )
    )


def _judge(filesystem: FilesystemErrors) -> Judgement:
    verdicts = PartVerdicts(
        f"filesystem:{filesystem.place}", slot=filesystem.device[:64], model=filesystem.kind
    )
    counted = [(name, count) for name, count in filesystem.errors if count]
    if counted:
        evidence = [
            Evidence(filesystem.source, name, str(count), "0", filesystem.line) for name, count in counted
        ]
        total = float(sum(count for _, count in counted))
        severity = Severity.FROM_TIME_TO_TIME
        verdicts.fault(Component.FILESYSTEM, ERRORS, severity, evidence, early=True, count=total)
    elif filesystem.errors:
        verdicts.sound(ERRORS)
    if filesystem.missing:
        evidence = [Evidence(filesystem.source, "missing devices", str(filesystem.missing), "0")]
        verdicts.fault(Component.RAID, DEGRADED, Severity.NEEDS_REPLACEMENT, evidence, urgent=True)
    elif filesystem.kind == "btrfs":
        verdicts.sound(DEGRADED)
    return verdicts.judgement()
