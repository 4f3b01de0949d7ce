"""File systems: /proc/self/mountinfo (proc(5)), /etc/fstab (fstab(5)), and how full they are.

Usage comes from statvfs(3) for local file systems (a dead network share would block), and from a
captured `df -P -k` (POSIX df) on another sysroot. The output of mount(8) is read as well.
"""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Iterable
from typing import Final

from logix_agent.host.commands import Commands
from logix_agent.host.paths import HostPaths
from logix_agent.probes.readings import MAX_MOUNTS, CannotTell, FilesystemReading, FilesystemUse, Mount, clean

_ESCAPE: Final = re.compile(r"\\([0-7]{3})")
_BLANKS: Final = re.compile(r"[ \t]+")
#: A line of mount(8) without options, and of its older output.
_PRINTED: Final = re.compile(
    r"(\S{1,512}) on (/.{0,1024}) type (\S{1,64}) \(([^()]{0,4096})\)(?: \[[^\[\]]{0,128}\])?\Z"
)
#: What opening a mount point says of a file system that was shut down or is damaged (xfs, ext4, btrfs).
_REFUSALS: Final = frozenset({errno.EIO, errno.EUCLEAN, errno.EBADMSG})
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")


def read_live(paths: HostPaths) -> FilesystemReading | CannotTell:
    """Mounts, fstab and usage of the machine itself."""
    mounts = mounted(paths)
    if isinstance(mounts, CannotTell):
        return mounts
    points = storage_points(mounts)
    usage = tuple(use for point in points if (use := measured(point)))
    refusing = tuple((point, said) for point in points if (said := refusal(point)))
    return FilesystemReading(mounts, parse_mounts(paths.read("/etc/fstab").text), usage, refusing)


async def read_captured(paths: HostPaths, commands: Commands) -> FilesystemReading | CannotTell:
    """Mounts, fstab and usage of a captured machine."""
    mounts = mounted(paths)
    if isinstance(mounts, CannotTell):
        return mounts
    answer = await commands.run(["df", "-P", "-k"])
    usage = parse_df(answer.stdout.decode("utf-8", "replace"), frozenset(storage_points(mounts)))
    return FilesystemReading(mounts, parse_mounts(paths.read("/etc/fstab").text), usage)


def mounted(paths: HostPaths) -> tuple[Mount, ...] | CannotTell:
    """What is mounted on a machine."""
    detailed = parse_mountinfo(paths.read("/proc/self/mountinfo").text)
    if detailed:
        return detailed
    table = paths.read("/proc/mounts")
    if table.data is None:
        return CannotTell(f"/proc/mounts: {table.problem}", absent=table.absent)
    return parse_mounts(table.text) or CannotTell("/proc/mounts: no mount in it")


def parse(text: str) -> tuple[Mount, ...] | CannotTell:
    """The mounts of a text in any of the three forms: mountinfo, /proc/mounts, output of mount(8). Pure."""
    found = parse_mountinfo(text) or parse_printed(text) or parse_mounts(text)
    return found or CannotTell("no mount in it")


def parse_printed(text: str) -> tuple[Mount, ...]:
    """The mounts that mount(8) prints: "DEVICE on POINT type KIND (OPTIONS)". Pure."""
    found = []
    for line in text.split("\n")[:MAX_MOUNTS]:
        match = _PRINTED.match(line[:8192].strip())
        if match:
            device, point, kind, options = match.groups()
            own = frozenset(option.strip() for option in options.split(",")[:64])
            found.append(Mount(_plain(device), _plain(point), clean(kind, 32), own))
    return tuple(found)


def parse_mountinfo(text: str) -> tuple[Mount, ...]:
    """The mounts of /proc/self/mountinfo with the file systems' own options. Pure."""
    found = []
    for line in text.split("\n")[:MAX_MOUNTS]:
        before, dash, after = line[:8192].partition(" - ")
        fields, own = before.split(" "), after.split(" ")
        if dash and len(fields) >= 6 and len(own) >= 3 and fields[4].startswith("/"):
            options = frozenset(own[2].split(",")[:64])
            found.append(Mount(_plain(own[1]), _plain(fields[4]), clean(own[0], 32), options))
    return tuple(found)


def parse_mounts(text: str) -> tuple[Mount, ...]:
    """The lines of a mount table; what is no such line is left out. Pure."""
    found = []
    for line in text.split("\n"):
        fields = _BLANKS.split(line[:4096].strip(" \t\r"))
        if len(fields) < 3 or fields[0].startswith("#") or not fields[1].startswith("/"):
            continue
        options = frozenset(fields[3].split(",")[:64]) if len(fields) > 3 else frozenset()
        found.append(Mount(_plain(fields[0]), _plain(fields[1]), clean(fields[2], 32), options))
        if len(found) >= MAX_MOUNTS:
            break
    return tuple(found)


def storage_points(mounts: Iterable[Mount]) -> list[str]:
    """Where local storage is mounted, one place for each device (bind mounts repeat it). Pure."""
    places: dict[str, str] = {}
    for mount in mounts:
        if mount.storage:
            known = places.get(mount.device)
            if known is None or len(mount.point) < len(known):
                places[mount.device] = mount.point
    return sorted(places.values())


def parse_df(text: str, points: frozenset[str]) -> tuple[FilesystemUse, ...]:
    """Usage of `points` in the output of `df -P -k`. Pure."""
    found = []
    for line in text.splitlines()[1 : MAX_MOUNTS + 1]:
        fields = line[:4096].split(maxsplit=5)
        if (
            len(fields) == 6
            and fields[5] in points
            and all(re.match(r"[0-9]{1,15}\Z", f) for f in fields[1:4])
        ):
            total, used, available = (int(field) * 1024 for field in fields[1:4])
            found.append(FilesystemUse(fields[5], total, used, available))
    return tuple(found)


def measured(point: str) -> FilesystemUse | None:
    """Usage of the file system at the `point` of a `Mount`; None where it does not tell."""
    try:
        stat = os.statvfs(_unescaped(point))
    except (OSError, ValueError):
        return None
    size = stat.f_frsize
    return FilesystemUse(
        point, stat.f_blocks * size, (stat.f_blocks - stat.f_bfree) * size, stat.f_bavail * size
    )


def refusal(point: str) -> str:
    """Why the `point` of a `Mount` cannot be opened, where that is the file system's own fault; else ""."""
    try:
        os.close(os.open(_unescaped(point), os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC))
    except OSError as error:
        return (error.strerror or "") if error.errno in _REFUSALS else ""
    except ValueError:
        return ""
    return ""


def _plain(field: str) -> str:
    """The field without its octal escapes (getmntent(3)), bounded; control characters stay escaped."""
    return _CONTROL.sub(lambda match: f"\\{ord(match.group()):03o}", _unescaped(field))[:256]


def _unescaped(field: str) -> str:
    return _ESCAPE.sub(lambda match: chr(int(match.group(1), 8) & 0xFF), field)
