"""What the states and events of a management controller mean for a part. Pure.

One table for sensors and log, in the words of ipmitool and of FreeIPMI, which differ for the same bit
(IPMI 2.0, tables 42-1 to 42-3). Unlisted, OEM and unknown ones mean nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from logix_common.findings import Component, Severity

STOPPED, REPLACE, EARLY = Severity.STOPPED, Severity.NEEDS_REPLACEMENT, Severity.FROM_TIME_TO_TIME


@dataclass(frozen=True, slots=True)
class Meaning:
    """A fault of a component. `sound`: the state says that what `code` names is not, or no longer, there."""

    component: str
    code: str
    severity: Severity
    sound: bool = False


#: What takes the redundancy of a system that runs on: its replacement cannot wait (PRI-4).
REDUNDANCY: Final = frozenset({"psu.failed", "psu.input-lost", "psu.redundancy-lost", "fan.redundancy-lost"})


def is_urgent(code: str, severity: Severity) -> bool:
    """Whether redundancy is lost, and nothing worse."""
    return code in REDUNDANCY and severity is Severity.NEEDS_REPLACEMENT


@dataclass(frozen=True, slots=True)
class _Row:
    kinds: re.Pattern[str]  # of the sensor's type, or of its name where the type is not told
    states: re.Pattern[str]
    component: Component
    code: str
    severity: Severity


def _row(kinds: str, states: str, component: Component, code: str, severity: Severity) -> _Row:
    return _Row(re.compile(kinds), re.compile(states), component, code, severity)


_PSU, _FAN, _CPU, _MEMORY = Component.PSU, Component.FAN, Component.CPU, Component.MEMORY
_DISK, _RAID, _SYSTEM, _HEAT = Component.DISK, Component.RAID, Component.SYSTEM, Component.TEMPERATURE
_VOLT: Final = Component.VOLTAGE
#: The first row that fits holds. Sensors' types and states are compared in small letters.
_ROWS: Final = (
    _row("power supply", r"failure detected", _PSU, "psu.failed", REPLACE),
    _row("power supply", r"predictive failure(?! deasserted)", _PSU, "psu.predicted-failure", REPLACE),
    _row("power supply", r"out-of-range, but present", _PSU, "psu.input-out-of-range", EARLY),
    _row("power supply", r"(?:ac|input) lost", _PSU, "psu.input-lost", REPLACE),
    _row("power supply", r"config(?:uration)? error", _PSU, "psu.configuration", EARLY),
    _row("power unit", r"failure detected|240va", _PSU, "psu.failed", REPLACE),
    _row("power unit", r"predictive failure(?! deasserted)", _PSU, "psu.predicted-failure", REPLACE),
    _row("power unit|chip ?set", r"soft.power control failure", _SYSTEM, "system.power-control", REPLACE),
    _row("power unit", r"ac lost", _PSU, "psu.input-lost", EARLY),  # the whole machine was without mains
    _row("processor|chip ?set", r"thermal trip", _CPU, "cpu.thermal-trip", STOPPED),
    _row("processor", r"\bierr\b", _CPU, "cpu.internal-error", STOPPED),
    _row("processor", r"frb[123]|bist failure|hang in post|startup", _CPU, "cpu.failed", STOPPED),
    _row("processor", r"uncorrectable|machine check exception", _CPU, "cpu.machine-check", STOPPED),
    _row("processor", r"correctable machine check", _CPU, "cpu.corrected-errors", EARLY),
    _row("processor", r"throttled", _HEAT, "temperature.throttled", EARLY),
    _row("processor", r"config(?:uration)? error", _CPU, "cpu.configuration", REPLACE),
    _row("memory", r"logging limit", _MEMORY, "memory.logging-limit", REPLACE),
    _row("memory", r"uncorrectable|parity", _MEMORY, "memory.uncorrected", STOPPED),
    _row("memory", r"correctable", _MEMORY, "memory.corrected", EARLY),
    _row("memory", r"scrub failed|device disabled", _MEMORY, "memory.module-failed", REPLACE),
    _row("memory", r"overtemperature", _HEAT, "temperature.high", STOPPED),
    _row("memory", r"throttled", _HEAT, "temperature.throttled", EARLY),
    _row("memory", r"config(?:uration)? error", _MEMORY, "memory.configuration", EARLY),
    _row(
        "event logging",
        r"correctable memory error logging disabled",
        _MEMORY,
        "memory.logging-limit",
        REPLACE,
    ),
    _row("drive", r"drive fault", _DISK, "disk.bay-fault", REPLACE),
    _row("drive", r"predictive failure(?! deasserted)", _DISK, "disk.bay-predicted-failure", REPLACE),
    _row("drive", r"in critical array", _RAID, "raid.degraded", REPLACE),
    _row("drive", r"in failed array", _RAID, "raid.broken", STOPPED),
    _row("drive", r"rebuild(?:/remap)? aborted", _RAID, "raid.rebuild-aborted", REPLACE),
    _row("critical int", r"pci serr|bus uncorrectable|fatal", _SYSTEM, "system.bus-error", STOPPED),
    _row(
        "critical int", r"pci perr|bus timeout|channel check|failsafe", _SYSTEM, "system.bus-error", REPLACE
    ),
    _row("critical int", r"bus correctable|bus degraded", _SYSTEM, "system.bus-corrected", EARLY),
    _row(
        "watchdog",
        r"hard reset|power down|power cycle|os reset|os shut down|os power",
        _SYSTEM,
        "system.watchdog-reset",
        EARLY,
    ),
    _row(
        "system event", r"undetermined system hardware failure", _SYSTEM, "system.hardware-failure", REPLACE
    ),
    _row("system firmware", r"no (?:usable )?system memory", _MEMORY, "memory.module-failed", STOPPED),
    _row(
        "system firmware",
        r"board failure|hard.disk|corruption|cpu (?:voltage|speed)",
        _SYSTEM,
        "system.firmware-error",
        REPLACE,
    ),
    _row("os (?:critical )?stop", r"run-?time critical stop", _SYSTEM, "system.os-stopped", EARLY),
    _row("slot", r"fault status", _SYSTEM, "system.slot-fault", REPLACE),
    _row(
        r"battery.*\b(?:romb|raid|perc|bbu|cache|supercap)", r"failed", _RAID, "raid.cache-battery", REPLACE
    ),
    _row(r"battery.*\b(?:romb|raid|perc|bbu|cache|supercap)", r"\blow\b", _RAID, "raid.cache-battery", EARLY),
    _row("battery", r"failed", _SYSTEM, "system.clock-battery", REPLACE),
    _row("battery", r"\blow\b", _SYSTEM, "system.clock-battery", EARLY),
    _row("temperature", r"limit exceeded", _HEAT, "temperature.high", EARLY),
    _row("voltage", r"limit exceeded", _VOLT, "voltage.out-of-limits", REPLACE),
    _row("fan|cooling", r"performance lags", _FAN, "fan.slow", EARLY),
    _row("fan|cooling", r"predictive failure asserted", _FAN, "fan.slow", EARLY),
    _row("fan|cooling", r"\b(?:failed|failure detected|fault|stopped)\b", _FAN, "fan.stopped", REPLACE),
)
#: Digital sensors whose name alone says what "State Asserted" and "Limit Exceeded" mean.
_NAMED: Final = (
    _row(r"\b(?:caterr|ierr|mcerr|msmi)\b", r"asserted|exceeded", _CPU, "cpu.internal-error", STOPPED),
    _row(r"therm(?:al)? ?trip|thrm ?trip", r"asserted|exceeded", _CPU, "cpu.thermal-trip", STOPPED),
    _row(r"prochot", r"asserted|exceeded", _HEAT, "temperature.throttled", EARLY),
    _row(r"vrd? ?hot|mem ?hot", r"asserted|exceeded", _HEAT, "temperature.high", EARLY),
)
_OVER: Final = re.compile(r"\bdeasserted\b|not exceeded|performance met")
#: Redundancy of fans and supplies; the worst wording first, since they contain one another.
_REDUNDANCY: Final = (
    (re.compile(r"(?<!entered from )non-redundant: ?insufficient"), STOPPED, False),
    (re.compile(r"redundancy (?:lost|degraded)|non-redundant"), REPLACE, False),
    (re.compile(r"fully redundant|redundancy regained|full redundancy"), REPLACE, True),
)
_GENERIC: Final = (
    (re.compile(r"transition to ok|transition to running\b|transition to on line"), "ok"),
    (re.compile(r"to non.?critical"), "nc"),
    (re.compile(r"to (?:critical|non.?recoverable)"), "cr"),
)
_KINDS: Final = (
    (re.compile(r"temperature"), _HEAT, "temperature.high", STOPPED),
    (re.compile(r"fan|cooling"), _FAN, "fan.stopped", REPLACE),
    (re.compile(r"voltage"), _VOLT, "voltage.out-of-limits", REPLACE),
    (re.compile(r"power (?:supply|unit)"), _PSU, "psu.failed", REPLACE),
    (re.compile(r"processor"), _CPU, "cpu.failed", STOPPED),
    (re.compile(r"memory"), _MEMORY, "memory.module-failed", REPLACE),
    (re.compile(r"drive"), _DISK, "disk.bay-fault", REPLACE),
)


@lru_cache(maxsize=1024)
def meaning(kind: str, name: str, state: str) -> Meaning | None:
    """What a discrete state says of a sensor of type `kind`; None: nothing, or nothing that is known."""
    kind, name, state = kind.lower()[:64], name.lower()[:80], state.lower()[:200]
    for row in _NAMED:
        if row.kinds.search(name) and row.states.search(state):
            return _of(row, sound=bool(_OVER.search(state)))
    redundancy = _redundancy(kind, name, state)
    if redundancy is not None:
        return redundancy
    about = f"{kind} {name}" if kind.startswith("battery") else kind
    for row in _ROWS:
        if row.kinds.match(about) and row.states.search(state) and not _OVER.search(state):
            return _of(row)
    return next(_generic(kind, state), None)


@lru_cache(maxsize=1024)
def codes_of(kind: str, name: str) -> frozenset[str]:
    """Every fault that the discrete states of such a sensor can name."""
    kind, name = kind.lower()[:64], name.lower()[:80]
    about = f"{kind} {name}" if kind.startswith("battery") else kind
    named = {row.code for row in _NAMED if row.kinds.search(name)}
    listed = {row.code for row in _ROWS if kind and row.kinds.match(about)}
    return frozenset(named | listed | {code for pattern, _, code, _ in _KINDS if pattern.match(kind)})


def _of(row: _Row, *, sound: bool = False) -> Meaning:
    return Meaning(row.component, row.code, row.severity, sound)


def _redundancy(kind: str, name: str, state: str) -> Meaning | None:
    if "redundan" not in state:
        return None
    if re.search(r"fan|cooling", kind) or "fan" in name:
        component, code = _FAN, "fan.redundancy-lost"
    elif re.search(r"power", kind) or re.search(r"\b(?:ps|psu|power|pwr)", name):
        component, code = _PSU, "psu.redundancy-lost"
    else:
        return None
    for pattern, severity, sound in _REDUNDANCY:
        if pattern.search(state):
            return Meaning(component, code, severity, sound)
    return None


def _generic(kind: str, state: str) -> Iterator[Meaning]:
    """ "transition to Critical from less severe" and its like (IPMI 2.0, table 42-2, type 07h)."""
    level = next((told for pattern, told in _GENERIC if pattern.search(state)), None)
    for pattern, component, code, severity in _KINDS if level else ():
        if pattern.match(kind):
            yield Meaning(component, code, EARLY if level == "nc" else severity, level == "ok")
