"""What `sensors` of lm-sensors prints (as text, with -u, with -j), and the shape of psutil, as channels.

The agent itself reads the kernel's files (`hwmon`); these are the forms in which people send them.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from typing import Any, Final

from logix_agent.probes.readings import CannotTell, clean
from logix_agent.probes.sensor_readings import Channel, HwmonReading

MAX_CHANNELS: Final = 1024
MAX_LINES: Final = 20_000
MAX_LINE: Final = 400
_CHIP: Final = re.compile(r"[A-Za-z0-9_.]{1,48}-[a-z0-9]{2,12}-[0-9A-Za-z-]{1,24}\Z")
_RAW: Final = re.compile(r"(temp|fan|in|curr|power)([0-9]{1,4})_([a-z_]{1,24})\Z")
#: Degrees survive few mails: "°C", "Â°C", "ºC", "?C", "C".
_MEASURE: Final = (
    r"([+-]?[0-9]{1,9}(?:\.[0-9]{1,6})?)\s{0,3}"
    r"((?:Â?[°º]|[\ufffd?'*]{0,3})\s?[CF]\b|RPM|[mkµu]?[VWA]\b)"
)
_VALUE: Final = re.compile(_MEASURE)
_LIMIT: Final = re.compile(
    r"\b(low|min|high|max|crit low|crit|lcrit|emerg|emergency)\s{0,3}=\s{0,6}" + _MEASURE
)
_ALARM: Final = re.compile(r"\bALARM\b(?:\s{0,2}\(([A-Z, ]{1,40})\))?")
_LIMIT_NAMES: Final[Mapping[str, str]] = {
    "low": "min",
    "high": "max",
    "crit low": "lcrit",
    "emerg": "emergency",
}
_ALARM_NAMES: Final[Mapping[str, str]] = {
    "MIN": "min_alarm",
    "LOW": "min_alarm",
    "MAX": "max_alarm",
    "HIGH": "max_alarm",
    "CRIT": "crit_alarm",
    "LCRIT": "lcrit_alarm",
    "EMERGENCY": "emergency_alarm",
}
_PREFIX: Final[Mapping[str, float]] = {"m": 1e-3, "k": 1e3, "µ": 1e-6, "u": 1e-6}
_KINDS: Final[Mapping[str, str]] = {"V": "in", "W": "power", "A": "curr"}
_RAW_LIMITS: Final = frozenset({"min", "max", "lcrit", "crit", "emergency"})


def parse(text: str) -> HwmonReading | CannotTell:
    """The channels of one answer, whatever form it has."""
    stripped = text.lstrip("\ufeff \t\r\n")
    channels = _parse_json(stripped) if stripped.startswith("{") else _parse_text(text)
    if channels is None:
        return CannotTell("the answer is no valid JSON")
    if not channels:
        return CannotTell("no sensors in it")
    return HwmonReading(tuple(channels[:MAX_CHANNELS]))


def _parse_text(text: str) -> list[Channel]:
    chip, label, found = "sensors", "", []
    entries: list[tuple[str, str, list[str]]] = []  # chip, label, what is said of it
    for whole in text[: MAX_LINES * MAX_LINE].splitlines()[:MAX_LINES]:
        line = whole[:MAX_LINE].rstrip()
        if not line.strip():
            continue
        if line[0].isspace():
            if entries:
                entries[-1][2].append(line.strip())
        elif ":" not in line:
            if _CHIP.match(line):
                chip = clean(line, 64)
        elif not line.startswith("Adapter:") and len(entries) < MAX_CHANNELS:
            label, _, rest = line.partition(":")
            entries.append((chip, clean(label, 64), [rest.strip()]))
    for chip, label, said in entries:
        raw = dict(one.split(":", 1) for one in said if ":" in one and _RAW.match(one.partition(":")[0]))
        found += _from_raw(chip, label, raw) if raw else _from_words(chip, label, " ".join(said)[:2000])
    return found


def _from_words(chip: str, label: str, said: str) -> list[Channel]:
    """One line as people read it: "+96.0°C  (high = +84.0°C, crit = +100.0°C)  ALARM (CRIT)"."""
    outside = said.partition("(")[0]
    value = _VALUE.search(outside)
    limits = {name: told for name, told in map(_limit, _LIMIT.finditer(said)) if told is not None}
    faulty = bool(re.search(r"\bFAULT\b", outside))
    unit = _VALUE.search(said)
    if unit is None:
        return []
    kind, _ = _scaled("0", unit.group(2))
    alarms = set()
    for match in _ALARM.finditer(said):
        words = [word.strip() for word in (match.group(1) or "").split(",")]
        alarms |= {_ALARM_NAMES.get(word, "alarm") for word in words}
    told = _scaled(value.group(1), value.group(2))[1] if value else None
    return [Channel(chip, kind, label, told, limits, frozenset(alarms), faulty, source=chip)]


def _limit(match: re.Match[str]) -> tuple[str, float | None]:
    name = match.group(1)
    return _LIMIT_NAMES.get(name, name), _scaled(match.group(2), match.group(3))[1]


def _scaled(number: str, unit: str) -> tuple[str, float]:
    """The kind of a channel by its unit, and the number in that kind's base unit."""
    value, letter = float(number), unit[-1]
    if unit == "RPM":
        return "fan", value
    if letter in "CF":
        return "temp", value if letter == "C" else (value - 32) / 1.8
    return _KINDS[letter], value * _PREFIX.get(unit[0], 1.0) if len(unit) > 1 else value


