"""Software RAID by /sys/block/md*/md (Documentation/admin-guide/md.rst, "MD devices in sysfs")."""

from __future__ import annotations

import re
from typing import Final

from logix_agent.host.paths import HostPaths
from logix_agent.probes.readings import MdArray, MdMember, clean

MAX_ARRAYS: Final = 128
MAX_MEMBERS: Final = 512
FOLDERS: Final = ("/sys/block", "/sys/devices/virtual/block")
_NUMBER: Final = re.compile(r"([0-9]{1,15})(?![0-9])")
#: Words of array_state under which an array does not run.
_STOPPED: Final = frozenset({"clear", "inactive"})
_BUSY: Final = frozenset({"recover", "resync", "check", "repair", "reshape"})


def read(paths: HostPaths) -> list[MdArray]:
    """Every array that sysfs tells anything of; none where there is no sysfs."""
    for folder in FOLDERS:
        names = [name for name in paths.names(folder) or () if name.startswith("md")]
        found = [
            array for name in names[:MAX_ARRAYS] if (array := _array(paths, f"{folder}/{name}/md", name))
        ]
        if found:
            return found
    return []


def _array(paths: HostPaths, folder: str, name: str) -> MdArray | None:
    state = clean(paths.line(f"{folder}/array_state"), 32)
    if not state or state == "clear":  # "clear": a name without an array
        return None
    level, action = (clean(paths.line(f"{folder}/{file}"), 32) for file in ("level", "sync_action"))
    slots, degraded = (_number(paths.line(f"{folder}/{file}")) for file in ("raid_disks", "degraded"))
    working = max(0, slots - degraded) if slots and degraded is not None else None
    said = f"array_state {state}, sync_action {action or 'none'}, degraded {degraded}"
    return MdArray(
        name=clean(name, 60),
        active=state not in _STOPPED,
        level=level,
        members=_members(paths, folder),
        metadata=clean(paths.line(f"{folder}/metadata_version"), 64),
        slots=slots or None,
        working=working,
        activity="recovery" if action == "recover" else action if action in _BUSY else "",
        line=said,
        told="failed" if state == "broken" else "",
        mismatches=_mismatches(paths, folder, action),
        source=folder,
    )


def _members(paths: HostPaths, folder: str) -> tuple[MdMember, ...]:
    names = [name for name in paths.names(folder) or () if name.startswith("dev-")]
    found = []
    for number, name in enumerate(names[:MAX_MEMBERS]):
        words = frozenset(clean(paths.line(f"{folder}/{name}/state"), 128).split(","))
        flags = {"faulty": "F", "spare": "S", "write_mostly": "W", "journal": "J", "replacement": "R"}
        slot = _number(paths.line(f"{folder}/{name}/slot"))
        letters = frozenset(letter for word, letter in flags.items() if word in words)
        if slot is not None:
            letters -= {"S"}  # it has a place already and is being rebuilt
        found.append(MdMember(clean(name[4:], 64), number if slot is None else slot, letters))
    return tuple(found)


def _mismatches(paths: HostPaths, folder: str, action: str) -> int | None:
    """Sectors that the last check saw differ; None while it runs and after a repair: that mends them."""
    last = paths.line(f"{folder}/last_sync_action") or "check"  # kernels before 3.11 do not tell
    if action != "idle" or last != "check":
        return None
    return _number(paths.line(f"{folder}/mismatch_cnt"))


def _number(text: str) -> int | None:
    matched = _NUMBER.match(text)  # "4 (3)" while it is reshaped
    return int(matched.group(1)) if matched else None
