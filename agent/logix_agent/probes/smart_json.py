"""One disk as smartctl's JSON tells it (smartctl(8), --json; smartmontools 7.0 and later). Pure.

Total: whatever the document holds, a disk comes out, with `problem` where nothing can be told of it.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any, Final

from logix_agent.probes import nvme_cli, smart_logs
from logix_agent.probes.disk_readings import InformationalException
from logix_agent.probes.json_values import count_of, dict_of, documents, list_of
from logix_agent.probes.readings import AtaAttribute, NvmeLog, ScsiCounters, SmartDisk, clean

MAX_ATTRIBUTES: Final = 64
#: Types that smartctl finds out by itself; a scan calls a SATA disk "scsi", and asking it so is wrong.
PLAIN_TYPES: Final = frozenset({"", "scsi", "ata", "sat", "nvme"})
#: All ones: "never set", not a count. 0xFFFF is a count: several makers' counters stop there.
_UNSET: Final = frozenset({0xFFFFFFFF, 0xFFFFFFFFFFFF, 0xFFFFFFFFFFFFFFFF})
#: Exit bits 0 to 2 (smartctl(8), EXIT STATUS): wrong command line, not opened, a command failed.
COMMAND_LINE, OPEN_FAILED = 1, 2
_PRINTED: Final = re.compile(r"\s*([0-9]{1,20})(?![0-9xX])")
_ZERO: Final = re.compile(r"\s*0x0{1,16}\Z")


def parse(device: str, slot: str, data: bytes) -> SmartDisk:
    """The disk as smartctl's answer tells it; never raises."""
    found, broken = documents(data.decode("utf-8", "replace"))
    if broken or len(found) != 1:
        return SmartDisk(device, slot, problem="smartctl gave no JSON")
    return parse_document(found[0], device, slot)


def parse_document(document: dict[str, Any], device: str = "", slot: str = "") -> SmartDisk:
    """The disk of one answer; without `device` it is the one that the answer names."""
    if not device:
        device, slot = _place(document)
    frame = dict_of(document.get("smartctl"))
    identity = SmartDisk(
        device,
        slot,
        serial=clean(document.get("serial_number"), 64),
        model=clean(document.get("model_name") or document.get("scsi_model_name"), 64),
        firmware=clean(document.get("firmware_version") or document.get("scsi_revision"), 32),
        exit_status=count_of(frame.get("exit_status")) or 0,
    )
    capacity = count_of(dict_of(document.get("user_capacity")).get("bytes"))
    disk = replace(
        identity,
        capacity=capacity or count_of(document.get("nvme_total_capacity")) or 0,
        passed=_passed(document),
        exception=_exception(document),
        attributes=_attributes(document),
        named=document.get("in_smartctl_database") is not False,
        nvme=_nvme(document),
        scsi=_scsi(document),
        self_tests=smart_logs.self_tests(document),
        endurance=smart_logs.endurance(document),
        temperature=smart_logs.temperature(document),
    )
    problem = _problem(disk, document)
    return replace(identity, problem=problem) if problem else disk


def is_scan(document: dict[str, Any]) -> bool:
    """Whether it is a list of devices (`smartctl --scan`), which says nothing of their health."""
    return isinstance(document.get("devices"), list) and "device" not in document


def _place(document: dict[str, Any]) -> tuple[str, str]:
    """Device and slot as the document names them."""
    told = dict_of(document.get("device"))
    name, kind = clean(told.get("name")), clean(told.get("type"), 64)
    behind = kind if "," in kind else ""  # behind a controller: "megaraid,3"
    return name or "disk", " ".join([name.removeprefix("/dev/") or "disk", behind]).strip()


def _problem(disk: SmartDisk, document: dict[str, Any]) -> str:
    """Why nothing can be told of `disk`, or ""."""
    told = (
        disk.passed is not None
        or disk.attributes
        or disk.nvme
        or disk.scsi
        or disk.exit_status & 0b1001_1000  # failing, at a threshold, failed self-tests
    )
    if told and not disk.exit_status & COMMAND_LINE:
        return ""
    for message in list_of(dict_of(document.get("smartctl")).get("messages"), 16):
        text = clean(message.get("string"), 300)
        if text:
            return text
    if disk.exit_status & OPEN_FAILED:
        return "smartctl could not open the device"
    support = dict_of(document.get("smart_support"))
    if support.get("available") is False:
        return "the device tells no SMART data"
    if support.get("enabled") is False:
        return "SMART is switched off on the device"
    return "smartctl told no health data"


def _passed(document: dict[str, Any]) -> bool | None:
    """The device's own word on its health; what is not switched on says nothing good."""
    passed = dict_of(document.get("smart_status")).get("passed")
    support = dict_of(document.get("smart_support"))
    off = support.get("available") is False or support.get("enabled") is False
    return passed if isinstance(passed, bool) and not (passed and off) else None


def _exception(document: dict[str, Any]) -> InformationalException | None:
    told = dict_of(dict_of(document.get("smart_status")).get("scsi"))
    asc, ascq = count_of(told.get("asc")), count_of(told.get("ascq"))
    if asc is None:
        return None
    return InformationalException(asc, ascq or 0, clean(told.get("ie_string")))


def _attributes(document: dict[str, Any]) -> tuple[AtaAttribute, ...]:
    table = dict_of(document.get("ata_smart_attributes")).get("table")
    found = []
    for row in list_of(table, MAX_ATTRIBUTES):
        number = count_of(row.get("id"))
        if number is None or not 1 <= number <= 255:
            continue
        raw = dict_of(row.get("raw"))
        when = row.get("when_failed")
        found.append(
            AtaAttribute(
                number=number,
                name=clean(row.get("name"), 64),
                value=count_of(row.get("value")),
                threshold=count_of(row.get("thresh")),
                prefailure=dict_of(row.get("flags")).get("prefailure") is True,
                when_failed=when if when in ("", "now", "past") else None,
                raw=_first_number(raw),
                raw_text=clean(raw.get("string", raw.get("value")), 64),
            )
        )
    return tuple(found)


def _first_number(raw: dict[str, Any]) -> int | None:
    """The raw count as smartctl prints it first: packed values put other counters behind."""
    text = raw.get("string")
    if isinstance(text, str):
        printed = _PRINTED.match(text)
        number = int(printed.group(1)) if printed else 0 if _ZERO.match(text) else None
    else:
        number = count_of(raw.get("value"))
        if number is not None and number > 0xFFFFFFFF:  # packed, and nobody says how
            number = None
    return None if number in _UNSET else number


def _nvme(document: dict[str, Any]) -> NvmeLog | None:
    """The health log; where only the status was asked for, its critical warning."""
    log = document.get("nvme_smart_health_information_log")
    status = count_of(dict_of(dict_of(document.get("smart_status")).get("nvme")).get("value"))
    if isinstance(log, dict):
        return nvme_cli.log_of(log)
    return None if status is None else NvmeLog(status, None, None, None, None)


def _scsi(document: dict[str, Any]) -> ScsiCounters | None:
    grown = count_of(document.get("scsi_grown_defect_list"))
    pending = count_of(dict_of(document.get("scsi_pending_defects")).get("count"))
    log = dict_of(document.get("scsi_error_counter_log"))
    counts = [
        (kind, count_of(dict_of(log.get(kind)).get("total_uncorrected_errors")))
        for kind in ("read", "write", "verify")
    ]
    known = tuple((kind, count) for kind, count in counts if count is not None)
    if grown is None and pending is None and not known:
        return None
    return ScsiCounters(grown, known, pending)
