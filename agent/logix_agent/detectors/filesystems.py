"""File systems that the kernel forced read-only, and full ones. Pure.

ext4 and others remount read-only on an error (ext4(5), errors=remount-ro). Read-only by design (a
squashfs, a medium, fstab says ro) is healthy: there must be a sign that it was meant to be writable:
fstab(5), that it was so before, the option errors=remount-ro, which only serves what is written to, or a
place that must be writable (FHS 3.0, chapters 3.8 and 5).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Final

from logix_common.findings import Component, Evidence, Severity

from logix_agent.detectors.judgement import Doubt, Judgement, PartVerdicts
from logix_agent.detectors.memory import Memory, disk_of
from logix_agent.facts import FindingEvent
from logix_agent.probes.readings import MAX_MOUNTS, CannotTell, FilesystemReading, FilesystemUse, Mount

READ_ONLY: Final = "filesystem.read-only"
FULL: Final = "filesystem.full"
SHUT_DOWN: Final = "filesystem.shut-down"
#: Kinds that become read-only by themselves after an error; FAT always shows the option, by default.
_TURN_READ_ONLY: Final = frozenset({"ext2", "ext3", "ext4", "btrfs", "f2fs", "jfs", "reiserfs"})
_ON_ERROR: Final = frozenset({"errors=remount-ro", "errors=remount_ro"})
#: Nothing works where these cannot be written.
_WRITABLE_PLACES: Final = frozenset({"/var", "/var/log", "/var/lib", "/home"})
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
    lower = _lower_layers(reading.mounts)
    judgement = Judgement()
    for mount, points in _places(reading):
        verdicts = PartVerdicts(f"filesystem:{mount.point}", slot=mount.device[:64], model=mount.kind)
        reason = "" if not lower.isdisjoint(points) else _forced(mount, points, wanted, memory)
        if reason:
            evidence = Evidence("/proc/mounts", "options", "ro", "rw", f"{_line(mount)}: {reason}"[:500])
            related = _beneath(mount.device, memory.serials)
            verdicts.fault(Component.FILESYSTEM, READ_ONLY, Severity.STOPPED, [evidence], related)
        elif "rw" in mount.options:
            verdicts.sound(READ_ONLY)
        used = [usage[point] for point in points if point in usage]
        refusals = [said for point, said in reading.refusing if point in points]
        _judge_access(mount, refusals, verdicts, answered=bool(used))
        if used and "ro" not in mount.options:
            _judge_space(used[0], verdicts, full, critically_full)
        judgement = judgement.joined(verdicts.judgement())
    return judgement


def gone(open_findings: Iterable[FindingEvent], reading: FilesystemReading | CannotTell) -> Judgement:
    """Sound verdicts for file systems that are not mounted any more: a stick pulled out, a bind undone.

    What fstab mounts at every start stays as it was: a broken file system is unmounted, too.
    """
    if isinstance(reading, CannotTell) or len(reading.mounts) >= MAX_MOUNTS:
        return Judgement()
    judged = {f"filesystem:{mount.point}" for mount, _ in _places(reading)}
    mounted = {mount.point for mount in reading.mounts}
    missed = {
        f"filesystem:{mount.point}"
        for mount in reading.wanted
        if mount.point not in mounted and "noauto" not in mount.options
    }
    return Judgement(
        healthy=frozenset(
            (finding.part, finding.code)
            for finding in open_findings
            if finding.code in (READ_ONLY, FULL, SHUT_DOWN) and finding.part not in judged | missed
        )
    )


def points(reading: FilesystemReading | CannotTell, notes: Mapping[str, str]) -> Mapping[str, str]:
    """What to remember: device -> the mount point that its part is named after, also once it is unmounted."""
    if isinstance(reading, CannotTell):
        return notes
    return {**notes, **{mount.device: mount.point for mount, _ in _places(reading)}}


def _places(reading: FilesystemReading) -> list[tuple[Mount, list[str]]]:
    """Each file system once, with all its mount points: binds and subvolumes repeat the device.

    It is named after the place that fstab gives it, else after the shortest; it is read-only only where
    all its mounts are.
    """
    wanted = {mount.point for mount in reading.wanted}
    devices: dict[str, list[Mount]] = {}
    for mount in reading.mounts:
        if mount.storage:
            devices.setdefault(mount.device, []).append(mount)
    places = []
    for mounts in devices.values():
        writable = [mount for mount in mounts if "ro" not in mount.options]
        named = min(mounts, key=lambda each: (each.point not in wanted, len(each.point), each.point))
        if writable:
            named = replace(named, options=writable[0].options)
        places.append((named, [mount.point for mount in mounts]))
    return places


def _forced(mount: Mount, points: list[str], fstab: Mapping[str, Mount], memory: Memory) -> str:
    """Why a read-only file system should be writable, or ""."""
    if "emergency_ro" in mount.options:  # what newer kernels show after an error
        return "emergency_ro"
    if "ro" not in mount.options:
        return ""
    wanted = [fstab[point] for point in points if point in fstab]
    if wanted:
        return "" if any("ro" in each.options for each in wanted) else "fstab mounts it writable"
    if any(memory.writable.get(point) == mount.device for point in points):
        return "it was writable before"
    if mount.kind in _TURN_READ_ONLY and mount.options & _ON_ERROR:
        return "it turns read-only on errors"
    if mount.kind in _TURN_READ_ONLY and not _WRITABLE_PLACES.isdisjoint(points):
        return "such a place must be writable"
    return ""


def _lower_layers(mounts: Iterable[Mount]) -> frozenset[str]:
    """What overlays lie on: it is read-only by design (overlayfs.rst)."""
    return frozenset(
        folder
        for mount in mounts
        if mount.kind == "overlay"
        for option in mount.options
        if option.startswith("lowerdir=")
        for folder in option.partition("=")[2].split(":")
    )


def _judge_access(mount: Mount, refusals: list[str], verdicts: PartVerdicts, *, answered: bool) -> None:
    """A file system that the kernel shut down: it stays mounted, and nothing of it can be read."""
    said = "shutdown" if "shutdown" in mount.options else next(iter(refusals), "")
    if said:
        evidence = Evidence("/proc/mounts", mount.point, said, "can be opened", _line(mount)[:500])
        verdicts.fault(Component.FILESYSTEM, SHUT_DOWN, Severity.STOPPED, [evidence])
    elif answered:
        verdicts.sound(SHUT_DOWN)


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
