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
from logix_agent.probes.bmc_blocks import block_line, of_block
from logix_agent.probes.bmc_states import states_of_bits, type_by_name
from logix_agent.probes.bmc_values import (
    ABSENT,
    NUMBER,
    STATUSES,
    THRESHOLDS,
    number_of,
    states_of,
    status_of,
    thresholds_of,
)
from logix_agent.probes.readings import CannotTell, clean
from logix_agent.probes.sensor_readings import BmcReading, BmcSensor

DEVICES: Final = ("/dev/ipmi0", "/dev/ipmi/0", "/dev/ipmidev/0")
MAX_SENSORS: Final = 1024
MAX_LINES: Final = 20_000
MAX_LINE: Final = 1_000
MAX_TEXT: Final = 4 * 1024 * 1024
#: What an entity is (IPMI 2.0, table 43-13), where the name does not tell the type.
_ENTITIES: Final[Mapping[str, str]] = {
    "3": "Processor",
    "8": "Memory",
    "10": "Power Supply",
    "29": "Fan",
    "30": "Fan",
    "32": "Memory",
}
#: Records of `sdr elist all` that are no sensors.
_LOCATORS: Final = re.compile(r"(Logical FRU|(Dynamic|Static) MC|Event-Only|Satellite|Other)\b")
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


def is_there(paths: HostPaths) -> bool:
    """Whether the kernel drives a management controller."""
    return any(paths.exists(device) for device in DEVICES)


#: A controller is slow: how many time limits a list of its sensors, or of its log, may take.
PATIENCE: Final = 4


async def read(paths: HostPaths, commands: Commands, limit: float) -> BmcReading | CannotTell:
    """All sensors; "absent" where the machine has no management controller."""
    if paths.live and not is_there(paths):
        return CannotTell("ipmi: the machine has no management controller", absent=True)
    asked = (
        ("ipmitool", "sdr", "elist", "all"),
        ("ipmi-sensors", "--output-sensor-state", "--comma-separated-output", "--quiet-cache"),
    )
    for argv in asked:
        result = await commands.run(argv, limit * PATIENCE)
        if result.missing:
            continue
        if result.timed_out:
            return CannotTell(f"{argv[0]}: no answer within {limit * PATIENCE:g} s")
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
        named = block_line(line)
        if named is not None:
            if named[0] == "sensor id" and block:
                sensors += of_block(block)
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
    sensors += of_block(block)
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
    value = NUMBER.match(re.split(r"[(:\[]", rest)[0].strip())
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
        if count == 6 or columns[3].lower() not in {*STATUSES, "n/a", "unknown"}:
            names = ("id", "name", "type", "reading", "units", "event")
        elif count >= 13:
            names = ("id", "name", "type", "state", "reading", "units", *THRESHOLDS, "event")
        return _of_freeipmi(dict(zip(names, columns, strict=False)), line)
    if count == 3:
        return _of_sdr(columns[0], columns[1], columns[2], line)
    if count == 5 and re.match(r"[0-9A-Fa-f]{1,2}h\Z", columns[1]) and not _LOCATORS.match(columns[4]):
        entity = _ENTITIES.get(columns[3].partition(".")[0], "")
        return _of_sdr(columns[0], columns[4], columns[2], line, entity)
    if count >= 4 and columns[3].lower() in {*STATUSES, *ABSENT}:  # ipmitool -c sdr
        states = ", ".join(column for column in columns[5:] if column) if count > 5 and not columns[2] else ""
        return _of_sdr(columns[0], states or f"{columns[1]} {columns[2]}".strip(), columns[3], line)
    return None


def _of_sensor(columns: list[str], line: str) -> BmcSensor:
    """A line of `ipmitool sensor`: name, reading, unit, status, six thresholds."""
    name, reading, unit, status = (clean(column, 64) for column in columns[:4])
    told = thresholds_of(dict(zip(THRESHOLDS, columns[4:10], strict=True)))
    kind = type_by_name(name)
    if unit.lower() == "discrete":
        # The bits of the two bytes as printed; bit 7 of the second is always up (IPMI 2.0, table 35-15).
        match = _HEX.match(status)
        bits = int(match.group(1).zfill(4), 16) if match else 0
        states = states_of_bits(kind, (bits >> 8) | ((bits & 0x7F) << 8)) if match else None
        return BmcSensor(
            name, kind, unit="discrete", states=states, readable=match is not None, line=clean(line, 300)
        )
    value = number_of(reading)
    return BmcSensor(
        name,
        kind,
        value,
        unit,
        STATUSES.get(status.lower(), ""),
        told,
        readable=value is not None and status.lower() not in ABSENT,
        line=clean(line, 300),
    )


def _of_sdr(name: str, reading: str, status: str, line: str, entity: str = "") -> BmcSensor:
    """A line of `ipmitool sdr`: a number with its unit, or the discrete states in words."""
    name, state, line = clean(name, 64), status.lower(), clean(line, 300)
    readable = state not in ABSENT and reading.lower() not in ABSENT
    kind = type_by_name(name)
    match = NUMBER.match(reading[:80])
    if match:
        value, unit, level = float(match.group(1)), clean(match.group(2), 32), STATUSES.get(state, "")
        return BmcSensor(name, kind, value, unit, level, readable=readable, line=line)
    states = None if _HEX.match(reading) or not readable else states_of(reading)
    told = STATUSES.get(state, "") if state != "ok" or not states else ""
    return BmcSensor(
        name, kind or entity, None, "discrete", told, states=states, readable=readable, line=line
    )


def _of_freeipmi(said: Mapping[str, str], line: str) -> BmcSensor | None:
    name = clean(said.get("name"), 64)
    if not name:
        return None
    kind = clean(said.get("type"), 48)
    event = said.get("event", "")
    mask = re.match(r"'?([0-9A-Fa-f]{4})h?'?\Z", event)
    value = number_of(said.get("reading", ""))
    states = states_of(event) if event and event.lower() not in ABSENT else None
    if mask:
        states = None if value is not None else states_of_bits(kind, int(mask.group(1), 16))
    state = said.get("state", "").lower()
    told = thresholds_of(said)
    return BmcSensor(
        name,
        kind,
        value,
        clean(said.get("units"), 32),
        STATUSES.get(state) or status_of(states),
        told,
        states,
        readable=value is not None or bool(states) or state in STATUSES,
        line=clean(line, 300),
    )
