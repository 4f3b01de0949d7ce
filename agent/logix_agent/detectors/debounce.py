"""How many passes raise a fault and how many clear it, fault by fault; which never clear by themselves. Pure.

A new code needs no entry: its component's numbers hold. What a detector states otherwise stands in
`BY_CODE`, with the reason.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from logix_common.findings import Component


@dataclass(frozen=True, slots=True)
class Debounce:
    """How many consecutive passes raise, and clear."""

    raise_after: int
    clear_after: int


DEFAULT: Final = Debounce(2, 3)
#: Counters of disks do not flicker; temperatures, fans and space do.
BY_COMPONENT: Final[Mapping[str, Debounce]] = {
    Component.DISK: Debounce(2, 3),
    Component.STORAGE_WEAR: Debounce(2, 3),
    Component.RAID: Debounce(2, 3),
    Component.MEMORY: Debounce(1, 4),
    Component.CPU: Debounce(1, 4),
    Component.TEMPERATURE: Debounce(4, 10),
    Component.FAN: Debounce(3, 10),
    Component.VOLTAGE: Debounce(3, 10),
    Component.PSU: Debounce(2, 6),
    Component.NIC: Debounce(3, 10),
    Component.FILESYSTEM: Debounce(3, 4),
    Component.SYSTEM: Debounce(1, 2),
}
BY_CODE: Final[Mapping[str, Debounce]] = {
    # A disk is asked for its temperature together with its counters: minutes lie between two readings.
    "temperature.disk-critical": Debounce(1, 3),
    "temperature.disk-high": Debounce(2, 3),
    # Mains may be out for a moment: a ticket is for what lasts, minutes before any battery is empty.
    "psu.on-battery": Debounce(5, 2),
    "system.module-failed": Debounce(3, 4),  # somebody may just be starting it again
    "memory.missing": Debounce(3, 4),  # unlike an error, it may be a driver that is just being loaded
}
#: Damage that does not heal: a sound verdict does not end it while the part is the same (a counter that a
#: reboot sets back to nothing is no repair). Another part in its place does.
LATCHED: Final = frozenset({"memory.uncorrected", "storage-wear.life-used", "storage-wear.reserve-low"})


def debounce_of(code: str, component: str) -> Debounce:
    """The numbers for a fault."""
    return BY_CODE.get(code) or BY_COMPONENT.get(component, DEFAULT)
