"""What the kernel's own messages tell of faults (tables of wordings: `kernel/`). Pure.

A log knows events, not states. A fault stands while its newest message is younger than its rule's `lasts`
(an hour where another source tells the state, a day for what a program may cause, a week for parts), or until
the next boot where a restart ends it (a panic's oops, a disk that the kernel has given up); then it is sound,
and hysteresis clears it. Messages are counted within that time and raised once. Early signs that the log held
at first sight are watched, and raised when their count grows; one that appears in it later is raised.

A record is counted once: by its sequence number in this boot, or by its time where the journal tells none.
What was counted is kept as notes over restarts. Lines that match no rule say nothing, however alarming
their words.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from logix_common.findings import CODES, Component, Evidence, Severity

from logix_agent.detectors.judgement import Doubt, Judgement
from logix_agent.detectors.kernel import memory
from logix_agent.detectors.kernel.rules import DAY, HOUR, KERNEL, THIS_BOOT
from logix_agent.detectors.kernel.tallies import Key, Tally, decoded, encoded, minimum, together, worst_first
from logix_agent.detectors.kernel.walk import RULES, Walk
from logix_agent.detectors.memory import disk_of
from logix_agent.facts import Sighting
from logix_agent.probes.log_readings import KernelLog, LogRecord
from logix_agent.probes.readings import CannotTell

NAME: Final = "kernel-log"
SOURCE: Final = "kernel log"
#: Faults that concern no part: judged sound wherever a log could be read.
SYSTEM_CODES: Final = tuple(sorted({rule.code for rule in RULES if rule.subject == KERNEL}))
#: Corrected memory errors of one module that are no longer isolated (captures README, severity 2).
MANY_CORRECTED: Final = 100
#: Notes kept of one machine; `detectors.memory` keeps 256.
MAX_NOTES: Final = 200
_POSITION: Final = "position"
#: Noted once a log was read: what appears in it later is no old history.
_LOOKED: Final = "looked"
#: How long this boot has run, to the hour: every further one is a write, and is only known by it later.
_RAN: Final = "ran"


@dataclass(frozen=True, slots=True)
class Names:
    """What is known of this machine's parts. `serials`: disk -> serial; `mounts`: device -> mount point."""

    serials: Mapping[str, str] = field(default_factory=dict)
    mounts: Mapping[str, str] = field(default_factory=dict)


def judge(
    reading: KernelLog | CannotTell, names: Names | None = None, notes: Mapping[str, str] | None = None
) -> Judgement:
    """Verdicts on all that the log has told, now and, by `notes`, before."""
    if isinstance(reading, CannotTell):
        return Judgement(doubts=(Doubt(Component.SYSTEM, "", reading.reason, reading.absent),))
    names = _with_mapped(names or Names(), reading)
    sightings: list[Sighting] = []
    healthy: set[tuple[str, str]] = {(KERNEL, code) for code in SYSTEM_CODES}
    for key, (boot, tally) in standing(reading, notes or {}, names).items():
        sighting = _sighting(key, tally, names, live=bool(reading.boot) and _LOOKED in (notes or {}))
        if tally.count < minimum(tally.code):
            continue
        if _stands(tally, boot, reading) and not _exchanged(key[0], names):
            sightings.append(sighting)
        else:
            healthy.add((sighting.part, sighting.code))
    seen = {(sighting.part, sighting.code) for sighting in sightings}
    return Judgement(tuple(sightings), frozenset(healthy - seen))


