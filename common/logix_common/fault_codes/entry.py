"""What a fault code is."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


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
