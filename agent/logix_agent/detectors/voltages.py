"""Voltages and currents of boards against the limits that somebody set for them. Pure.

Boards leave most limits of a monitoring chip unset and many inputs open or unscaled: a limit counts where
it makes sense around the value. Supplies have their own rules (`supplies`). Beyond critical: needs
replacement; beyond the warning: from time to time. One finding a chip; the clock's battery is a part of
its own. Reference: hwmon/sysfs-interface.rst (in*_min, in*_max, in*_lcrit, in*_crit, curr*_max, curr*_crit).
"""

from __future__ import annotations

import re
from typing import Final

from logix_common.findings import Component, Evidence, Severity

from logix_agent.detectors.chip_limits import is_rail, near, window
from logix_agent.detectors.judgement import Judgement, PartVerdicts
from logix_agent.probes.sensor_readings import Channel

OUT_OF_LIMITS: Final = "voltage.out-of-limits"
OVERCURRENT: Final = "voltage.overcurrent"
CLOCK_BATTERY: Final = "voltage.clock-battery-low"
#: A CR2032 of 3 V is at the end of its life below that (IEC 60086-3 cells end at 2.0 V; boards warn at 2.5).
BATTERY_LOW: Final = 2.5
BATTERY_EMPTY: Final = 2.0
CLOCK_CELL: Final = re.compile(
    r"(.*\b)?(v[-_ ]?bat|cmos[-_ ]?batt?|rtc[-_ ]?batt?|3v[-_ ]?batt?)", re.IGNORECASE
)
#: Chips that tell by flags alone, without a value (hwmon/raspberrypi-hwmon: in0_lcrit_alarm).
_FLAGS_ALONE: Final = ("rpi_volt",)
Told = tuple[Severity, Evidence]


def judge(channels: list[Channel]) -> Judgement:
    """Verdicts on every chip of which anything can be told; `channels`: none of a supply."""
    judgement = Judgement()
    chips: dict[str, list[Channel]] = {}
    for channel in channels:
        if channel.kind in ("in", "curr") and is_rail(channel):
            if channel.kind == "in" and CLOCK_CELL.match(channel.label):
                judgement = judgement.joined(_judge_battery(channel))
            else:
                chips.setdefault(channel.chip, []).append(channel)
    for chip, rails in chips.items():
        judgement = judgement.joined(_judge_chip(chip, rails))
    return judgement


def _judge_chip(chip: str, rails: list[Channel]) -> Judgement:
    verdicts = PartVerdicts(f"voltage:{chip}", slot=chip)
    for kind, code in (("in", OUT_OF_LIMITS), ("curr", OVERCURRENT)):
        told = [crossed(rail) for rail in rails if rail.kind == kind and can_be_judged(rail)]
        faults = sorted((one for one in told if one is not None), key=lambda one: one[0])
        if faults:
            verdicts.fault(Component.VOLTAGE, code, faults[0][0], [evidence for _, evidence in faults])
        elif told:
            verdicts.sound(code)
    return verdicts.judgement()


def can_be_judged(rail: Channel, *, wide: bool = False) -> bool:
    """Whether it has a value and limits, or alarms, that mean something."""
    if rail.value is None:
        return rail.chip.startswith(_FLAGS_ALONE)
    if rail.kind == "curr":
        return any(rail.limits.get(name, 0.0) > 0 for name in ("max", "crit")) or bool(rail.alarms)
    limits = [window(rail, "lcrit", "crit", wide=wide), window(rail, "min", "max", wide=wide)]
    known = [pair for pair in limits if pair != (None, None)]
    if not known:
        return not rail.limits and bool(rail.alarms)
    return rail.value > 0 and any(near(rail.value, *pair) for pair in known)


def crossed(rail: Channel, *, wide: bool = False) -> Told | None:
    """Severity and proof where a channel that can be judged is beyond a limit, or its alarm is believed."""
    value = rail.value or 0.0
    if rail.value is None:
        flags = sorted(rail.alarms)
        return (Severity.NEEDS_REPLACEMENT, proof(rail, flags[0])) if flags else None
    for low, high, severity in (
        ("lcrit", "crit", Severity.NEEDS_REPLACEMENT),
        ("min", "max", Severity.FROM_TIME_TO_TIME),
    ):
        bottom, top = window(rail, low, high, wide=wide)
        if rail.kind == "curr":
            bottom = None
        if bottom is not None and (value <= bottom if low == "lcrit" else value < bottom):
            return severity, proof(rail, f"at least {bottom:g}")
        if top is not None and (value >= top if high == "crit" else value > top):
            return severity, proof(rail, f"at most {top:g}")
        for name in (low, high):
            if f"{name}_alarm" in rail.alarms and name not in rail.limits:
                return severity, proof(rail, f"{name} alarm")
    if "alarm" in rail.alarms and not rail.limits:
        return Severity.FROM_TIME_TO_TIME, proof(rail, "alarm")
    return None


def proof(channel: Channel, limit: str) -> Evidence:
    """Value and limit with the unit of the channel."""
    unit = {"in": "V", "curr": "A", "power": "W"}.get(channel.kind, "")
    shown = f"{limit} {unit}" if limit[-1].isdigit() else limit
    value = "alarm" if channel.value is None else f"{channel.value:g} {unit}"
    return Evidence(channel.source, channel.name, value, shown)


def _judge_battery(cell: Channel) -> Judgement:
    """A cell that reads nothing is not wired to the chip, or missing: nobody can tell which."""
    verdicts = PartVerdicts(f"voltage:{cell.name}", slot=cell.label)
    value = cell.value or 0.0
    if 0.5 <= value <= 4.5:
        lowest = window(cell, "min", "max")[0] or BATTERY_LOW
        lowest = lowest if BATTERY_EMPTY <= lowest <= 3.0 else BATTERY_LOW
        if value < lowest:
            empty = value < min(lowest, BATTERY_EMPTY)
            severity = Severity.NEEDS_REPLACEMENT if empty else Severity.FROM_TIME_TO_TIME
            verdicts.fault(Component.VOLTAGE, CLOCK_BATTERY, severity, [proof(cell, f"at least {lowest:g}")])
        else:
            verdicts.sound(CLOCK_BATTERY)
    return verdicts.judgement()
