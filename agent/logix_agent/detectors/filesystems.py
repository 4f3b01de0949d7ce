"""File systems that the kernel forced read-only, and full ones. Pure.

ext4 and others remount read-only on an error (ext4(5), errors=remount-ro). Read-only by design (a
squashfs, a medium, fstab says ro) is healthy: there must be a sign that it was meant to be writable.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from logix_common.findings import Component, Evidence, Severity

from logix_agent.detectors.judgement import Doubt, Judgement, PartVerdicts
from logix_agent.detectors.memory import Memory, disk_of
from logix_agent.probes.readings import CannotTell, FilesystemReading, FilesystemUse, Mount

READ_ONLY: Final = "filesystem.read-only"
FULL: Final = "filesystem.full"
#: Percentage points below the limit that neither raise nor clear.
_BAND: Final = 2.0


def judge(
    reading: FilesystemReading | CannotTell, memory: Memory, full: float, critically_full: float
) -> Judgement:
    """Verdicts on every local file system. `memory` holds what was seen writable, `full` are percents."""
    if isinstance(reading, CannotTell):
        return Judgement(doubts=(Doubt(Component.FILESYSTEM, "", reading.reason, reading.absent),))
    wanted = {mount.point: mount for mount in reading.wanted}
    usage = {use.point: use for use in reading.usage}
    judgement = Judgement()
    for mount in reading.mounts:
        if not mount.storage:
            continue
        verdicts = PartVerdicts(f"filesystem:{mount.point}", slot=mount.device[:64], model=mount.kind)
        reason = _forced(mount, wanted.get(mount.point), memory)
        if reason:
            evidence = Evidence("/proc/mounts", "options", "ro", "rw", f"{_line(mount)}: {reason}"[:500])
            related = _beneath(mount.device, memory.serials)
            verdicts.fault(Component.FILESYSTEM, READ_ONLY, Severity.STOPPED, [evidence], related)
        elif "rw" in mount.options:
            verdicts.sound(READ_ONLY)
        if mount.point in usage and "ro" not in mount.options:
            _judge_space(usage[mount.point], verdicts, full, critically_full)
        judgement = judgement.joined(verdicts.judgement())
    return judgement


def _forced(mount: Mount, wanted: Mount | None, memory: Memory) -> str:
    """Why a read-only file system should be writable, or ""."""
    if "emergency_ro" in mount.options:  # what newer kernels show after an error
        return "emergency_ro"
    if "ro" not in mount.options:
        return ""
    if wanted is not None:
        return "" if "ro" in wanted.options else "fstab mounts it writable"
    if memory.writable.get(mount.point) == mount.device:
        return "it was writable before"
    return ""


def _judge_space(use: FilesystemUse, verdicts: PartVerdicts, full: float, critically_full: float) -> None:
    percent = use.percent
    if use.total <= 0:
        return
    if percent >= full:
        grave = percent >= critically_full
        severity = Severity.NEEDS_REPLACEMENT if grave else Severity.FROM_TIME_TO_TIME
        limit = critically_full if grave else full
        evidence = Evidence("statvfs", use.point, f"{percent:.1f} %", f"{limit:g} %")
        verdicts.fault(Component.FILESYSTEM, FULL, severity, [evidence])
    elif percent < full - _BAND:
        verdicts.sound(FULL)


def _beneath(device: str, serials: Mapping[str, str]) -> tuple[str, ...]:
    """The array or disk that a file system lies on, where the device's name tells it."""
    name = disk_of(device)
    if name.startswith("md"):
        return (f"raid:{name}",)
    return (f"disk:{serials[name]}",) if name in serials else ()


def _line(mount: Mount) -> str:
    return f"{mount.device} {mount.point} {mount.kind} {','.join(sorted(mount.options))}"
