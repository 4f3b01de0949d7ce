"""What a hardware finding may say: components, codes, severities, bounds.

A code is append-only; its text (title and advice, Turkish and English) lives in this package's
gettext catalogue, so that the appliance's own console and the support desk say the same.
"""

from __future__ import annotations

import gettext
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from functools import cache
from pathlib import Path
from typing import Final


class Component(StrEnum):
    """The part of an appliance that a finding is about."""

    DISK = "disk"
    STORAGE_WEAR = "storage-wear"
    RAID = "raid"
    MEMORY = "memory"
    CPU = "cpu"
    TEMPERATURE = "temperature"
    FAN = "fan"
    VOLTAGE = "voltage"
    PSU = "psu"
    NIC = "nic"
    FILESYSTEM = "filesystem"
    SYSTEM = "system"


class Severity(IntEnum):
    """How bad it is, in the words of PRI-4. Lower is worse."""

    STOPPED = 1
    NEEDS_REPLACEMENT = 2
    FROM_TIME_TO_TIME = 3


class Event(StrEnum):
    """What a device says of a finding."""

    RAISED = "raised"
    CHANGED = "changed"  # severity or evidence is another
    CLEARED = "cleared"


@dataclass(frozen=True, slots=True)
class Evidence:
    """One line of proof; `line` holds the source's own words."""

    source: str
    name: str
    value: str
    limit: str = ""
    line: str = ""


#: Bounds of one finding, and of a full state: the server refuses one that holds more findings.
MAX_OPEN_FINDINGS: Final = 1_000
MAX_EVIDENCE: Final = 32
MAX_RELATED: Final = 32
MAX_TEXT: Final = 512


def N_(message: str) -> str:  # gettext's own name for "translate later"
    """Mark `message` for extraction; it is translated where it is shown."""
    return message


@dataclass(frozen=True)
class FindingCode:
    """One fault that a detector can name. `hardware` False: a fault of software, capacity or of the agent."""

    code: str
    component: Component
    title: str
    advice: str
    hardware: bool = True


_CODES: Final = (
    FindingCode(
        "disk.smart-failed",
        Component.DISK,
        N_("The disk reports that it is failing"),
        N_("Back up the data and replace the disk."),
    ),
    FindingCode(
        "disk.attribute-threshold",
        Component.DISK,
        N_("A pre-failure value of the disk is at its threshold"),
        N_("Back up the data and replace the disk."),
    ),
    FindingCode(
        "disk.pending-sectors",
        Component.DISK,
        N_("The disk has sectors that it cannot read"),
        N_("Back up the data, run a long self-test and replace the disk."),
    ),
    FindingCode(
        "disk.reallocated-sectors",
        Component.DISK,
        N_("The disk has replaced bad sectors by spare ones"),
        N_("Watch the count; replace the disk when it grows or passes ten."),
    ),
    FindingCode(
        "disk.uncorrectable-errors",
        Component.DISK,
        N_("The disk has reported errors that it could not correct"),
        N_("Back up the data and replace the disk."),
    ),
    FindingCode(
        "disk.command-timeouts",
        Component.DISK,
        N_("The disk has let commands time out"),
        N_("Check the cable, the power and the backplane; watch the count."),
    ),
    FindingCode(
        "disk.interface-errors",
        Component.DISK,
        N_("Data was damaged on the way to or from the disk"),
        N_("Change the cable or the slot; watch the count."),
    ),
    FindingCode(
        "disk.nvme-critical-warning",
        Component.DISK,
        N_("The NVMe drive raises a critical warning"),
        N_("Back up the data and replace the drive."),
    ),
    FindingCode(
        "disk.nvme-media-errors",
        Component.DISK,
        N_("The NVMe drive has lost data integrity in places"),
        N_("Back up the data and replace the drive."),
    ),
    FindingCode(
        "disk.nvme-spare-low",
        Component.DISK,
        N_("The NVMe drive is running out of spare blocks"),
        N_("Plan the replacement of the drive."),
    ),
    FindingCode(
        "storage-wear.life-used",
        Component.STORAGE_WEAR,
        N_("The drive has used up its rated endurance"),
        N_("Plan the replacement of the drive."),
    ),
    FindingCode(
        "raid.degraded",
        Component.RAID,
        N_("The RAID array runs without redundancy"),
        N_("Replace the lost member and rebuild the array."),
    ),
    FindingCode(
        "raid.inactive",
        Component.RAID,
        N_("The RAID array does not run"),
        N_("Check the members at once; do not force an assembly without a backup."),
    ),
    FindingCode(
        "raid.broken",
        Component.RAID,
        N_("The RAID array has lost more members than it can bear"),
        N_("Stop writing to it; save what can be read, then replace the disks and restore the backup."),
    ),
    FindingCode(
        "temperature.high",
        Component.TEMPERATURE,
        N_("A temperature is above its limit"),
        N_("Check the air flow, the fans and the room."),
    ),
    FindingCode(
        "filesystem.read-only",
        Component.FILESYSTEM,
        N_("A file system has been forced read-only"),
        N_("Check the disk below it and its kernel log; repair the file system offline."),
    ),
    FindingCode(
        "filesystem.full",
        Component.FILESYSTEM,
        N_("A file system is full"),
        N_("Free space or move logs away."),
        hardware=False,
    ),
    FindingCode(
        "system.spool-unwritable",
        Component.SYSTEM,
        N_("The agent cannot write its store; it reports from memory"),
        N_("Check the disk and the file system that hold the agent's state."),
        hardware=False,
    ),
)

CODES: Final[dict[str, FindingCode]] = {entry.code: entry for entry in _CODES}


@cache
def _translation(language: str) -> gettext.NullTranslations:
    return gettext.translation(
        "logix_common", Path(__file__).parent / "locale", languages=[language], fallback=True
    )


def title_of(code: str, language: str) -> str:
    """The one-line title of `code` in "tr" or "en"; an unknown (newer) code is shown as it is."""
    entry = CODES.get(code)
    return _translation(language).gettext(entry.title) if entry else code


def advice_of(code: str, language: str) -> str:
    """What an engineer should do; "" for an unknown code."""
    entry = CODES.get(code)
    return _translation(language).gettext(entry.advice) if entry else ""
