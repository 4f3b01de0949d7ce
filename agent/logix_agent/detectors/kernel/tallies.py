"""Events of a log counted by part and fault; how they are kept from pass to pass. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from logix_common.findings import CODES, Severity

from logix_agent.detectors.kernel import system
from logix_agent.detectors.kernel.rules import HOUR, WEEK
from logix_agent.probes.log_readings import LogRecord
from logix_agent.probes.readings import clean

#: Parts and faults of one log that are told apart; a log with more is an attack or a wreck.
MAX_TALLIES: Final = 200
MAX_LINE: Final = 300
Key = tuple[str, str]  # (subject, code)


@dataclass(frozen=True, slots=True)
class Tally:
    """What a log tells of one fault of one part. `at`: seconds of the log's clock of the newest message."""

    code: str
    level: Severity
    count: int
    early: bool
    lasts: float
    first: str
    last: str
    at: float | None = None
    related: tuple[str, ...] = ()
    total: bool = False  # the kernel itself counts, and this is its newest count


class Tallies:
    """Events by part and fault, in the order in which they were first seen."""

    def __init__(self) -> None:
        self.found: dict[Key, Tally] = {}
        self.newest: LogRecord | None = None  # the last that was an event

    def add(
        self,
        subject: str,
        code: str,
        level: Severity,
        record: LogRecord,
        *,
        early: bool = False,
        lasts: float = WEEK,
        count: int = 1,
        related: str = "",
        total: bool = False,
    ) -> None:
        """One more message; `count`: what it counts, or with `total` all that there was so far."""
        line = clean(record.text, MAX_LINE)
        new = Tally(
            code, level, count, early, lasts, line, line, record.at, (related,) if related else (), total
        )
        key = (subject, code)
        known = self.found.get(key)
        if known is None and len(self.found) >= MAX_TALLIES and not self._made_room(new):
            return
        self.found[key] = new if known is None else together(known, new)
        self.newest = record

    def _made_room(self, new: Tally) -> bool:
        """Forget the least grave where `new` is graver: many small faults must not hide a great one."""
        if new.level == Severity.FROM_TIME_TO_TIME and new.early:
            return False  # most are: nothing is less
        least = max(self.found, key=lambda key: (self.found[key].level, self.found[key].early))
        if (new.level, new.early) >= (self.found[least].level, self.found[least].early):
            return False
        del self.found[least]
        return True

    def drop(self, subject: str, code: str) -> None:
        """The log says later that it is over."""
        self.found.pop((subject, code), None)

    def renamed(self, names: Mapping[str, str]) -> None:
        """Put what was counted under the old names of parts under their new ones."""
        found: dict[Key, Tally] = {}
        for (subject, code), tally in self.found.items():
            key = (names.get(subject, subject), code)
            found[key] = together(found[key], tally) if key in found else tally
        self.found = found


def together(known: Tally, new: Tally) -> Tally:
    """Both as one: the worst level, all that was counted, the first line and the last."""
    count = max(known.count, new.count) if new.total else known.count + new.count
    apart = known.at is not None and new.at is not None and not 0 <= new.at - known.at <= HOUR
    if known.code == system.FLAPPING and apart and known.count < minimum(known.code):
        count = new.count  # links that drop hours apart do not flap
    return replace(
        known,
        level=min(known.level, new.level),
        count=count,
        early=known.early and new.early,
        last=new.last,
        at=new.at if new.at is not None else known.at,
        related=tuple(dict.fromkeys((*known.related, *new.related)))[:8],
    )


def minimum(code: str) -> int:
    """How many messages make a fault; fewer are everyday life."""
    return {system.FLAPPING: 3, system.PCIE_CORRECTED: 3}.get(code, 1)


def encoded(tally: Tally, boot: str) -> str:
    """A tally as a note. `boot`: of which boot its time is."""
    return json.dumps(
        [
            boot,
            int(tally.level),
            tally.count,
            tally.early,
            tally.lasts,
            tally.first,
            tally.last,
            tally.at,
            tally.related,
            tally.total,
        ],
        separators=(",", ":"),
    )


def decoded(code: str, note: str) -> tuple[str, Tally] | None:
    """(boot, tally) of a note; None for what is none, or of a code that is no longer known."""
    try:
        boot, level, count, early, lasts, first, last, at, related, total = json.loads(note)
        if code not in CODES or not isinstance(boot, str):
            return None
        texts = tuple(str(each) for each in related)
        tally = Tally(
            code, Severity(level), int(count), bool(early), float(lasts), str(first), str(last), None, texts
        )
        return boot, replace(tally, at=None if at is None else float(at), total=bool(total))
    except (ValueError, TypeError, RecursionError, OverflowError):
        return None


def worst_first(found: Iterable[tuple[Key, Tally]]) -> list[tuple[Key, Tally]]:
    """In the order in which they should be read."""
    return sorted(found, key=lambda item: (item[1].level, item[0]))
