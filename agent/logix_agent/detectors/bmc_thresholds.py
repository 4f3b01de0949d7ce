"""What a measured value of a management controller beyond one of its thresholds means. Pure.

Non-critical: from time to time. Critical and non-recoverable: at once for temperatures, a replacement for
fans, voltages and supplies. Too cold and turning too fast are no faults of an appliance: sensors that are
not ready read 0. Reference: IPMI 2.0, sections 35.14 and 42.1 (threshold comparison, lower and upper).
"""

from __future__ import annotations

import re
from typing import Final

from logix_common.findings import Component

from logix_agent.detectors.bmc_meanings import EARLY, REPLACE, STOPPED, Meaning
from logix_agent.detectors.voltages import CLOCK_BATTERY, CLOCK_CELL

#: °C and below at which a machine that runs has a sensor that does not.
_COLD: Final = 5.0
_HOTTEST: Final = 150.0
_OF_SUPPLY: Final = re.compile(r"\b(?:ps|psu|pws|power supply|pwr supply)[ _-]?[0-9a-d]?\b", re.IGNORECASE)
_MARGIN: Final = re.compile(r"margin|mrgn|distance|dts", re.IGNORECASE)
_UNITS: Final = (
    (re.compile(r"degrees|°|\A[CF]\Z"), "temperature"),
    (re.compile(r"RPM", re.IGNORECASE), "fan"),
    (re.compile(r"(?:milli)?volts?\Z|m?V\Z", re.IGNORECASE), "voltage"),
    (re.compile(r"amps?\Z|m?A\Z|watts?\Z|W\Z", re.IGNORECASE), "load"),
)


def kind_of(kind: str, unit: str, name: str) -> str:
    """What a value measures: temperature, throttling, fan, voltage, load; "" = nothing that is judged."""
    for pattern, told in _UNITS:
        if pattern.search(unit):
            return told
    kind = kind.lower()
    if unit.lower().startswith(("percent", "%")):
        throttling = re.search(r"therm(?:al)? ctrl|throttl", name, re.IGNORECASE)
        return (
            "throttling" if throttling else "fan" if kind.startswith("fan") or "fan" in name.lower() else ""
        )
    return (
        kind
        if kind in ("temperature", "fan", "voltage") and not unit
        else "load"
        if kind == "current"
        else ""
    )


def crossed(measured: str, name: str, level: str, *, upper: bool, value: float | None) -> Meaning | None:
    """`level`: "nc", "cr" or "nr"; `upper`: which side was crossed. None: no fault."""
    serious = level in ("cr", "nr")
    found: Meaning | None = None
    if measured == "temperature" and upper and (value is None or value <= _HOTTEST):
        found = Meaning(Component.TEMPERATURE, "temperature.high", STOPPED if serious else EARLY)
    elif measured == "throttling" and upper:
        found = Meaning(Component.TEMPERATURE, "temperature.throttled", EARLY)
    elif measured == "fan" and not upper:
        code = "fan.slow" if value else "fan.stopped"
        found = Meaning(Component.FAN, code, REPLACE if serious else EARLY)
    elif measured == "voltage":
        found = _of_voltage(name, serious=serious, upper=upper)
    elif measured == "load" and upper and _OF_SUPPLY.search(name):
        found = Meaning(Component.PSU, "psu.overloaded", EARLY)
    elif measured == "load" and upper:
        found = Meaning(Component.VOLTAGE, "voltage.overcurrent", REPLACE if serious else EARLY)
    return found


def _of_voltage(name: str, *, serious: bool, upper: bool) -> Meaning | None:
    severity = REPLACE if serious else EARLY
    if CLOCK_CELL.match(name):
        return None if upper else Meaning(Component.VOLTAGE, CLOCK_BATTERY, severity)
    if _OF_SUPPLY.search(name):
        return _of_supply(name, serious=serious, upper=upper)
    return Meaning(Component.VOLTAGE, "voltage.out-of-limits", severity)


def _of_supply(name: str, *, serious: bool, upper: bool) -> Meaning:
    fed = re.search(r"\b(?:in|input|vin|ac)\b", name, re.IGNORECASE)
    if fed and (upper or not serious):
        return Meaning(Component.PSU, "psu.input-out-of-range", EARLY)
    if fed:
        return Meaning(Component.PSU, "psu.input-lost", REPLACE)
    return Meaning(Component.PSU, "psu.output-out-of-limits", REPLACE if serious else EARLY)


def sound_codes(measured: str, name: str) -> tuple[str, ...]:
    """The codes that a value within its thresholds judges sound."""
    if measured == "temperature":
        return ("temperature.high",)
    if measured == "throttling":
        return ("temperature.throttled",)
    if measured == "fan":
        return ("fan.stopped", "fan.slow")
    if measured == "voltage" and CLOCK_CELL.match(name):
        return (CLOCK_BATTERY,)
    if measured == "voltage" and _OF_SUPPLY.search(name):
        fed = re.search(r"\b(?:in|input|vin|ac)\b", name, re.IGNORECASE)
        return ("psu.input-lost", "psu.input-out-of-range") if fed else ("psu.output-out-of-limits",)
    if measured == "load":
        return ("psu.overloaded",) if _OF_SUPPLY.search(name) else ("voltage.overcurrent",)
    return ("voltage.out-of-limits",) if measured == "voltage" else ()


def is_upper(measured: str, name: str, value: float | None, thresholds: dict[str, float]) -> bool:
    """Which side a value has crossed, by its thresholds where they are shown, else by what it measures."""
    low = [limit for key in ("lnr", "lcr", "lnc") if (limit := thresholds.get(key)) is not None]
    high = [limit for key in ("unc", "ucr", "unr") if (limit := thresholds.get(key)) is not None]
    if value is not None and high and value >= min(high) and (not low or value > max(low)):
        return True
    if value is not None and low and value <= max(low):
        return False
    if measured == "temperature":
        return value is None or value > _COLD or bool(_MARGIN.search(name))
    return measured in ("throttling", "load")
