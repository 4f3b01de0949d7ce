"""The NVMe health log as nvme-cli prints it: text of any version, or `-o json` (nvme-smart-log(1)). Pure.

Versions differ in the names of fields ("avail_spare", "available_spare"), in notes behind the values
("35 C (308 Kelvin)", "100%"), and in numbers written as floats, as text or as objects.
"""

from __future__ import annotations

import re
from typing import Any, Final

from logix_agent.probes.json_values import count_of, dict_of, documents
from logix_agent.probes.readings import CannotTell, NvmeLog, SmartDisk, clean

MAX_LINES: Final = 4096
MAX_DISKS: Final = 64
#: The names of every version, brought to one form.
_NAMES: Final = {
    "critical_warning": "critical_warning",
    "available_spare": "available_spare",
    "avail_spare": "available_spare",
    "available_spare_threshold": "spare_threshold",
    "spare_thresh": "spare_threshold",
    "percentage_used": "percentage_used",
    "percent_used": "percentage_used",
    "media_errors": "media_errors",
    "media_and_data_integrity_errors": "media_errors",
    "endurance_group_critical_warning_summary": "group_warning",
    "endurance_grp_critical_warning_summary": "group_warning",
}
#: The bits of a critical warning that was taken apart, by the words that begin them.
_BITS: Final = (
    ("available_spare", 0),
    ("avail_spare", 0),
    ("temp", 1),
    ("reliability", 2),
    ("nvm_subsystem_reliability", 2),
    ("ro", 3),
    ("read_only", 3),
    ("vmbu", 4),
    ("volatile_mem", 4),
    ("pmr", 5),
    ("persistent_mem", 5),
)
_HEAD: Final = re.compile(r"(?i)smart log for nvme device\s*:?\s*([\w./-]{1,64})")
_VALUE: Final = re.compile(r"(0[xX][0-9a-fA-F]{1,32}|[0-9][0-9,.']{0,60})")


def parse(text: str) -> tuple[SmartDisk, ...] | CannotTell:
    """Every drive whose health log is in `text`; "cannot tell" where there is none. Never raises."""
    found, broken = documents(text)
    if found or broken:
        disks = [disk for document in found[:MAX_DISKS] for disk in _from_document(document)]
        if disks and not broken:
            return tuple(disks)
        return CannotTell("nvme-cli gave broken JSON" if broken else "the JSON holds no NVMe health log")
    disks = _from_lines(text.splitlines()[:MAX_LINES])
    return tuple(disks) if disks else CannotTell("no NVMe health log")


def log_of(fields: dict[str, Any]) -> NvmeLog | None:
    """The log from named fields in any version's words; None where it says nothing of health."""
    told: dict[str, int | None] = {}
    for name, value in list(fields.items())[:256]:
        field = _NAMES.get(_plain(name))
        if field and told.get(field) is None:
            told[field] = _bits_of(value) if field == "critical_warning" else count_of(value)
    if all(value is None for value in told.values()):
        return None
    return NvmeLog(
        told.get("critical_warning"),
        told.get("available_spare"),
        told.get("spare_threshold"),
        told.get("percentage_used"),
        told.get("media_errors"),
        told.get("group_warning"),
    )


def is_log(document: dict[str, Any]) -> bool:
    """Whether a JSON document is nvme-cli's health log itself."""
    names = {_plain(name) for name in list(document)[:256]}
    return "critical_warning" in names and bool(names & {"avail_spare", "available_spare", "percent_used"})


def disk_of(document: dict[str, Any]) -> SmartDisk:
    """The drive of a document that is a health log; nvme-cli does not say which drive it was."""
    name = clean(document.get("device") or document.get("node"), 64) or "nvme"
    slot = name.removeprefix("/dev/")
    log = log_of(document)
    return SmartDisk(name, slot, nvme=log, problem="" if log else "the health log says nothing")


def _from_document(document: dict[str, Any]) -> list[SmartDisk]:
    if is_log(document):
        return [disk_of(document)]
    inner = [(name, dict_of(value)) for name, value in list(document.items())[:MAX_DISKS]]
    return [disk_of({"device": name, **value}) for name, value in inner if is_log(value)]


def _from_lines(lines: list[str]) -> list[SmartDisk]:
    """Text: a heading line names the drive, then one "name : value" a line."""
    drives: list[tuple[str, dict[str, Any]]] = [("nvme", {})]
    for line in lines:
        head = _HEAD.search(line[:512])
        if head:
            drives.append((head.group(1), {}))
            continue
        name, colon, value = line[:512].partition(":")
        number = _VALUE.match(value.strip())
        if colon and number:
            drives[-1][1].setdefault(_plain(name), _number(number.group(1)))
    logs = [(name.removeprefix("/dev/"), log_of(fields)) for name, fields in drives[: MAX_DISKS + 1]]
    return [SmartDisk(f"/dev/{slot}", slot, nvme=log) for slot, log in logs if log and _is_whole(log)]


def _is_whole(log: NvmeLog) -> bool:
    """Whether it is a health log, and not one line of another tool that happens to look like it."""
    return log.critical_warning is not None or (
        log.available_spare is not None and log.percentage_used is not None
    )


def _number(text: str) -> int | None:
    if text[:2] in ("0x", "0X"):
        return int(text, 16)
    digits = re.sub(r"[,.']", "", text)  # thousands, in whatever way the locale groups them
    return int(digits)


def _bits_of(value: object) -> int | None:
    """A critical warning: a number, or an object with the number and each bit by name."""
    number = count_of(value)
    if number is not None or not isinstance(value, dict):
        return number
    bits = 0
    for name, state in list(value.items())[:16]:
        plain = _plain(name)
        for begin, bit in _BITS:
            if plain.startswith(begin) and (state is True or count_of(state)):
                bits |= 1 << bit
    return bits if value else None


def _plain(name: object) -> str:
    """A name in one form: "Available Spare Threshold" is available_spare_threshold."""
    return re.sub(r"[^a-z0-9]+", "_", str(name)[:128].lower()).strip("_")
