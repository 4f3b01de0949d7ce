"""What detectors must remember from pass to pass, as a value. Pure; survives restarts.

A dead disk tells no serial and a lost member is no longer listed: both must have been seen before.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final, TypeVar

from logix_agent.probes.readings import (
    CannotTell,
    FilesystemReading,
    MdReading,
    SmartReading,
)

MAX_REMEMBERED: Final = 256
ValueT = TypeVar("ValueT")


@dataclass(frozen=True, slots=True)
class Memory:
    """`serials`: disk -> serial. `members`: array -> member device -> serial of its disk, when it was
    complete. `writable`: mount point -> device of file systems that were seen writable. `notes`: what
    each detector keeps for itself from pass to pass, by its name (`with_notes`)."""

    serials: dict[str, str] = field(default_factory=dict)
    members: dict[str, dict[str, str]] = field(default_factory=dict)
    writable: dict[str, str] = field(default_factory=dict)
    notes: dict[str, dict[str, str]] = field(default_factory=dict)

    def of(self, detector: str) -> Mapping[str, str]:
        """What `detector` noted at the last pass; empty at first sight."""
        return self.notes.get(detector, {})


def disk_of(device: str) -> str:
    """The disk that a partition lies on, as smartctl names it: sda1 -> sda, nvme0n1p2 -> nvme0."""
    name = device.removeprefix("/dev/")
    nvme = re.match(r"(nvme[0-9]+)(?:n[0-9]+)?(?:p[0-9]+)?\Z", name)
    if nvme:
        return nvme.group(1)
    numbered = re.match(r"((?:mmcblk|md|loop)[0-9]+)(?:p[0-9]+)?\Z", name)
    if numbered:
        return numbered.group(1)
    lettered = re.match(r"((?:sd|hd|vd|xvd)[a-z]{1,4})[0-9]*\Z", name)
    return lettered.group(1) if lettered else name


def with_disks(memory: Memory, reading: SmartReading | CannotTell) -> Memory:
    """The memory after `reading`; a disk that tells no serial keeps the one it had."""
    if isinstance(reading, CannotTell):
        return memory
    told = {_place(disk.slot): disk.serial for disk in reading.disks if disk.serial}
    moved = frozenset(told.values())  # names change from boot to boot: a serial has one place
    kept = {place: serial for place, serial in memory.serials.items() if serial not in moved}
    return replace(memory, serials=_bounded(kept | told))


def with_arrays(memory: Memory, reading: MdReading | CannotTell) -> Memory:
    """The memory after `reading`: members of arrays that are complete now."""
    if isinstance(reading, CannotTell):
        return memory
    members = dict(memory.members)
    for array in reading.arrays:
        failed = any("F" in member.flags for member in array.members)
        if array.active and not failed and (array.working is None or array.working == array.slots):
            members[array.name] = _bounded(
                {
                    member.device: memory.serials.get(disk_of(member.device), "")
                    for member in array.members
                    if "S" not in member.flags
                }
            )
    return replace(memory, members=_bounded(members))


def with_mounts(memory: Memory, reading: FilesystemReading | CannotTell) -> Memory:
    """The memory after `reading`: file systems that are writable now."""
    if isinstance(reading, CannotTell):
        return memory
    points = {mount.point for mount in reading.mounts}
    kept = {point: device for point, device in memory.writable.items() if point in points}
    seen = {mount.point: mount.device for mount in reading.mounts if "rw" in mount.options and mount.storage}
    return replace(memory, writable=_bounded(kept | seen))


def with_notes(memory: Memory, detector: str, notes: Mapping[str, str]) -> Memory:
    """The memory with `notes` in place of what `detector` had; the newest `MAX_REMEMBERED` of them.

    Written to disk whenever they differ: round what changes at every pass, or leave it out.
    """
    if notes == memory.of(detector):
        return memory
    return replace(memory, notes={**memory.notes, detector: _bounded(notes)})


def _place(slot: str) -> str:
    """A slot's disk name; behind a controller ("sda megaraid,3") the whole slot."""
    return slot if " " in slot else disk_of(slot)


def _bounded(values: Mapping[str, ValueT]) -> dict[str, ValueT]:
    return dict(list(values.items())[-MAX_REMEMBERED:])
