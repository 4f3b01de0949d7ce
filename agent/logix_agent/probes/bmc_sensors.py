"""Sensors of the management controller: what ipmitool and FreeIPMI print of them.

`ipmitool sensor` (ten columns with thresholds), `ipmitool sdr` (three, `elist` five), `sensor get` and
`sdr get` (blocks), each also with -c; FreeIPMI's `ipmi-sensors` and `ipmimonitoring`, as tables, comma
separated and in the form of its versions before 1.0. Reference: ipmitool(1), ipmi-sensors(8).
"""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping
from typing import Final

from logix_agent.host.commands import Commands
from logix_agent.host.paths import HostPaths
from logix_agent.probes.bmc_states import states_of_bits, type_by_name
from logix_agent.probes.readings import CannotTell, clean
from logix_agent.probes.sensor_readings import BmcReading, BmcSensor

DEVICES: Final = ("/dev/ipmi0", "/dev/ipmi/0", "/dev/ipmidev/0")
MAX_SENSORS: Final = 1024
MAX_LINES: Final = 20_000
MAX_LINE: Final = 1_000
MAX_TEXT: Final = 4 * 1024 * 1024
THRESHOLDS: Final = ("lnr", "lcr", "lnc", "unc", "ucr", "unr")
_STATUSES: Final[Mapping[str, str]] = {
    "ok": "ok",
    "nc": "nc",
    "cr": "cr",
    "nr": "nr",
    "lnc": "nc",
    "unc": "nc",
    "lcr": "cr",
    "ucr": "cr",
    "lnr": "nr",
    "unr": "nr",
    "nominal": "ok",
    "warning": "nc",
    "critical": "cr",
}
_ABSENT: Final = frozenset(
    {"na", "ns", "n/a", "disabled", "no reading", "not readable", "not present", "unknown"}
)
_NUMBER: Final = re.compile(
    r"([+-]?[0-9]{1,12}(?:\.[0-9]{1,9})?)(?:\s+|\Z)(?:\(\+/- [^)]{1,20}\)\s*)?(.{0,40})\Z"
)
_HEX: Final = re.compile(r"0x([0-9a-fA-F]{1,4})\Z")
_LEGACY: Final = re.compile(r"([0-9]{1,6}): (.{1,80}?) \(([^()]{1,40})\): (.{0,200})\Z")
_COLUMNS: Final[Mapping[str, str]] = {
    "id": "id",
    "record id": "id",
    "name": "name",
    "sensor name": "name",
    "type": "type",
    "sensor group": "type",
    "sensor type": "type",
    "state": "state",
    "monitoring status": "state",
    "sensor state": "state",
    "reading": "reading",
    "sensor reading": "reading",
    "units": "units",
    "sensor units": "units",
    "event": "event",
    "sensor event": "event",
    "lower nr": "lnr",
    "lower c": "lcr",
    "lower nc": "lnc",
    "upper nc": "unc",
    "upper c": "ucr",
    "upper nr": "unr",
}
_BLOCK: Final[Mapping[str, str]] = {
    "lower non-recoverable": "lnr",
    "lower critical": "lcr",
    "lower non-critical": "lnc",
    "upper non-critical": "unc",
    "upper critical": "ucr",
    "upper non-recoverable": "unr",
}


def is_there(paths: HostPaths) -> bool:
    """Whether the kernel drives a management controller."""
    return any(paths.exists(device) for device in DEVICES)


async def read(paths: HostPaths, commands: Commands, limit: float) -> BmcReading | CannotTell:
    """All sensors; "absent" where the machine has no management controller."""
    if paths.live and not is_there(paths):
        return CannotTell("ipmi: the machine has no management controller", absent=True)
    asked = (
        ("ipmitool", "sdr", "elist", "all"),
        ("ipmi-sensors", "--output-sensor-state", "--comma-separated-output", "--quiet-cache"),
    )
    for argv in asked:
        result = await commands.run(argv, limit)
        if result.missing:
            continue
        if result.timed_out:
            return CannotTell(f"{argv[0]}: no answer within {limit:g} s")
        return parse(result.stdout.decode("utf-8", "replace"))
    return CannotTell("ipmi: neither ipmitool nor ipmi-sensors is installed", absent=not paths.live)


