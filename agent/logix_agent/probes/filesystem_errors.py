"""Errors that file systems count: ext4 in /sys/fs/ext4 (Documentation/ABI/testing/sysfs-fs-ext4), btrfs in
/sys/fs/btrfs/UUID/devinfo (Documentation/ABI/testing/sysfs-fs-btrfs; `btrfs device stats` shows the same).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from logix_agent.host.paths import HostPaths
from logix_agent.probes import filesystems as mounts
from logix_agent.probes.filesystem_readings import FilesystemErrorReading, FilesystemErrors
from logix_agent.probes.readings import CannotTell, clean

MAX_FILESYSTEMS: Final = 256
MAX_DEVICES: Final = 64
EXT4: Final = "/sys/fs/ext4"
BTRFS: Final = "/sys/fs/btrfs"
_COUNT: Final = re.compile(r"[0-9]{1,15}\Z")
_UUID: Final = re.compile(r"[0-9a-fA-F-]{36}\Z")
_STAT: Final = re.compile(r"(\w{1,32})[ \t]{1,8}([0-9]{1,15})\Z")


def read(paths: HostPaths) -> FilesystemErrorReading | CannotTell:
    """Every file system that counts; "absent" where none does."""
    table = mounts.mounted(paths)
    places = {} if isinstance(table, CannotTell) else {mount.device: mount.point for mount in reversed(table)}
    found = [*_ext4(paths, places), *_btrfs(paths, places)]
    if not found:
        return CannotTell("no file system that counts its errors", absent=True)
    return FilesystemErrorReading(tuple(found))


def _ext4(paths: HostPaths, places: Mapping[str, str]) -> list[FilesystemErrors]:
    found = []
    for name in (paths.names(EXT4) or ())[:MAX_FILESYSTEMS]:
        count = paths.line(f"{EXT4}/{name}/errors_count")
        if not _COUNT.match(count):  # "features" and the like, and kernels before 2.6.36
            continue
        device, place = _place(paths, name, places)
        said = [
            f"{file}={text}"
            for file in (
                "first_error_time",
                "first_error_func",
                "last_error_time",
                "last_error_func",
                "last_error_block",
            )
            if (text := clean(paths.line(f"{EXT4}/{name}/{file}"), 64))
        ]
        line = " ".join(said) if int(count) else ""
        errors = (("errors_count", int(count)),)
        found.append(FilesystemErrors(place, device, "ext4", errors, f"{EXT4}/{name}", line))
    return found


def _btrfs(paths: HostPaths, places: Mapping[str, str]) -> list[FilesystemErrors]:
    found = []
    for uuid in [name for name in paths.names(BTRFS) or () if _UUID.match(name)][:MAX_FILESYSTEMS]:
        folder = f"{BTRFS}/{uuid}"
        devices = [_place(paths, name, places) for name in paths.names(f"{folder}/devices") or ()]
        device, place = next((each for each in devices if each[0] != each[1]), (*devices, (uuid, uuid))[0])
        totals: dict[str, int] = {}
        lines, missing = [], 0
        for number in (paths.names(f"{folder}/devinfo") or ())[:MAX_DEVICES]:
            missing += paths.line(f"{folder}/devinfo/{number}/missing") == "1"
            stats = parse_stats(paths.line(f"{folder}/devinfo/{number}/error_stats"))
            lines += [f"devid {number} {name} {count}" for name, count in stats.items() if count]
            for name, count in stats.items():
                totals[name] = totals.get(name, 0) + count
        if totals or missing:
            said = clean("; ".join(lines), 300)
            found.append(
                FilesystemErrors(place, device, "btrfs", tuple(totals.items()), folder, said, missing)
            )
    return found


def parse_stats(text: str) -> dict[str, int]:
    """The lines "write_errs 0" of a device's error_stats; what is no such line is left out. Pure."""
    matches = (_STAT.match(line.strip()) for line in text[:4096].splitlines()[:32])
    return {match.group(1): int(match.group(2)) for match in matches if match and match.group(1) != "valid"}


def _place(paths: HostPaths, name: str, places: Mapping[str, str]) -> tuple[str, str]:
    """(the device as mount tables name it, where it is mounted or else the device again)."""
    device = "/dev/" + clean(name, 64).replace("!", "/")
    mapped = clean(paths.line(f"/sys/block/{name}/dm/name"), 128) if name.startswith("dm-") else ""
    for known in (device, f"/dev/mapper/{mapped}"):
        if known in places:
            return known, places[known]
    return device, device
