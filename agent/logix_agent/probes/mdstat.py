"""Software RAID by /proc/mdstat (md(4); the kernel's md_seq_show writes it)."""

from __future__ import annotations

import re
from typing import Final

from logix_agent.host.paths import HostPaths
from logix_agent.probes.readings import CannotTell, MdArray, MdMember, MdReading, clean

MAX_ARRAYS: Final = 128
MAX_MEMBERS: Final = 512
MAX_LINE: Final = 16_384
_ARRAY: Final = re.compile(r"(md[A-Za-z0-9_.-]{1,60})\s*:\s*(.*)\Z")
_MEMBER: Final = re.compile(r"([A-Za-z0-9!/_.:-]{1,64})\[([0-9]{1,9})\]((?:\([A-Z]\))*)\Z")
_COUNTS: Final = re.compile(r"\[([0-9]{1,9})/([0-9]{1,9})\]")
_STATES: Final = re.compile(r"\[([U_]{1,512})\]")
_METADATA: Final = re.compile(r"\bsuper (\S{1,64})")
_ACTIVITY: Final = re.compile(r"\b(recovery|resync|check|reshape|repair)\s*=")


def read(paths: HostPaths) -> MdReading | CannotTell:
    """All arrays; "absent" where the kernel has no md driver."""
    reading = paths.read("/proc/mdstat")
    if reading.data is None:
        return CannotTell(f"/proc/mdstat: {reading.problem}", absent=reading.absent)
    return parse(reading.text)


def parse(text: str) -> MdReading | CannotTell:
    """The arrays of an mdstat text; never raises. Pure."""
    lines = text.splitlines()
    known = any(line.startswith(("Personalities", "unused devices")) for line in lines)
    blocks: list[list[str]] = []
    for line in lines:
        if _ARRAY.match(line[:MAX_LINE]):
            blocks.append([line[:MAX_LINE]])
        elif blocks and line[:1].isspace():
            blocks[-1].append(line[:MAX_LINE])
    if not known and not blocks:
        return CannotTell("/proc/mdstat: not the format of md")
    return MdReading(tuple(_array(block) for block in blocks[:MAX_ARRAYS]))


def _array(block: list[str]) -> MdArray:
    matched = _ARRAY.match(block[0])
    assert matched
    words = matched.group(2).split()
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
    return MdArray(
        name=matched.group(1),
        active=bool(words) and words[0].startswith("active"),
        level=level,
        members=tuple(members),
        metadata=metadata.group(1) if metadata else "",
        slots=int(counts.group(1)) if counts else None,
        working=int(counts.group(2)) if counts else None,
        states=states.group(1) if states else "",
        activity=activity.group(1) if activity else "",
        line=clean(" / ".join(line.strip() for line in block if line.strip()), 500),
    )