def parse(text: str) -> BmcReading | CannotTell:
    """The sensors of one answer, whatever program and version gave it."""
    lines = [line[:MAX_LINE].strip() for line in text[:MAX_TEXT].splitlines()[:MAX_LINES]]
    sensors: list[BmcSensor] = []
    header: dict[str, int] = {}
    block: dict[str, list[str]] = {}
    for line in lines:
        if len(sensors) >= MAX_SENSORS:
            break
        named = _block_line(line)
        if named is not None:
            if named[0] == "sensor id" and block:
                sensors += _of_block(block)
                block = {}
            block.setdefault(named[0], []).append(named[1])
            continue
        if block and line.startswith("["):
            block.setdefault("states", []).append(line.strip("[] "))
            continue
        columns = _split(line)
        found = _header(columns)
        if found:
            header = found
        elif (sensor := _of_columns(columns, header, line)) is not None:
            sensors.append(sensor)
    sensors += _of_block(block)
    if not sensors:
        return CannotTell(clean(next((line for line in lines if line), "an empty answer"), 160))
    return BmcReading(tuple(sensors[:MAX_SENSORS]))


def _split(line: str) -> list[str]:
    if "|" in line:
        columns = line.split("|")
        return [column.strip() for column in columns[:24]]
    legacy = _LEGACY.match(line)
    if legacy:
        return _legacy(legacy)
    if "," not in line:
        return []
    try:
        (columns,) = csv.reader([line])
    except (csv.Error, ValueError):
        return []
    return [column.strip() for column in columns[:24]]


def _legacy(match: re.Match[str]) -> list[str]:
    """ "4: Fan 1 (Fan): 4200.00 RPM (1500.00/NA): [OK]" of FreeIPMI before 1.0, as columns of today."""
    number, name, kind, rest = match.groups()
    states = [part.strip() for part in re.findall(r"\[([^\]]{0,80})\]", rest)]
    value = _NUMBER.match(re.split(r"[(:\[]", rest)[0].strip())
    reading, units = (value.group(1), value.group(2)) if value else ("N/A", "N/A")
    return [number, name, kind, reading, units, " ".join(f"'{state}'" for state in states)]


def _header(columns: list[str]) -> dict[str, int]:
    found = {
        _COLUMNS[column.lower()]: place for place, column in enumerate(columns) if column.lower() in _COLUMNS
    }
    return found if {"id", "name"} <= found.keys() else {}


def _of_columns(columns: list[str], header: Mapping[str, int], line: str) -> BmcSensor | None:
    count = len(columns)
    if count < 3 or not columns[0]:
        return None
    if header:
        return _of_freeipmi({name: columns[place] for name, place in header.items() if place < count}, line)
    if count >= 10 and not columns[0].isdigit():
        return _of_sensor(columns, line)
    if columns[0].isdigit() and count >= 6:
        names: tuple[str, ...] = ("id", "name", "type", "state", "reading", "units", "event", *THRESHOLDS)
        if count == 6 or columns[3].lower() not in {*_STATUSES, "n/a", "unknown"}:
            names = ("id", "name", "type", "reading", "units", "event")
        elif count >= 13:
            names = ("id", "name", "type", "state", "reading", "units", *THRESHOLDS, "event")
        return _of_freeipmi(dict(zip(names, columns, strict=False)), line)
    if count == 3:
        return _of_sdr(columns[0], columns[1], columns[2], line)
    if count == 5 and re.match(r"[0-9A-Fa-f]{1,2}h\Z", columns[1]):
        return _of_sdr(columns[0], columns[4], columns[2], line)
    if count >= 4 and columns[3].lower() in {*_STATUSES, *_ABSENT}:  # ipmitool -c sdr
        states = ", ".join(column for column in columns[5:] if column) if count > 5 and not columns[2] else ""
        return _of_sdr(columns[0], states or f"{columns[1]} {columns[2]}".strip(), columns[3], line)
    return None


def _of_sensor(columns: list[str], line: str) -> BmcSensor:
    """A line of `ipmitool sensor`: name, reading, unit, status, six thresholds."""
    name, reading, unit, status = (clean(column, 64) for column in columns[:4])
    told = {
        key: value
        for key, text in zip(THRESHOLDS, columns[4:10], strict=True)
        if (value := _number(text)) is not None
    }
    kind = type_by_name(name)
    if unit.lower() == "discrete":
        # The bits of the two bytes as printed; bit 7 of the second is always up (IPMI 2.0, table 35-15).
        match = _HEX.match(status)
        bits = int(match.group(1).zfill(4), 16) if match else 0
        states = states_of_bits(kind, (bits >> 8) | ((bits & 0x7F) << 8)) if match else None
        return BmcSensor(
            name, kind, unit="discrete", states=states, readable=match is not None, line=clean(line, 300)
        )
    value = _number(reading)
    return BmcSensor(
        name,
        kind,
        value,
        unit,
        _STATUSES.get(status.lower(), ""),
        told,
        readable=value is not None and status.lower() not in _ABSENT,
        line=clean(line, 300),
    )