def noted(
    reading: KernelLog | CannotTell, notes: Mapping[str, str], names: Names | None = None
) -> Mapping[str, str]:
    """What to keep after `reading`: the position, and what was counted and is not over for a day and more."""
    if isinstance(reading, CannotTell) or not reading.boot:
        return notes
    found, last = _read(reading, notes, names or Names())
    kept = {
        json.dumps(key): encoded(tally, boot)
        for key, (boot, tally) in worst_first_of(found)
        if _age(tally, boot, reading) < tally.lasts + DAY
        or (boot == reading.boot and tally.lasts == THIS_BOOT)
    }
    ran = {_RAN: json.dumps([reading.boot, reading.uptime // HOUR * HOUR])} if kept else {}
    kept = {**dict(list(kept.items())[:MAX_NOTES]), **ran, _LOOKED: "yes"}
    position = _newest(reading, notes, last)
    return {**kept, _POSITION: json.dumps(position)} if position else kept


def standing(reading: KernelLog, notes: Mapping[str, str], names: Names) -> dict[Key, tuple[str, Tally]]:
    """All that is counted, by (subject, code): of which boot its newest message is, and the tally.

    A disk is counted by its name and serial: the next one of that name starts afresh.
    """
    return _read(reading, notes, names)[0]


def _read(
    reading: KernelLog, notes: Mapping[str, str], names: Names
) -> tuple[dict[Key, tuple[str, Tally]], LogRecord | None]:
    """What is counted, and the newest record of this reading that counted."""
    found: dict[Key, tuple[str, Tally]] = {}
    for name, note in notes.items():
        key = _key(name)
        told = decoded(key[1], note) if key else None
        if key and told:
            found[key] = _carried_over(*told, reading, notes)
    tallies = Walk(reading.places, reading.removable).through(_unread(reading, notes))
    for (subject, code), tally in tallies.found.items():
        key = (_with_serial(subject, names), code)
        before = found.get(key)
        if before is None:
            found[key] = (reading.boot, tally)
            continue
        old = before[1] if before[0] == reading.boot else replace(before[1], at=None)
        found[key] = (reading.boot, together(old, tally))
    return found, tallies.newest


def _carried_over(boot: str, tally: Tally, reading: KernelLog, notes: Mapping[str, str]) -> tuple[str, Tally]:
    """A tally by this boot's clock, on which an earlier boot's messages came before 0.

    Otherwise no message would ever grow old on a machine that is restarted every night.
    """
    if boot == reading.boot or not reading.boot or tally.lasts == THIS_BOOT:
        return boot, tally
    last, ran = _ran(notes)
    before = ran - tally.at if last == boot and tally.at is not None else 0.0
    return reading.boot, replace(tally, at=-max(0.0, before))


def _ran(notes: Mapping[str, str]) -> tuple[str, float]:
    try:
        boot, seconds = json.loads(notes.get(_RAN, "null"))
        return str(boot), float(seconds)
    except (ValueError, TypeError):
        return "", 0.0


def worst_first_of(found: Mapping[Key, tuple[str, Tally]]) -> list[tuple[Key, tuple[str, Tally]]]:
    """The same, worst first: what must be left out for want of room is the least."""
    order = [key for key, _ in worst_first((key, tally) for key, (_, tally) in found.items())]
    return [(key, found[key]) for key in order]


def _with_serial(subject: str, names: Names) -> str:
    serial = names.serials.get(disk_of(subject[5:]), "") if subject.startswith("disk:") else ""
    return f"{subject}={serial}" if serial else subject


def _with_mapped(names: Names, reading: KernelLog) -> Names:
    """The names with those by which the log calls mapped devices that are mounted."""
    mounts = {
        number: names.mounts[f"/dev/mapper/{called}"]
        for number, called in reading.mapped.items()
        if f"/dev/mapper/{called}" in names.mounts
    }
    return replace(names, mounts={**names.mounts, **mounts}) if mounts else names


def _exchanged(subject: str, names: Names) -> bool:
    """Whether another disk is in the place of the one that a log spoke of."""
    name, _, serial = subject.removeprefix("disk:").partition("=")
    today = names.serials.get(disk_of(name), serial) if subject.startswith("disk:") else serial
    return bool(serial) and today != serial and serial not in names.serials.values()


def _stands(tally: Tally, boot: str, reading: KernelLog) -> bool:
    if not reading.boot:  # a capture: all that it tells is so
        return True
    if tally.lasts == THIS_BOOT:
        return boot == reading.boot
    return _age(tally, boot, reading) < tally.lasts


def _age(tally: Tally, boot: str, reading: KernelLog) -> float:
    """Seconds since the newest message; of an earlier boot, since this one began."""
    if boot != reading.boot or tally.at is None:
        return reading.uptime
    return max(0.0, reading.uptime - tally.at)


def _unread(reading: KernelLog, notes: Mapping[str, str]) -> tuple[LogRecord, ...]:
    position = _position(notes)
    if not position or position[0] != reading.boot:
        return reading.records
    _, sequence, at = position

    def new(record: LogRecord) -> bool:
        if record.sequence is not None and sequence >= 0:  # else the journal was read before
            return record.sequence > sequence
        return record.at is None or record.at > at

    return tuple(record for record in reading.records if new(record))


def _newest(
    reading: KernelLog, notes: Mapping[str, str], last: LogRecord | None
) -> tuple[str, int, float] | None:
    """The position of the newest record that counted; what came after it may be read again at a restart."""
    position = _position(notes)
    before = position if position and position[0] == reading.boot else (reading.boot, -1, -1.0)
    if last is None:
        return before if before[1] >= 0 or before[2] >= 0 else None
    sequence = last.sequence if last.sequence is not None else before[1]
    return reading.boot, max(before[1], sequence), max(before[2], last.at if last.at is not None else -1.0)


def _position(notes: Mapping[str, str]) -> tuple[str, int, float] | None:
    try:
        boot, sequence, at = json.loads(notes.get(_POSITION, "null"))
        return str(boot), int(sequence), float(at)
    except (ValueError, TypeError):
        return None


def _key(name: str) -> Key | None:
    try:
        subject, code = json.loads(name)
    except (ValueError, TypeError):
        return None
    return (subject, code) if isinstance(subject, str) and isinstance(code, str) else None


def _sighting(key: Key, tally: Tally, names: Names, *, live: bool) -> Sighting:
    subject, code = key
    kind, _, name = subject.partition(":")
    name, _, serial = name.partition("=") if kind == "disk" else (name, "", "")
    part, slot = _part(kind, name, serial, names)
    level, early = tally.level, tally.early
    if code == memory.CORRECTED and tally.count >= MANY_CORRECTED:
        level, early = Severity.NEEDS_REPLACEMENT, False
    messages = f"{tally.count} counted" if tally.count != 1 else "1 message"
    evidence = [Evidence(SOURCE, name or kind, messages, "0", tally.first)]
    if tally.last != tally.first:
        evidence.append(Evidence(SOURCE, "newest", messages, "0", tally.last))
    return Sighting(
        component=CODES[code].component,
        part=part,
        code=code,
        severity=level,
        evidence=tuple(evidence),
        related_parts=tuple(_related(member, names) for member in tally.related),
        slot=slot,
        serial=serial,
        early=early,
        count=float(tally.count) if early else None,
        live=live,
        urgent=code == "raid.degraded",
    )


def _part(kind: str, name: str, serial: str, names: Names) -> tuple[str, str]:
    """The stable key of a part, and where it is: the same keys that the other detectors give."""
    if kind == "disk":
        place = name.lstrip("@?")
        return (f"disk:{serial}" if serial else f"disk:@{place}"), place
    if kind == "filesystem":
        point = names.mounts.get(name) or names.mounts.get(f"/dev/{name}")
        return f"filesystem:{point or '@' + name}", name
    return f"{kind}:{name}", name if kind in ("nic", "dimm", "cpu") else ""


def _related(member: str, names: Names) -> str:
    disk = disk_of(member)
    return f"disk:{names.serials[disk]}" if disk in names.serials else f"disk:@{disk}"
