"""Fans that stand still, turn too slowly, or are alarmed. Pure.

A fan that reads 0 and has no lowest speed may be a header without a fan, or one that stands still by
design: nothing is said of it, unless it was seen turning before and nobody has switched it off.
One of several fans: needs replacement. The only one, or all: nothing cools any more. Reference:
hwmon/sysfs-interface.rst (fan*_min, fan*_alarm, fan*_fault).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from logix_common.findings import Component, Evidence, Severity

from logix_agent.detectors.chip_limits import MAX_RPM, slowest
from logix_agent.detectors.judgement import Judgement, PartVerdicts
from logix_agent.probes.sensor_readings import Channel, HwmonReading

STOPPED: Final = "fan.stopped"
SLOW: Final = "fan.slow"
#: Chips of graphics cards and of supplies that let their fan stand still while they are cool.
_STANDS_BY_DESIGN: Final = ("amdgpu", "radeon", "nouveau", "nvidia", "i915", "xe", "corsairpsu")
_MAX_NOTES: Final = 64
#: A fan that is driven at its lowest speed turns a little above or below it (applesmc, dell-smm).
_SWAY: Final = 0.1


def judge(reading: HwmonReading, seen_turning: Mapping[str, str]) -> Judgement:
    """Verdicts on every fan of which anything can be told. `seen_turning`: see `turning`."""
    fans = reading.of("fan")
    faults = {fan.name: told for fan in fans if (told := _fault(fan, fan.name in seen_turning)) is not None}
    running = [fan for fan in fans if fan.name not in faults and _turns(fan)]
    worst = Severity.NEEDS_REPLACEMENT if running else Severity.STOPPED
    judgement = Judgement()
    for fan in fans:
        verdicts = PartVerdicts(f"fan:{fan.name}", slot=fan.slot)
        if fan.name in faults:
            code, limit = faults[fan.name]
            severity = worst if code == STOPPED else Severity.NEEDS_REPLACEMENT
            value = "FAULT" if fan.value is None else f"{fan.value:.0f} RPM"
            verdicts.fault(Component.FAN, code, severity, [Evidence(fan.source, fan.name, value, limit)])
            verdicts.sound(SLOW if code == STOPPED else STOPPED)
        elif _turns(fan):
            verdicts.sound(STOPPED)
            verdicts.sound(SLOW)
        judgement = judgement.joined(verdicts.judgement())
    return judgement


def turning(reading: HwmonReading, notes: Mapping[str, str]) -> dict[str, str]:
    """What to remember: the fans that were ever seen turning."""
    now = {fan.name: "turned" for fan in reading.of("fan") if _turns(fan)}
    return dict(list({**notes, **now}.items())[:_MAX_NOTES])


def _turns(fan: Channel) -> bool:
    return fan.value is not None and 0 < fan.value <= MAX_RPM


def _fault(fan: Channel, turned_before: bool) -> tuple[str, str] | None:
    """The code and the limit that was passed."""
    lowest, still = slowest(fan), not fan.value
    if fan.faulty and still:
        return STOPPED, "fault flag"
    if fan.value is None or not 0 <= fan.value <= MAX_RPM:
        return None
    if lowest is not None:
        alarmed = bool(fan.alarms) and fan.value < lowest
        if not alarmed and fan.value >= lowest * (1 - _SWAY):
            return None  # an alarm that is still up tells of a moment that is over
        return (STOPPED if still else SLOW), f"at least {lowest:.0f} RPM"
    if fan.alarms & {"alarm", "min_alarm", "crit_alarm"} and "min" not in fan.limits:
        return (STOPPED if still else SLOW), "alarm flag"
    if still and turned_before and fan.driven != 0 and not fan.chip.startswith(_STANDS_BY_DESIGN):
        return STOPPED, "was turning before"
    return None
