"""Memory errors counted by EDAC (Documentation/admin-guide/RAS/main.rst, "EDAC - Error Detection And
Correction"): /sys/devices/system/edac/mc/mc*, with csrow*/ch* (older) or dimm*, rank* (newer) below.

Old and new files show the same errors twice; the sums of some drivers do not agree with their parts. An
error is therefore counted where its place is told best, and a sum counts with what it has beyond its parts.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Final

from logix_agent.host.paths import HostPaths
from logix_agent.probes.memory_readings import MemoryCounters, MemoryReading
from logix_agent.probes.readings import CannotTell, clean

FOLDER: Final = "/sys/devices/system/edac/mc"
#: Where else a captured tree may begin; /sys/bus/mc* hold the same devices.
FOLDERS: Final = (FOLDER, "/sys/bus/edac/devices/mc", "/devices/system/edac/mc", "/edac/mc", "/mc", "")
MAX_FILES: Final = 20_000
_CONTROLLER: Final = re.compile(r"mc[0-9]{1,3}\Z")
_BELOW: Final = re.compile(r"(?:csrow|dimm|rank)[0-9]{1,4}\Z")
_WANTED: Final = re.compile(
    r"(?:(?:ch[0-9]{1,3}_)?(?:ce|ue)(?:_noinfo)?_count|(?:ch[0-9]{1,3}_)?dimm_[a-z_]{1,20}|mc_name)\Z"
)
_COUNT: Final = re.compile(r"[0-9]{1,15}\Z")
_PATH: Final = re.compile(
    r"(?:\S{0,200}/)?(mc[0-9]{1,3}(?:/(?:csrow|dimm|rank)[0-9]{1,4})?/[a-z0-9_]{1,40})"
    r"\s{0,8}[:=\s]\s{0,8}(\S.{0,120})?\Z"
)
Files = Mapping[str, str]


def read(paths: HostPaths, folders: Iterable[str] = (FOLDER,)) -> MemoryReading | CannotTell:
    """Every counter; "absent" where no driver counts memory errors."""
    for folder in folders:
        names = [name for name in paths.names(folder or "/") or () if _CONTROLLER.match(name)]
        if names:
            return parse(_files(paths, folder, names), folder)
    return CannotTell(f"{FOLDER}: no memory controller", absent=True)


def _files(paths: HostPaths, folder: str, controllers: Iterable[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for controller in controllers:
        below = [name for name in paths.names(f"{folder}/{controller}") or () if _BELOW.match(name)]
        for place in (controller, *(f"{controller}/{name}" for name in below)):
            for name in paths.names(f"{folder}/{place}") or ():
                if _WANTED.match(name) and len(found) < MAX_FILES:
                    found[f"{place}/{name}"] = paths.line(f"{folder}/{place}/{name}")
    return found


def files_in(text: str) -> dict[str, str]:
    """The files of a printed tree ("/sys/…/mc0/ce_count:0", as grep prints them). Pure."""
    matches = (_PATH.match(line[:400].strip()) for line in text.splitlines()[:MAX_FILES])
    return {match.group(1): match.group(2) or "" for match in matches if match}


def parse(files: Files, folder: str = FOLDER) -> MemoryReading | CannotTell:
    """The counters of a tree, given as paths below mc's folder and their content; never raises. Pure."""
    places: dict[str, dict[str, str]] = {}
    for path, content in list(files.items())[:MAX_FILES]:
        place, _, name = path.rpartition("/")
        places.setdefault(place, {})[name] = content
    counters: list[MemoryCounters] = []
    for controller in sorted({place.partition("/")[0] for place in places}, key=_in_order):
        if not _CONTROLLER.match(controller):
            continue
        below = {place: own for place, own in places.items() if place.startswith(f"{controller}/")}
        counters += _controller(controller, places.get(controller, {}), below, folder)
    if all(each.corrected is None and each.uncorrected is None for each in counters):
        return CannotTell(f"{folder or '/'}: no counter can be read")
    return MemoryReading(tuple(counters))


