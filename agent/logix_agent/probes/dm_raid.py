"""LVM's RAID by `dmsetup status --target raid` (admin-guide/device-mapper/dm-raid.rst, "Status Output").

The kernel answers from memory: unlike lvs(8) no disk is read, and none is woken.
"""

from __future__ import annotations

import re
from typing import Final

from logix_agent.host.commands import Commands
from logix_agent.probes.readings import CannotTell, MdArray, MdReading, clean

MAX_ARRAYS: Final = 128
MAX_OUTPUT: Final = 256 * 1024
SOURCE: Final = "dmsetup status"
#: NAME: start length raid TYPE devices health in-sync/total action mismatches …
_LINE: Final = re.compile(
    r"(\S{1,128}): [0-9]{1,20} [0-9]{1,20} raid (raid[0-9]{1,2})\w{0,16} ([0-9]{1,4}) ([AaD-]{1,512})"
    r" [0-9]{1,20}/[0-9]{1,20}(?: ([a-z]{1,16}))?(?: .{0,200})?\Z"
)


async def read(commands: Commands, limit: float) -> MdReading | CannotTell:
    """Every volume of LVM that is RAID; absent where there is none."""
    answer = await commands.run(["dmsetup", "status", "--target", "raid"], limit, MAX_OUTPUT)
    if answer.missing:
        return CannotTell("dmsetup: not installed", absent=True)
    if answer.exit_code is None:
        return CannotTell("dmsetup did not answer in time, or not to the end")
    return parse(answer.stdout.decode("utf-8", "replace"))


def parse(text: str) -> MdReading | CannotTell:
    """The arrays of a text; never raises. Pure."""
    matches = (_LINE.match(line[:1_024].strip()) for line in text.splitlines()[:1_000])
    arrays = tuple(_array(matched) for matched in matches if matched)[:MAX_ARRAYS]
    if not arrays:
        none = not text.strip() or "No devices found" in text
        return CannotTell(f"{SOURCE}: no volume that is RAID", absent=none)
    return MdReading(arrays)


def _array(matched: re.Match[str]) -> MdArray:
    """`A`: in sync, `a`: not yet, `D`: dead, `-`: not there. Only while it recovers is a device lacking that
    is not in sync: at other times it is one that is being written for the first time."""
    name, level, slots, health, action = matched.groups()
    lacking = "D-a" if action == "recover" else "D-"
    states = "".join("_" if letter in lacking else "U" for letter in health)
    return MdArray(
        name=clean(name, 60),
        active=True,
        level=level,
        members=(),
        slots=int(slots),
        working=states.count("U"),
        states=states,
        activity="recovery" if action == "recover" else action or "",
        line=clean(matched.group(), 300),
        source=SOURCE,
    )