def _of_sdr(name: str, reading: str, status: str, line: str) -> BmcSensor:
    """A line of `ipmitool sdr`: a number with its unit, or the discrete states in words."""
    name, state = clean(name, 64), status.lower()
    readable = state not in _ABSENT and reading.lower() not in _ABSENT
    match = _NUMBER.match(reading[:80])
    if match:
        value, unit = float(match.group(1)), clean(match.group(2), 32)
        return BmcSensor(
            name,
            type_by_name(name),
            value,
            unit,
            _STATUSES.get(state, ""),
            readable=readable,
            line=clean(line, 300),
        )
    states = None if _HEX.match(reading) or not readable else _states(reading)
    told = _STATUSES.get(state, "") if state != "ok" or not states else ""
    return BmcSensor(
        name,
        type_by_name(name),
        unit="discrete",
        status=told,
        states=states,
        readable=readable,
        line=clean(line, 300),
    )


def _of_freeipmi(said: Mapping[str, str], line: str) -> BmcSensor | None:
    name = clean(said.get("name"), 64)
    if not name:
        return None
    kind = clean(said.get("type"), 48)
    event = said.get("event", "")
    mask = re.match(r"'?([0-9A-Fa-f]{4})h?'?\Z", event)
    value = _number(said.get("reading", ""))
    states = _states(event) if event and event.lower() not in _ABSENT else None
    if mask:
        states = None if value is not None else states_of_bits(kind, int(mask.group(1), 16))
    state = said.get("state", "").lower()
    told = {key: limit for key in THRESHOLDS if (limit := _number(said.get(key, ""))) is not None}
    return BmcSensor(
        name,
        kind,
        value,
        clean(said.get("units"), 32),
        _STATUSES.get(state, ""),
        told,
        states,
        readable=value is not None or bool(states) or state in _STATUSES,
        line=clean(line, 300),
    )


def _block_line(line: str) -> tuple[str, str] | None:
    """A line of `sensor get`: "Lower Critical : 500.000"."""
    if "|" in line or not re.match(r"[A-Z][A-Za-z -]{2,40}(\([A-Za-z]+\))?\s*:\s", line + " "):
        return None
    name, _, text = line.partition(":")
    return re.sub(r"\s*\([^)]*\)\s*\Z", "", name.strip()).lower(), text.strip()


def _of_block(block: Mapping[str, list[str]]) -> list[BmcSensor]:
    names = block.get("sensor id", [])
    if not names:
        return []
    name = clean(re.sub(r"\s*\(0x[0-9a-fA-F]+\)\s*\Z", "", names[0]), 64)
    kind = clean(re.sub(r"\s*\(0x[0-9a-fA-F]+\)\s*\Z", "", (block.get("sensor type") or [""])[0]), 48)
    reading = (block.get("sensor reading") or [""])[0]
    match = _NUMBER.match(reading[:80])
    told = {}
    for label, key in _BLOCK.items():
        value = _number((block.get(label) or [""])[0])
        if value is not None:
            told[key] = value
    status = (block.get("status") or [""])[0].lower()
    states = tuple(clean(state, 80) for state in block.get("states", [])[:32] if state)
    return [
        BmcSensor(
            name,
            kind or type_by_name(name),
            float(match.group(1)) if match else None,
            clean(match.group(2), 32) if match else "discrete",
            _STATUSES.get(status, ""),
            told,
            states,
            readable=bool(match or states),
            line=clean(f"{name}: {reading or ', '.join(states)} {status}", 300),
        )
    ]


def _states(text: str) -> tuple[str, ...]:
    """Discrete states out of "Presence detected, Failure detected" or "'OK' 'Fully Redundant'"."""
    quoted = re.findall(r"'([^']{1,120})'", text[:600])
    words = quoted or re.split(r",\s+|,(?=[A-Z])", text[:600])
    return tuple(told for word in words[:32] if (told := clean(word, 120)) and told.lower() not in _ABSENT)


def _number(text: str) -> float | None:
    match = re.match(r"[+-]?[0-9]{1,12}(?:\.[0-9]{1,9})?\Z", text.strip()[:32])
    return float(match.group()) if match else None
