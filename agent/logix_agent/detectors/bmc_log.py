"""The management controller's event log: what was asserted, and what of it is over. Pure.

Asserted and not deasserted: as bad as it says. Deasserted again: from time to time. What the log held when
the agent saw it first is old history and only watched; what comes after is new. A log that was cleared
starts anew: it no longer holds the record by which the agent knows its place.

An event has no end of its own (an error of memory, a reset by the watchdog): new ones stand for `QUIET`
after the last of them, states that were never deasserted as long as the log holds them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from logix_common.findings import Component, Evidence, Severity

from logix_agent.detectors.bmc_meanings import Meaning, is_urgent, meaning
from logix_agent.detectors.bmc_thresholds import crossed, kind_of
from logix_agent.detectors.judgement import Doubt, Judgement, PartVerdicts
from logix_agent.probes.readings import CannotTell
from logix_agent.probes.sensor_readings import BmcEvent, BmcLogReading

LOG: Final = "system:bmc-log"
SOURCE: Final = "ipmi-sel"
QUIET: Final = 7 * 86_400.0
#: Corrected errors of memory in one log at which the module needs replacement.
MANY_CORRECTED: Final = 100
_SINCE: Final = "since"
_SHOWN: Final = 8
_MAX_NOTED: Final = 200
_MOMENTS: Final = re.compile(
    r"memory\.|cpu\.|system\.(?:bus|watchdog|os|firmware|hardware)|temperature\.throttled"
)
_THRESHOLD: Final = re.compile(
    r"\b(lower|upper) (non-?critical|critical|non-?recoverable)\b(?:.{0,4}going (low|high))?"
)
_LEVELS: Final = {"noncritical": "nc", "critical": "cr", "nonrecoverable": "nr"}
_READING: Final = re.compile(r"reading\s*=?\s*([+-]?[0-9]{1,9}(?:\.[0-9]{1,6})?)")
_UNIT: Final = re.compile(r"threshold\s*=?\s*[+-]?[0-9.]{1,16}\s+([a-z ]{1,24})")
_DIMM: Final = re.compile(r"\b(?:CPU [0-9]{1,3} )?DIMM[ _#]{0,2}[A-Z]{0,2}[0-9]{1,3}\b", re.IGNORECASE)
_KINDS: Final = {"cooling device": "fan", "current": "load", "power supply": "load", "power unit": ""}


@dataclass
class _Fault:
    """A fault of one part as the log tells it, oldest first. `begun`: event -> whether it stands."""

    found: Meaning
    events: list[BmcEvent] = field(default_factory=list)
    standing: dict[str, Severity] = field(default_factory=dict)
    new: int = 0


def judge(reading: BmcLogReading | CannotTell, notes: Mapping[str, str], now: float) -> Judgement:
    """Verdicts on every part that the log names. `notes`: see `remembered`; `now`: of a steady clock."""
    if isinstance(reading, CannotTell):
        return Judgement(doubts=(Doubt(Component.SYSTEM, LOG, reading.reason, reading.absent),))
    faults = _faults(reading.events, notes.get(_SINCE))
    judgement = Judgement(healthy=frozenset({(LOG, "system.hardware-failure")}))
    over = {(key.partition("|")[0], key.partition("|")[2]) for key in notes if "|" in key}
    for (part, code), fault in faults.items():
        if _is_quiet(fault, notes.get(f"{part}|{code}"), now):
            over.add((part, code))
            continue
        over.discard((part, code))
        judgement = judgement.joined(_sighted(part, code, fault))
    if reading.full:
        full = Doubt(Component.SYSTEM, LOG, "the log is full: newer events are not recorded; clear it")
        judgement = judgement.joined(Judgement(doubts=(full,)))
    return judgement.joined(Judgement(healthy=frozenset(over)))


def remembered(
    reading: BmcLogReading | CannotTell, notes: Mapping[str, str], now: float
) -> Mapping[str, str]:
    """What to note: where the log ended at first sight, and of every fault how much is new, since when."""
    if isinstance(reading, CannotTell):
        return notes
    last = reading.events[-1].mark if reading.events else "empty"
    since = notes.get(_SINCE, last)
    after = {key: value for key, value in notes.items() if key != _SINCE}
    for (part, code), fault in _faults(reading.events, since).items():
        key, known = f"{part}|{code}", notes.get(f"{part}|{code}", "")
        if known.partition("@")[0] != str(fault.new):
            after[key] = f"{fault.new}@{int(now)}"
    return {**dict(list(after.items())[-_MAX_NOTED:]), _SINCE: since}


def _sighted(part: str, code: str, fault: _Fault) -> Judgement:
    # The log lists events, not parts: one that it no longer names is not gone.
    severity = min(fault.standing.values(), default=Severity.FROM_TIME_TO_TIME)
    if code == "memory.corrected" and len(fault.events) >= MANY_CORRECTED:
        severity = Severity.NEEDS_REPLACEMENT
    verdicts = PartVerdicts(part, slot=fault.events[-1].sensor)
    verdicts.fault(
        fault.found.component,
        code,
        severity,
        [_proof(event) for event in fault.events[-_SHOWN:]],
        early=fault.new == 0,
        count=len(fault.events),
        urgent=fault.new > 0 and is_urgent(code, severity),
    )
    return Judgement(tuple(verdicts.sightings))


def _proof(event: BmcEvent) -> Evidence:
    return Evidence(SOURCE, f"record {event.record} {event.stamp}".strip(), event.event, "", event.line)


def _faults(events: Iterable[BmcEvent], since: str | None) -> dict[tuple[str, str], _Fault]:
    """The faults that the log names, by part and code; `since`: the last old record, None = all are."""
    listed = _since_cleared(list(events))
    marks = [event.mark for event in listed]
    first_new = marks.index(since) + 1 if since in marks else 0
    if since is None:
        first_new = len(listed)
    faults: dict[tuple[str, str], _Fault] = {}
    for place, event in enumerate(listed):
        found = _meaning(event)
        if found is not None:
            _take(faults, event, found, new=place >= first_new)
    return faults


def _take(faults: dict[tuple[str, str], _Fault], event: BmcEvent, found: Meaning, *, new: bool) -> None:
    part = _part(event, found)
    key, state = (part, found.code), _core(event.event)
    begins = event.asserted and not found.sound
    if found.code == "psu.missing":  # "presence detected": the other way round
        begins = not event.asserted
        if not begins:
            faults.pop(key, None)  # somebody has put it back, or changed it
            return
    if begins:
        fault = faults.setdefault(key, _Fault(found))
        fault.events.append(event)
        fault.standing[state] = found.severity
        fault.new += new
        return
    for (where, _), fault in faults.items():
        if where != part:
            continue
        if not found.sound:
            fault.standing.pop(state, None)
        elif event.asserted and fault.found.component == found.component:
            fault.standing.clear()


def _is_quiet(fault: _Fault, noted: str | None, now: float) -> bool:
    """Whether a fault that was new once is over for want of another."""
    if not noted or not fault.new:
        return False
    count, _, moment = noted.partition("@")
    if count != str(fault.new) or (fault.standing and not _MOMENTS.match(fault.found.code)):
        return False
    last = float(moment) if moment.isdigit() and len(moment) < 16 else 0.0
    return now - (last if last <= now else 0.0) >= QUIET


def _since_cleared(events: list[BmcEvent]) -> list[BmcEvent]:
    for place in range(len(events) - 1, -1, -1):
        if "log area reset" in events[place].event.lower():
            return events[place + 1 :]
    return events


def _meaning(event: BmcEvent) -> Meaning | None:
    kind, state = event.type.lower(), event.event.lower()
    match = _THRESHOLD.search(state)
    if match:
        return _threshold(event, match)
    if kind == "power supply" and state.startswith("presence"):
        return Meaning(Component.PSU, "psu.missing", Severity.NEEDS_REPLACEMENT)
    if kind == "voltage" and "state asserted" in state:
        return Meaning(Component.VOLTAGE, "voltage.out-of-limits", Severity.NEEDS_REPLACEMENT)
    return meaning(event.type, event.sensor, _core(event.event))


def _threshold(event: BmcEvent, match: re.Match[str]) -> Meaning | None:
    side, level, direction = match.groups()
    if direction is not None and (direction == "low") != (side == "lower"):
        return None  # a value on its way back
    state = event.event.lower()
    reading, unit = _READING.search(state), _UNIT.search(state)
    kind = event.type.lower()
    measured = kind_of(event.type, unit.group(1).strip() if unit else "", event.sensor) or _KINDS.get(
        kind, ""
    )
    return crossed(
        measured,
        event.sensor,
        _LEVELS[level.replace("-", "")],
        upper=side == "upper",
        value=float(reading.group(1)) if reading else None,
    )


def _core(event: str) -> str:
    """The event without the reading that came with it."""
    return re.split(r" [|;] ", event, maxsplit=1)[0].strip().lower()


def _part(event: BmcEvent, found: Meaning) -> str:
    kind = "dimm" if found.component == Component.MEMORY else str(found.component)
    name = event.sensor or event.type or "unknown"
    module = _DIMM.search(event.event) if kind == "dimm" else None
    return f"{kind}:bmc-log/{name}" + (f" {module.group()}" if module else "")