def _controller(name: str, own: Files, below: Mapping[str, Files], folder: str) -> list[MemoryCounters]:
    modules = [
        _module(place, files, "dimm_", folder)
        for place, files in sorted(below.items(), key=lambda item: _in_order(item[0]))
        if "/csrow" not in place
    ]
    rows: list[MemoryCounters] = []
    for place in sorted((place for place in below if "/csrow" in place), key=_in_order):
        rows += _row(place, below[place], folder)
    # The newer view wins where it counts at all; what the older one has beyond it is found by the sum.
    best = [each for each in modules if _counts(each)] or rows
    total = MemoryCounters(
        name,
        corrected=_worst(own, "ce", sum(each.corrected or 0 for each in rows)),
        uncorrected=_worst(own, "ue", sum(each.uncorrected or 0 for each in rows)),
        source=f"{folder}/{name}",
        line=" ".join(f"{file}={clean(own[file], 32)}" for file in sorted(own) if file.endswith("_count")),
        model=clean(own.get("mc_name"), 64),
        module=False,
    )
    rest = _beyond(total, best)
    return [*best, rest] if _counts(rest) else best


def _row(place: str, files: Files, folder: str) -> list[MemoryCounters]:
    """The channels of a row; the row itself with what it counts beyond them."""
    channels = sorted(
        {match.group() for name in files if (match := re.match(r"ch[0-9]{1,3}_", name))}, key=_in_order
    )
    parts = [_module(f"{place}/{channel[:-1]}", files, channel, folder, place) for channel in channels]
    parts = [part for part in parts if _counts(part)]
    line = " ".join(f"{file}={clean(files[file], 32)}" for file in sorted(files) if file.endswith("_count"))
    row = MemoryCounters(
        place,
        corrected=_count(files.get("ce_count")),
        uncorrected=_count(files.get("ue_count")),
        source=f"{folder}/{place}",
        line=line[:300],
        module=not parts,
    )
    rest = _beyond(row, parts)
    return [*parts, rest] if _counts(rest) else parts


def _module(place: str, files: Files, prefix: str, folder: str, within: str = "") -> MemoryCounters:
    counts = {kind: f"{prefix}{kind}_count" for kind in ("ce", "ue")}
    label = clean(files.get("dimm_label" if prefix == "dimm_" else f"{prefix}dimm_label"), 64)
    where = clean(files.get("dimm_location"), 64)
    said = [f"{name}={clean(files[name], 32)}" for name in counts.values() if name in files]
    return MemoryCounters(
        place,
        label or where,
        _count(files.get(counts["ce"])),
        _count(files.get(counts["ue"])),
        f"{folder}/{within or place}",
        " ".join([*said, *([f"label {label}"] if label else [])]),
        clean(files.get("dimm_mem_type"), 64),
    )


def _beyond(whole: MemoryCounters, parts: Iterable[MemoryCounters]) -> MemoryCounters:
    """What a sum counts that none of its parts does; None stays None."""
    counted = list(parts)

    def rest(name: str) -> int | None:
        told = getattr(whole, name)
        return None if told is None else max(0, told - sum(getattr(part, name) or 0 for part in counted))

    return MemoryCounters(
        whole.place,
        whole.label,
        rest("corrected"),
        rest("uncorrected"),
        whole.source,
        whole.line,
        whole.model,
        whole.module,
    )


def _worst(own: Files, kind: str, in_rows: int) -> int | None:
    """A controller's errors: its sum, those without a place or what its rows count, whichever is most."""
    told = [
        count
        for name in ("count", "noinfo_count")
        if (count := _count(own.get(f"{kind}_{name}"))) is not None
    ]
    return max([*told, in_rows]) if told or in_rows else None


def _counts(counters: MemoryCounters) -> bool:
    return counters.corrected is not None or counters.uncorrected is not None


def _count(text: str | None) -> int | None:
    return int(text) if text is not None and _COUNT.match(text.strip()) else None


def _in_order(name: str) -> list[tuple[int, str]]:
    """Sorts mc10 after mc9."""
    return [(int(piece), "") if piece.isdecimal() else (-1, piece) for piece in re.split(r"([0-9]+)", name)]
