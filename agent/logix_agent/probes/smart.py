"""Disks by `smartctl --json` (smartctl(8), smartmontools 7.0 and later).

`--nocheck=standby` leaves a sleeping disk asleep; nothing can be told of it then.
"""

from __future__ import annotations

import asyncio
import json
import re
from dataclasses import replace
from typing import Any, Final

from logix_agent.host.commands import CommandResult, Commands
from logix_agent.probes.readings import (
    AtaAttribute,
    CannotTell,
    NvmeLog,
    ScsiCounters,
    SmartDisk,
    SmartReading,
    clean,
)

MAX_DISKS: Final = 64
AT_ONCE: Final = 8
MAX_ATTRIBUTES: Final = 64
_DEVICE: Final = re.compile(r"/dev/[A-Za-z0-9][A-Za-z0-9/_.:-]{0,120}\Z")
_TYPE: Final = re.compile(r"[a-z][a-z0-9+,/._-]{0,60}\Z")
#: Types that smartctl finds out by itself; a scan calls a SATA disk "scsi", and asking it so is wrong.
_PLAIN_TYPES: Final = frozenset({"", "scsi", "ata", "sat", "nvme"})
#: Counters that mean "never set" rather than a count.
_UNSET: Final = frozenset({0xFFFF, 0xFFFFFFFF, 0xFFFFFFFFFFFF, 0xFFFFFFFFFFFFFFFF})
_OPEN_FAILED, _COMMAND_LINE = 2, 1


async def read(commands: Commands, time_limit: float) -> SmartReading | CannotTell:
    """Every disk that smartctl finds; a disk that cannot be asked is told as such."""
    scan = await commands.run(["smartctl", "--json", "--scan"], time_limit)
    if scan.missing:
        return CannotTell("smartctl is not installed", absent=True)
    devices = parse_scan(scan.stdout)
    if isinstance(devices, CannotTell):
        return devices
    few = asyncio.Semaphore(AT_ONCE)  # one dying disk must not hold up the others

    async def ask(device: str, kind: str) -> SmartDisk:
        argv = ["smartctl", "--json", "--nocheck=standby", "-a"]
        argv += [] if kind in _PLAIN_TYPES else ["-d", kind]
        async with few:
            return read_answer(device, kind, await commands.run([*argv, device], time_limit))

    asked = devices[:MAX_DISKS]
    disks = await asyncio.gather(*(ask(device, kind) for device, kind in asked))
    return SmartReading(tuple(disks), len(devices) - len(asked))


def parse_scan(data: bytes) -> list[tuple[str, str]] | CannotTell:
    """Device and type of every disk in the output of `smartctl --scan --json`. Pure."""
    document = _document(data)
    if document is None:
        return CannotTell("smartctl --scan gave no JSON")
    found: dict[tuple[str, str], None] = {}
    devices = document.get("devices", [])
    for entry in devices if isinstance(devices, list) else []:
        name, kind = _dict(entry).get("name"), _dict(entry).get("type", "")
        if isinstance(name, str) and _DEVICE.match(name):
            found[name, kind if isinstance(kind, str) and _TYPE.match(kind) else ""] = None
    return list(found)


def read_answer(device: str, kind: str, answer: CommandResult) -> SmartDisk:
    """The disk as the answer to `smartctl -a` tells it. Pure."""
    slot = device.removeprefix("/dev/") + ("" if kind in _PLAIN_TYPES else f" {kind}")
    if answer.timed_out:
        return SmartDisk(device, slot, problem="smartctl did not answer in time")
    if answer.missing:
        return SmartDisk(device, slot, problem="smartctl is not installed")
    if answer.truncated:
        return SmartDisk(device, slot, problem="smartctl gave more output than expected")
    return parse(device, slot, answer.stdout)


