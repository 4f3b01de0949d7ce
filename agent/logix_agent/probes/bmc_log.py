"""The management controller's event log: what ipmitool and FreeIPMI print of it.

`ipmitool sel list`, `sel elist` (with and without -c, of versions that print no direction, other dates or
time zones), `sel -v list` and `sel get` (blocks); FreeIPMI's `ipmi-sel` as tables, comma separated and in
the form of its versions before 1.0. Reference: ipmitool(1), ipmi-sel(8), IPMI 2.0 section 32.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping
from typing import Final

from logix_agent.host.commands import Commands
from logix_agent.host.paths import HostPaths
from logix_agent.probes.bmc_sensors import PATIENCE, is_there
from logix_agent.probes.readings import CannotTell, clean
from logix_agent.probes.sensor_readings import BmcEvent, BmcLogReading

MAX_EVENTS: Final = 4096
MAX_LINE: Final = 1_000
MAX_TEXT: Final = 8 * 1024 * 1024
#: The newest records that the agent asks for; a controller tells about fifty a second.
LAST: Final = 512
#: Sensor types as ipmitool and FreeIPMI print them, longest first: `elist` puts the sensor's name behind.
TYPES: Final = tuple(
    sorted(
        (
            "Temperature",
            "Voltage",
            "Current",
            "Fan",
            "Processor",
            "Memory",
            "Button",
            "Terminator",
            "LAN",
            "Battery",
            "Watchdog",
            "Watchdog1",
            "Watchdog2",
            "Chassis",
            "Other",
            "Microcontroller",
            "OEM",
            "Unknown",
            "Physical Security",
            "Platform Security",
            "Power Supply",
            "Power Unit",
            "Cooling Device",
            "Drive Slot / Bay",
            "Drive Slot",
            "POST Memory Resize",
            "System Firmwares",
            "System Firmware Progress",
            "System Firmware Error",
            "System Firmware Hang",
            "Event Logging Disabled",
            "Watchdog 1",
            "Watchdog 2",
            "System Event",
            "Critical Interrupt",
            "Module / Board",
            "Module/Board",
            "Add-in Card",
            "Chip Set",
            "Other FRU",
            "Cable / Interconnect",
            "Cable/Interconnect",
            "System Boot Initiated",
            "Boot Error",
            "OS Boot",
            "OS Critical Stop",
            "OS Stop/Shutdown",
            "Slot / Connector",
            "Slot/Connector",
            "System ACPI Power State",
            "Platform Alert",
            "Entity Presence",
            "Monitor ASIC",
            "Management Subsys Health",
            "Management Subsystem Health",
            "Session Audit",
            "Version Change",
            "FRU State",
            "OEM Reserved",
        ),
        key=len,
        reverse=True,
    )
)
_DATE: Final = re.compile(
    r"[0-9]{1,4}[-/.][0-9A-Za-z]{1,3}[-/.][0-9]{2,4}\Z|[A-Z][a-z]{2}-[0-9]{2}-[0-9]{4}\Z|(?:pre|post)-?init\b.{0,20}",
    re.IGNORECASE,
)
_COUNTER: Final = re.compile(r"[0-9]{6,12}\Z|unknown\Z", re.IGNORECASE)
_RECORD: Final = re.compile(r"(?:0x)?[0-9a-fA-F]{1,8}\Z")
_LEGACY: Final = re.compile(
    r"([0-9]{1,8}):([0-9]{1,2}-[A-Z][a-z]{2}-[0-9]{4} [0-9:]{8}|(?:Pre|Post)Init[^:]{0,20}):"
    r"([^:]{1,80}):(.{1,200})\Z"
)
_FAULTY: Final = re.compile(
    r"going (?:low|high)|lost|fail|fault|error|uncorrectable|exceeded|non-redundant|degraded", re.IGNORECASE
)
_COLUMNS: Final[Mapping[str, str]] = {
    "id": "id",
    "record id": "id",
    "date": "date",
    "time": "time",
    "name": "name",
    "sensor name": "name",
    "type": "type",
    "sensor group": "type",
    "sensor type": "type",
    "state": "state",
    "event state": "state",
    "direction": "direction",
    "event direction": "direction",
    "event": "event",
    "event detail": "detail",
}


async def read(paths: HostPaths, commands: Commands, limit: float) -> BmcLogReading | CannotTell:
    """The newest records; "absent" where the machine has no management controller."""
    if paths.live and not is_there(paths):
        return CannotTell("ipmi: the machine has no management controller", absent=True)
    asked = (
        ("ipmitool", "sel", "elist", "last", str(LAST)),
        ("ipmi-sel", "--output-event-state", "--comma-separated-output", f"--tail={LAST}"),
    )
    for argv in asked:
        result = await commands.run(argv, limit * PATIENCE)
        if result.missing:
            continue
        if result.timed_out:
            return CannotTell(f"{argv[0]}: no answer within {limit * PATIENCE:g} s")
        text = result.stdout.decode("utf-8", "replace")
        if not text.strip() and result.exit_code == 0:
            return BmcLogReading(())  # ipmitool says on standard error that the log is empty
        return parse(text)
    return CannotTell("ipmi: neither ipmitool nor ipmi-sel is installed", absent=not paths.live)


def parse(text: str) -> BmcLogReading | CannotTell:
    """The records of one answer, whatever program and version gave it; the newest of too many."""
    lines = [line[:MAX_LINE].strip() for line in text[-MAX_TEXT:].splitlines()]
    events: list[BmcEvent] = []
    header: dict[str, int] = {}
    block: dict[str, str] = {}
    records = 0
    for line in lines:
        if line.startswith("SEL Record ID"):
            events += _of_block(block)
            block = {}
        if ":" in line and "|" not in line and (block or line.startswith("SEL Record ID")):
            name, _, said = line.partition(":")
            block[name.strip().lower()] = said.strip()
            continue
        columns = _split(line)
        found = {_COLUMNS[one.lower()]: place for place, one in enumerate(columns) if one.lower() in _COLUMNS}
        if {"id", "event"} <= found.keys():
            header, records = found, records + 1
            continue
        if len(columns) < 2 or not _RECORD.match(columns[0]):
            continue
        records += 1
        event = _of_header(columns, header, line) if header else _of_columns(columns, line)
        if event is not None:
            events.append(event)
    events += _of_block(block)
    if not events and not records and not _is_empty(text):
        return CannotTell(clean(next((line for line in lines if line), "an empty answer"), 160))
    # A log that goes round has older such records: it is full where hardly anything came after.
    full = any("log full" in event.event.lower() and event.asserted for event in events[-3:])
    return BmcLogReading(tuple(events[-MAX_EVENTS:]), full, max(0, len(events) - MAX_EVENTS))


def _is_empty(text: str) -> bool:
    return bool(
        re.search(r"SEL has no entries|Entries\s*:\s*0\b|no SEL entries", text[:4_000], re.IGNORECASE)
    )


def _split(line: str) -> list[str]:
    if "|" in line:
        return [column.strip() for column in line.split("|")[:24]]
    legacy = _LEGACY.match(line)
    if legacy:
        number, stamp, sensor, event = legacy.groups()
        return [number, *_two(stamp), sensor.strip(), event.strip()]
    if line.count(",") < 2:
        return []
    try:
        (columns,) = csv.reader([line])
    except (csv.Error, ValueError):
        return []
    return [column.strip() for column in columns[:24]]


def _two(stamp: str) -> list[str]:
    date, _, time = stamp.partition(" ")
    return [date, time]


def _of_header(columns: list[str], header: Mapping[str, int], line: str) -> BmcEvent | None:
    """A record of FreeIPMI; it prints the direction only when asked, and a nominal state for what is over."""
    said = {name: columns[place] for name, place in header.items() if place < len(columns)}
    event = said.get("event", "").strip("'")
    if not event:
        return None
    over = said.get("direction", "").lower().startswith("deassert")
    # Without a direction, a nominal state says that a fault is over.
    over = over or (said.get("state", "").lower() == "nominal" and _FAULTY.search(event) is not None)
    over = over or re.search(r"\bdeassert(?:ed|ion)\b", event, re.IGNORECASE) is not None
    return BmcEvent(
        clean(said["id"], 16),
        clean(f"{said.get('date', '')} {said.get('time', '')}", 48),
        clean(said.get("name"), 80),
        clean(said.get("type"), 48),
        clean(event, 200),
        not over,
        clean(line, 300),
    )


def _of_columns(columns: list[str], line: str) -> BmcEvent | None:
    """A record of ipmitool: id, date, time, sensor, event, direction, reading. None for OEM records."""
    record, rest = columns[0], columns[1:]
    stamp: list[str] = []
    if rest and _DATE.match(rest[0]):
        stamp.append(rest.pop(0))
        if rest and (re.match(r"[0-9]{1,2}:[0-9]{2}", rest[0]) or _COUNTER.match(rest[0])):
            stamp.append(rest.pop(0))
    if not rest or rest[0].lower().startswith("oem record"):
        return None
    kind, sensor = _typed(rest[0])
    event, more = (rest[1] if len(rest) > 1 else ""), rest[2:]
    if not event or event.lower() in ("asserted", "deasserted"):
        return None
    direction = next(
        (word.lower() for word in more if word.lower() in ("asserted", "deasserted")), "asserted"
    )
    reading = " ".join(word for word in more if word.lower() not in ("asserted", "deasserted"))
    return BmcEvent(
        clean(record, 16),
        clean(" ".join(stamp), 48),
        sensor,
        kind,
        clean(f"{event} | {reading}" if reading else event, 200),
        direction == "asserted",
        clean(line, 300),
    )


def _typed(text: str) -> tuple[str, str]:
    """ "Power Supply PS1 Status" is ("Power Supply", "PS1 Status"); "Fan #0x30" is ("Fan", "Fan #0x30")."""
    text = clean(text, 120)
    for kind in TYPES:
        if text.lower().startswith(kind.lower()) and text[len(kind) : len(kind) + 1] in ("", " "):
            name = text[len(kind) :].strip()
            return kind, name if name and not name.startswith("#") else text
    return "", text


def _of_block(block: Mapping[str, str]) -> list[BmcEvent]:
    """A record as `ipmitool sel get` prints it."""
    if "description" not in block or not block["description"]:
        return []
    kind = clean(block.get("sensor type"), 48)
    name = block.get("sensor id") or f"{kind} #0x{block.get('sensor number', '')}"
    direction = block.get("event direction", "").lower()
    event = BmcEvent(
        clean(block.get("sel record id"), 16),
        clean(block.get("timestamp"), 48),
        clean(name, 80),
        kind,
        clean(block["description"], 200),
        not direction.startswith("deassert"),
        clean(f"{name} | {block['description']} | {direction}", 300),
    )
    return [event]