def _from_raw(chip: str, label: str, raw: Mapping[str, Any]) -> list[Channel]:
    """Channels out of "temp1_input": 96.0 and its like."""
    by_channel: dict[tuple[str, int], dict[str, float]] = {}
    for name, text in list(raw.items())[:64]:
        match, number = _RAW.match(str(name)[:64]), _number(text)
        if match and number is not None:
            by_channel.setdefault((match.group(1), int(match.group(2))), {})[match.group(3)] = number
    return [
        Channel(
            chip,
            kind,
            label or f"{kind}{number}",
            values.get("input", values.get("average")),
            {name: values[name] for name in _RAW_LIMITS & values.keys()},
            frozenset(name for name, value in values.items() if name.endswith("alarm") and value == 1),
            values.get("fault") == 1,
            source=chip,
        )
        for (kind, number), values in sorted(by_channel.items())
    ]


def _parse_json(text: str) -> list[Channel] | None:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return None
    channels: list[Channel] = []
    for chip, entry in list(document.items())[:MAX_CHANNELS] if isinstance(document, dict) else ():
        name = clean(chip, 64)
        if isinstance(entry, list):
            channels += _from_psutil(name, entry[:256])
        elif isinstance(entry, dict):
            for label, raw in list(entry.items())[:256]:
                if isinstance(raw, dict):
                    channels += _from_raw(name, clean(label, 64), raw)
    return channels


def _from_psutil(chip: str, entries: list[Any]) -> list[Channel]:
    """psutil.sensors_temperatures() and sensors_fans(): label, current and, of heat, high and critical."""
    channels: list[Channel] = []
    for number, given in enumerate(entries, 1):
        entry = given
        if isinstance(given, list) and len(given) in (2, 4):
            entry = dict(zip(("label", "current", "high", "critical"), given, strict=False))
        if not isinstance(entry, dict) or "current" not in entry:
            continue
        kind = "temp" if "high" in entry or "critical" in entry else "fan"
        limits = {"max": _number(entry.get("high")), "crit": _number(entry.get("critical"))}
        label = clean(entry.get("label"), 64) or f"{kind}{number}"
        if any(one.label == label for one in channels):
            label = f"{label} {number}"
        told = {name: limit for name, limit in limits.items() if limit is not None}
        channels.append(Channel(chip, kind, label, _number(entry.get("current")), told, source=chip))
    return channels


def _number(value: object) -> float | None:
    """A finite number; None for what is none (NaN, true, a word)."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value if not isinstance(value, str) else value.strip()[:32])
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None
