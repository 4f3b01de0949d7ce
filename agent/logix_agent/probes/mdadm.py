"""Software RAID in the words of `mdadm --detail` (mdadm(8); its Detail.c prints them)."""

from __future__ import annotations

import re
from typing import Final

from logix_agent.probes.mdstat import MAX_ARRAYS, MAX_LINE, MAX_MEMBERS, MAX_TEXT
from logix_agent.probes.readings import CannotTell, MdArray, MdMember, MdReading, clean

MAX_LINES: Final = 20_000
SOURCE: Final = "mdadm --detail"
_HEAD: Final = re.compile(r"[ \t]{0,64}/dev/(md[^\s:]{1,64}(?::[^\s:]{1,64})?):[ \t]*\Z")
_FIELD: Final = re.compile(r"[ \t]{0,64}([A-Z][A-Za-z ]{1,30}?)[ \t]{0,64}:[ \t]{1,64}(\S.{0,300})\Z")
#: Number, Major, Minor, RaidDevice, then the state and the device where there is one.
_ROW: Final = re.compile(
    r"[ \t]{0,64}([0-9]{1,9}|-)[ \t]+[0-9]{1,9}[ \t]+[0-9]{1,9}[ \t]+([0-9]{1,9}|-)[ \t]+(\S.{0,200})\Z"
)
_FLAGS: Final = {"faulty": "F", "spare": "S", "writemostly": "W", "write-mostly": "W", "journal": "J"}
_LAYOUT: Final = re.compile(r"(near|far|offset)=([0-9]{1,3})\Z")
_ACTIVITIES: Final = {
    "recovering": "recovery",
    "resyncing": "resync",
    "reshaping": "reshape",
    "checking": "check",
    "repairing": "repair",
}


def parse(text: str) -> MdReading | CannotTell:
    """The arrays of one or several outputs; never raises. Pure."""
    blocks: list[tuple[str, list[str]]] = []
    for line in text[:MAX_TEXT].splitlines()[:MAX_LINES]:
        head = _HEAD.match(line[:MAX_LINE])
        if head:
            blocks.append((head.group(1), []))
            continue
        if not blocks and _FIELD.match(line[:MAX_LINE]):
            blocks.append(("md", []))  # a quotation that leaves out the name
        if blocks:
            blocks[-1][1].append(line[:MAX_LINE])
    arrays = [array for name, lines in blocks[:MAX_ARRAYS] if (array := _array(name, lines))]
    if not arrays:
        return CannotTell(f"{SOURCE}: no array in it")
    return MdReading(tuple(arrays))


def _read(lines: list[str]) -> tuple[dict[str, str], list[tuple[str, str]]]:
    """The fields, and the place and state of each row."""
    fields: dict[str, str] = {}
    rows: list[tuple[str, str]] = []
    for line in lines:
        row = _ROW.match(line)
        if row and len(rows) < MAX_MEMBERS:
            rows.append((row.group(2), row.group(3)))
        field = _FIELD.match(line)
        if field and not row:
            fields.setdefault(field.group(1).lower(), field.group(2).strip())
    return fields, rows


def _array(name: str, lines: list[str]) -> MdArray | None:
    fields, rows = _read(lines)
    level = clean(fields.get("raid level", ""), 32)
    if not level and "state" not in fields:
        return None
    words = [word.strip("() ").lower() for word in re.split(r"[, ]+", fields.get("state", ""))]
    members = [_member(place, state) for place, state in rows]
    places = {place: "active" in state.split() for place, state in rows if place != "-"}
    in_sync = sum(places.values())
    activity = next((_ACTIVITIES[word] for word in words if word in _ACTIVITIES), "")
    layout = _LAYOUT.match(fields.get("layout", ""))
    shown = [
        f"{key} : {fields[key]}"
        for key in ("raid level", "state", "raid devices", "active devices", "failed devices")
        if key in fields
    ]
    return MdArray(
        name=clean(name, 60),
        active="inactive" not in words and "not started" not in " ".join(words),
        level=level,
        members=tuple(member for member in members if member.device),
        metadata=clean(fields.get("version", ""), 64),
        slots=_number(fields.get("raid devices")),
        working=_number(fields.get("active devices"), in_sync if rows else None),
        states="".join("U" if places[place] else "_" for place in sorted(places, key=int)),
        activity=activity,
        line=clean(f"/dev/{name}: " + "; ".join(shown), 500),
        told=_told(words),
        copies=f"{layout.group(2)} {layout.group(1)}" if layout else "",
        source=SOURCE,
    )


def _told(words: list[str]) -> str:
    if "failed" in words or "broken" in words:
        return "failed"
    return "degraded" if "degraded" in words else ""


def _member(place: str, state: str) -> MdMember:
    """One row; the device is "" where the place is empty ("removed")."""
    words = state.split()
    device = words[-1].removeprefix("/dev/") if words[-1].startswith("/dev/") else ""
    flags = {letter for word, letter in _FLAGS.items() if word in words}
    if "rebuilding" in words or "F" in flags:
        flags -= {"S"}
    return MdMember(clean(device, 64), int(place) if place.isdigit() else 0, frozenset(flags))


def _number(text: str | None, otherwise: int | None = None) -> int | None:
    matched = re.match(r"([0-9]{1,9})(?![0-9])", text or "")
    return int(matched.group(1)) if matched else otherwise
