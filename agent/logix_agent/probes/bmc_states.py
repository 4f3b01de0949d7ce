"""Names of the discrete states of sensors, by type and bit (IPMI 2.0, table 42-3), and types guessed by name.

`ipmitool sensor` prints the bits alone and no type: what a sensor is about is in its name then.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

_BY_TYPE: Final[Mapping[str, tuple[str, ...]]] = {
    "processor": (
        "IERR",
        "Thermal Trip",
        "FRB1/BIST failure",
        "FRB2/Hang in POST failure",
        "FRB3/Processor startup/init failure",
        "Configuration Error",
        "SM BIOS Uncorrectable CPU-complex Error",
        "Presence detected",
        "Disabled",
        "Terminator presence detected",
        "Throttled",
        "Uncorrectable machine check exception",
        "Correctable machine check error",
    ),
    "power supply": (
        "Presence detected",
        "Failure detected",
        "Predictive failure",
        "Power Supply AC lost",
        "AC lost or out-of-range",
        "AC out-of-range, but present",
        "Config Error",
        "Power Supply Inactive",
    ),
    "power unit": (
        "Power off/down",
        "Power cycle",
        "240VA power down",
        "Interlock power down",
        "AC lost",
        "Soft-power control failure",
        "Failure detected",
        "Predictive failure",
    ),
    "memory": (
        "Correctable ECC",
        "Uncorrectable ECC",
        "Parity",
        "Memory Scrub Failed",
        "Memory Device Disabled",
        "Correctable ECC logging limit reached",
        "Presence Detected",
        "Configuration Error",
        "Spare",
        "Throttled",
        "Critical Overtemperature",
    ),
    "drive slot": (
        "Drive Present",
        "Drive Fault",
        "Predictive Failure",
        "Hot Spare",
        "Parity Check In Progress",
        "In Critical Array",
        "In Failed Array",
        "Rebuild In Progress",
        "Rebuild Aborted",
    ),
    "battery": ("Low", "Failed", "Presence Detected"),
}
#: Only names that leave no doubt; bits of anything else are not read.
_NAMES: Final = (
    (
        re.compile(
            r"(?:ps|psu|pws|power supply)[ _-]?[0-9a-d]?[ _-]*(?:status|stat|state)?\Z", re.IGNORECASE
        ),
        "Power Supply",
    ),
    (
        re.compile(
            r"(?:drive|hdd|disk|bay|drv)[ _-]?(?:slot|bay)?[ _-]?[0-9]{1,3}(?:[ _-]*(?:status|stat|pres))?\Z",
            re.IGNORECASE,
        ),
        "Drive Slot",
    ),
    (re.compile(r"(?:cmos|rtc|romb|raid|perc|bbu)[ _-]?(?:battery|batt)\Z", re.IGNORECASE), "Battery"),
    (re.compile(r"(?:cpu|p|proc|processor)[ _-]?[0-9]?[ _-]*status\Z", re.IGNORECASE), "Processor"),
    (re.compile(r"pwr unit status\Z|power unit status\Z", re.IGNORECASE), "Power Unit"),
)


def type_by_name(name: str) -> str:
    """The type that a sensor's name tells; "" where it is not plain."""
    return next((kind for pattern, kind in _NAMES if pattern.match(name)), "")


def states_of_bits(kind: str, bits: int) -> tuple[str, ...] | None:
    """The states that are up, for a type whose bits are the same on every machine; None for others."""
    states = _BY_TYPE.get(kind.lower().removesuffix(" / bay"))
    if states is None:
        return None
    return tuple(name for place, name in enumerate(states) if bits >> place & 1)
