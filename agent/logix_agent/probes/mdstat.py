"""Software RAID by /proc/mdstat (md(4); the kernel's md_seq_show writes it), with what sysfs adds.

Kernels from 2.4 on: the line of an array is "NAME : active|broken|inactive [(read-only)] LEVEL MEMBERS",
below it stand its size, "[SLOTS/WORKING] [UU_]", what it is doing, and its bitmap.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final

from logix_agent.host.paths import HostPaths
from logix_agent.probes import md_sysfs
from logix_agent.probes.readings import CannotTell, MdArray, MdMember, MdReading, clean

MAX_ARRAYS: Final = 128
MAX_MEMBERS: Final = 512
MAX_LINE: Final = 16_384
MAX_TEXT: Final = 1_048_576
_ARRAY: Final = re.compile(
    r"[ \t]{0,64}(md[A-Za-z0-9_./-]{1,60})[ \t]*:[ \t]*((?:active|inactive|broken)\b.*)\Z"
)
_MEMBER: Final = re.compile(r"([A-Za-z0-9!/_.:@+-]{1,64})\[([0-9]{1,9})\]((?:\([A-Z]\)){0,8})\Z")
_COUNTS: Final = re.compile(r"\[([0-9]{1,9})/([0-9]{1,9})\]")
_STATES: Final = re.compile(r"\[([U_]{1,512})\]")
_METADATA: Final = re.compile(r"\bsuper (\S{1,64})")
_ACTIVITY: Final = re.compile(r"\b(recovery|resync|check|reshape|repair)[ \t]*=")
_COPIES: Final = re.compile(r"\b([0-9]{1,3}) (near|far|offset)-copies\b")


def read(paths: HostPaths) -> MdReading | CannotTell:
    """All arrays; "absent" where the kernel has no md driver."""
    details = {array.name: array for array in md_sysfs.read(paths)}
    reading = paths.read("/proc/mdstat")
    if reading.data is None:
        if details:
            return MdReading(tuple(details.values()))
        return CannotTell(f"/proc/mdstat: {reading.problem}", absent=reading.absent)
    parsed = parse(reading.text)
    if isinstance(parsed, CannotTell):
        return parsed
    return replace(parsed, arrays=tuple(_completed(each, details.get(each.name)) for each in parsed.arrays))


def parse(text: str) -> MdReading | CannotTell:
    """The arrays of an mdstat text; never raises. Pure."""
    lines = text[:MAX_TEXT].splitlines()
    known = any(line.lstrip().startswith(("Personalities", "unused devices")) for line in lines)
    blocks: list[list[str]] = []
    for line in lines:
        if _ARRAY.match(line[:MAX_LINE]):
            if len(blocks) == MAX_ARRAYS:
                break
            blocks.append([line[:MAX_LINE]])
        elif blocks and line[:1].isspace() and len(blocks[-1]) < 16:
            blocks[-1].append(line[:MAX_LINE])
    if not known and not blocks:
        return CannotTell("/proc/mdstat: not the format of md")
    whole = any(line.lstrip().startswith("unused devices") for line in lines)
    return MdReading(tuple(_array(block) for block in blocks), whole)


def _array(block: list[str]) -> MdArray:
    matched = _ARRAY.match(block[0])
    assert matched
    words = matched.group(2).split(maxsplit=MAX_MEMBERS + 4)
    members, level = [], ""
    for word in words[1 : MAX_MEMBERS + 4]:
        member = _MEMBER.match(word)
        if member:
            flags = frozenset(re.findall(r"[A-Z]", member.group(3)))
            members.append(MdMember(member.group(1), int(member.group(2)), flags))
        elif not members and not word.startswith("("):  # "(auto-read-only)" and the like
            level = clean(word, 32)
    below = "\n".join(block[1:])
    counts, states = _COUNTS.search(below), _STATES.search(below)
    metadata, activity = _METADATA.search(below), _ACTIVITY.search(below)
    copies = _COPIES.search(below)
    return MdArray(
        name=matched.group(1),
        active=not words[0].startswith("inactive"),
        level=level,
        members=tuple(members),
        metadata=metadata.group(1) if metadata else "",
        slots=int(counts.group(1)) if counts else None,
        working=int(counts.group(2)) if counts else None,
        states=states.group(1) if states else "",
        activity=activity.group(1) if activity else "",
        line=clean(" / ".join(line.strip() for line in block if line.strip()), 500),
        told="failed" if words[0].startswith("broken") else "",
        copies=f"{copies.group(1)} {copies.group(2)}" if copies else "",
    )


def _completed(array: MdArray, detail: MdArray | None) -> MdArray:
    """The array of mdstat with what only sysfs tells; of two counts the worse one."""
    if detail is None:
        return array
    working = array.working
    if working is not None and detail.working is not None and detail.slots == array.slots:
        working = min(working, detail.working)
    return replace(
        array,
        told=array.told or detail.told,
        mismatches=detail.mismatches,
        metadata=array.metadata or detail.metadata,
        working=working,
    )
