"""Memory errors in the words of programs: edac-util(1), ras-mc-ctl(8), `mcelog --client` (mcelog(8)), and a
printed EDAC tree.

None of them is needed on an appliance, where the files themselves are read (`edac`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from logix_agent.probes import edac
from logix_agent.probes.memory_readings import MemoryCounters, MemoryReading
from logix_agent.probes.readings import CannotTell, clean

MAX_LINES: Final = 50_000
MAX_TEXT: Final = 4 * 1_048_576
MAX_PLACES: Final = 4_096
_UTIL: Final = re.compile(
    r"(?i)(mc[0-9]{1,3}):[ \t]*(?:((?:csrow|dimm|rank)[0-9]{1,4}):[ \t]*)?(?:([^:\s][^\t]{0,80}?):[ \t]*)?"
    r"([0-9]{1,15}) (un)?correct(?:ed|able) errors?\b"
)
_FULL: Final = re.compile(r"(mc[0-9]{1,3}):(csrow[0-9]{1,4}|noinfo):(.{1,80}):(CE|UE):([0-9]{1,15})\Z")
_SUMMARY: Final = re.compile(
    r"(?i)(corrected|uncorrected|fatal|deferred) on DIMM Label\(s\):\s?'([^']{0,120})'"
    r".{0,80}?errors: ([0-9]{1,15})\Z"
)
_COUNTED: Final = re.compile(r"(\S.{0,80}?)[ \t]{1,80}([0-9]{1,15})[ \t]{1,80}([0-9]{1,15})\Z")
_SOCKET: Final = re.compile(r"SOCKET[ :]([0-9]{1,4}) CHANNEL[ :](\w{1,8}) DIMM[ :](\w{1,8})")
_TOTAL: Final = re.compile(r"([0-9]{1,15}) total\Z")
_NOTHING: Final = re.compile(r"(?i)edac-util: no errors to report|no memory errors\b")


@dataclass
class _Tally:
    """Errors by place while a text is gone through."""

    corrected: dict[str, int] = field(default_factory=dict)
    uncorrected: dict[str, int] = field(default_factory=dict)
    labels: dict[str, str] = field(default_factory=dict)
    lines: dict[str, str] = field(default_factory=dict)

    def add(self, place: str, label: str, count: int, uncorrected: bool, line: str) -> None:
        """Count errors of a place; of what is told twice the sum."""
        if place not in self.labels and len(self.labels) >= MAX_PLACES:
            return
        self.labels[place] = label
        counts = self.uncorrected if uncorrected else self.corrected
        counts[place] = counts.get(place, 0) + count
        if count or place not in self.lines:
            self.lines[place] = clean(line, 300)

    def reading(self, source: str) -> MemoryReading:
        """All that was counted."""
        return MemoryReading(
            tuple(
                MemoryCounters(
                    place,
                    label,
                    self.corrected.get(place),
                    self.uncorrected.get(place),
                    source,
                    self.lines.get(place, ""),
                    module=bool(label),
                )
                for place, label in self.labels.items()
            )
        )


def parse(text: str) -> MemoryReading | CannotTell:
    """The counters of whichever of these outputs `text` is; never raises. Pure."""
    lines = [line[:400].strip() for line in text[:MAX_TEXT].splitlines()[:MAX_LINES]]
    for source, read in (("edac-util", _edac_util), ("ras-mc-ctl", _rasdaemon), ("mcelog", _mcelog)):
        tally = _Tally()
        read(lines, tally)
        if tally.labels:
            return tally.reading(source)
    files = edac.files_in(text[:MAX_TEXT])
    if files:
        return edac.parse(files)
    if any(_NOTHING.match(line) for line in lines):
        return MemoryReading(
            (MemoryCounters("all", corrected=0, uncorrected=0, source="edac-util", module=False),)
        )
    return CannotTell("no counter of memory errors in it")


def _edac_util(lines: Iterable[str], tally: _Tally) -> None:
    for line in lines:
        match, full = _UTIL.match(line), _FULL.match(line)
        if match:
            controller, row, label, count, uncorrected = match.groups()
        elif full:
            controller, row, label, kind, count = full.groups()
            row, label = (None if row == "noinfo" else row), ("" if label == "all" else label)
            uncorrected = kind == "UE"
        else:
            continue
        place = "/".join(clean(word, 80) for word in (controller, row, label) if word)
        tally.add(place, clean(label or "", 64), int(count), bool(uncorrected), line)


def _rasdaemon(lines: Iterable[str], tally: _Tally) -> None:
    table = False
    for line in lines:
        summary = _SUMMARY.search(line)
        if summary:
            kind, label, count = summary.groups()
            name = clean(label, 64) or "unknown"
            tally.add(name, name, int(count), kind.lower() in ("uncorrected", "fatal"), line)
        elif line.split() == ["Label", "CE", "UE"]:
            table = True
        elif table and (row := _COUNTED.match(line)):
            name = clean(row.group(1), 64)
            tally.add(name, name, int(row.group(2)), False, line)
            tally.add(name, name, int(row.group(3)), True, line)


def _mcelog(lines: Iterable[str], tally: _Tally) -> None:
    place, uncorrected = "", False
    for line in lines:
        socket, total = _SOCKET.match(line), _TOTAL.match(line)
        if socket:
            place = "socket{}/channel{}/dimm{}".format(*socket.groups())
        elif line.endswith("corrected memory errors:"):
            uncorrected = line.startswith("uncorrected")
        elif total and place:
            label = "" if place.endswith("any") else place
            tally.add(place, label, int(total.group(1)), uncorrected, f"{place}: {line}")