def parse(device: str, slot: str, data: bytes) -> SmartDisk:
    """The disk as smartctl's JSON tells it; never raises. Pure."""
    document = _document(data)
    if document is None:
        return SmartDisk(device, slot, problem="smartctl gave no JSON")
    frame = _dict(document.get("smartctl"))
    identity = SmartDisk(
        device,
        slot,
        serial=clean(document.get("serial_number"), 64),
        model=clean(document.get("model_name") or document.get("scsi_model_name"), 64),
        firmware=clean(document.get("firmware_version") or document.get("scsi_revision"), 32),
        exit_status=_count(frame.get("exit_status")) or 0,
    )
    capacity = _count(_dict(document.get("user_capacity")).get("bytes"))
    disk = replace(
        identity,
        capacity=capacity or _count(document.get("nvme_total_capacity")) or 0,
        passed=_passed(document),
        attributes=_attributes(document),
        nvme=_nvme(document),
        scsi=_scsi(document),
    )
    problem = _problem(disk, frame)
    return replace(identity, problem=problem) if problem else disk


def _problem(disk: SmartDisk, frame: dict[str, Any]) -> str:
    """Why nothing can be told of `disk`, or ""."""
    told = disk.passed is not None or disk.attributes or disk.nvme or disk.scsi
    if told and not disk.exit_status & _COMMAND_LINE:
        return ""
    messages = frame.get("messages")
    for message in messages if isinstance(messages, list) else []:
        text = clean(_dict(message).get("string"), 300)
        if text:
            return text
    if disk.exit_status & _OPEN_FAILED:
        return "smartctl could not open the device"
    return "smartctl told no health data"


def _passed(document: dict[str, Any]) -> bool | None:
    passed = _dict(document.get("smart_status")).get("passed")
    return passed if isinstance(passed, bool) else None


def _attributes(document: dict[str, Any]) -> tuple[AtaAttribute, ...]:
    table = _dict(document.get("ata_smart_attributes")).get("table")
    found = []
    for row in table[:MAX_ATTRIBUTES] if isinstance(table, list) else []:
        number = _count(_dict(row).get("id"))
        if number is None or not 1 <= number <= 255:
            continue
        raw = _dict(row.get("raw"))
        when = row.get("when_failed")
        found.append(
            AtaAttribute(
                number=number,
                name=clean(row.get("name"), 64),
                value=_count(row.get("value")),
                threshold=_count(row.get("thresh")),
                prefailure=_dict(row.get("flags")).get("prefailure") is True,
                when_failed=when if when in ("now", "past") else "",
                raw=_first_number(raw),
                raw_text=clean(raw.get("string", raw.get("value")), 64),
            )
        )
    return tuple(found)


def _first_number(raw: dict[str, Any]) -> int | None:
    """The raw count as smartctl prints it first: packed values put other counters behind."""
    text = raw.get("string")
    if isinstance(text, str):
        printed = re.match(r"\s*([0-9]{1,20})(?![0-9xX])", text)
        number = int(printed.group(1)) if printed else None
    else:
        number = _count(raw.get("value"))
        if number is not None and number > 0xFFFFFFFF:  # packed, and nobody says how
            number = None
    return None if number in _UNSET else number


def _nvme(document: dict[str, Any]) -> NvmeLog | None:
    log = document.get("nvme_smart_health_information_log")
    if not isinstance(log, dict):
        return None
    keys = (
        "critical_warning",
        "available_spare",
        "available_spare_threshold",
        "percentage_used",
        "media_errors",
    )
    values = [_count(log.get(key)) for key in keys]
    return None if all(value is None for value in values) else NvmeLog(*values)


def _scsi(document: dict[str, Any]) -> ScsiCounters | None:
    grown = _count(document.get("scsi_grown_defect_list"))
    log = _dict(document.get("scsi_error_counter_log"))
    counts = [
        _count(_dict(log.get(kind)).get("total_uncorrected_errors")) for kind in ("read", "write", "verify")
    ]
    known = [count for count in counts if count is not None]
    if grown is None and not known:
        return None
    return ScsiCounters(grown, sum(known) if known else None)


def _document(data: bytes) -> dict[str, Any] | None:
    try:  # a disk may put anything into its names: they alone shall look odd then
        document = json.loads(data.decode("utf-8", "replace"), strict=False)
    except (ValueError, RecursionError):
        return None
    return document if isinstance(document, dict) else None


def _dict(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _count(value: object) -> int | None:
    """A whole number that is a count, from a number or an object that wraps one."""
    if isinstance(value, dict):
        value = value.get("value")
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return value if 0 <= value < 2**128 else None
