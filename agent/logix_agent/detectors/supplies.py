"""Power supplies that report over PMBus: input lost, output beyond its limits, overload. Pure.

A running machine whose supply has failed runs on another one: needs replacement. None of several works:
nothing is left. Warnings of the supply: from time to time. Its fan and its temperature are judged as such.
Reference: PMBus 1.3 part II, sections 15 and 17 (STATUS_INPUT, STATUS_VOUT, STATUS_IOUT) as hwmon/pmbus.rst
maps them: *_lcrit_alarm and *_crit_alarm are faults, *_min_alarm and *_max_alarm are warnings.
"""

from __future__ import annotations

import re
from typing import Final

from logix_common.findings import Component, Severity

from logix_agent.detectors import voltages
from logix_agent.detectors.judgement import Doubt, Judgement, PartVerdicts
from logix_agent.detectors.voltages import Told
from logix_agent.probes.sensor_readings import Channel

INPUT_LOST: Final = "psu.input-lost"
INPUT_OUT_OF_RANGE: Final = "psu.input-out-of-range"
OUTPUT: Final = "psu.output-out-of-limits"
OVERLOADED: Final = "psu.overloaded"
#: Drivers of supplies (kernel: Documentation/hwmon); a bare "pmbus" chip is one where it is fed by the mains.
_SUPPLIES: Final = re.compile(
    r"(acbel|cffps|dps[-_0-9]|fsp|ipsps|pfe[0-9]|bpa-rs|pim4328|bel|crps|delta|corsairpsu|lineage|bmr|q54sj|"
    r"ibm-cffps|inspur|stpddc|umec|spsps|psu|power_supply|cgeb|aspower|megmeet|gw-?sps)",
    re.IGNORECASE,
)
#: V at the input above which it is no rail of a board: mains, or the -48 V of a rack.
_FEED: Final = 40.0
_INPUT: Final = re.compile(r"(v|i|p|in|ac)[ _-]?in([0-9 ]|\Z)|ac\b|vcap", re.IGNORECASE)
#: V and W below which an input is dead.
_DEAD_VOLTS: Final = 5.0


def chips_of(channels: tuple[Channel, ...]) -> dict[str, list[Channel]]:
    """The channels of every supply, by its chip."""
    chips: dict[str, list[Channel]] = {}
    for channel in channels:
        chips.setdefault(channel.chip, []).append(channel)
    return {chip: listed for chip, listed in chips.items() if _is_supply(chip, listed)}


def judge(chips: dict[str, list[Channel]]) -> Judgement:
    """Verdicts on every supply; `chips`: see `chips_of`."""
    several = len(chips) > 1
    dead = {chip for chip, channels in chips.items() if _lost(channels) or _broken(channels)}
    none_left = several and len(dead) == len(chips)
    judgement = Judgement()
    for chip, channels in chips.items():
        judgement = judgement.joined(_judge(chip, channels, none_left, urgent=several and not none_left))
    return judgement


def _is_supply(chip: str, channels: list[Channel]) -> bool:
    if _SUPPLIES.match(chip):
        return True
    fed = [one for one in channels if one.kind == "in" and _is_input(one)]
    return any(max([one.value or 0.0, *one.limits.values()]) >= _FEED for one in fed)


def _judge(chip: str, channels: list[Channel], none_left: bool, *, urgent: bool) -> Judgement:
    verdicts = PartVerdicts(f"psu:{chip}", slot=channels[0].slot or chip)
    if all(channel.value is None for channel in channels):
        reason = f"{chip}: the supply does not answer"
        return verdicts.judgement((Doubt(Component.PSU, verdicts.part, reason),))
    worst = Severity.STOPPED if none_left else Severity.NEEDS_REPLACEMENT
    lost = _lost(channels)
    if lost:
        evidence = [voltages.proof(*entry) for entry in lost]
        verdicts.fault(Component.PSU, INPUT_LOST, worst, evidence, urgent=urgent)
        return verdicts.judgement()  # what an unfed supply puts out tells nothing
    verdicts.sound(INPUT_LOST)
    inputs = [one for one in channels if one.kind == "in" and _is_input(one)]
    outputs = [one for one in channels if one.kind == "in" and not _is_input(one)]
    loads = [one for one in channels if one.kind in ("curr", "power")]
    for code, rails in ((INPUT_OUT_OF_RANGE, inputs), (OUTPUT, outputs), (OVERLOADED, loads)):
        faults = sorted((told for one in rails if (told := _told(one)) is not None), key=lambda one: one[0])
        if faults:
            severity = faults[0][0]
            if code != OUTPUT:
                severity = Severity.FROM_TIME_TO_TIME
            elif severity is Severity.NEEDS_REPLACEMENT:
                severity = worst
            lacking = urgent and severity is Severity.NEEDS_REPLACEMENT
            evidence = [proof for _, proof in faults]
            verdicts.fault(Component.PSU, code, severity, evidence, urgent=lacking)
        elif rails:
            verdicts.sound(code)
    return verdicts.judgement()


def _told(channel: Channel) -> Told | None:
    if channel.kind == "power":
        flags = sorted(channel.alarms & {"alarm", "max_alarm", "crit_alarm"})
        return (Severity.FROM_TIME_TO_TIME, voltages.proof(channel, flags[0])) if flags else None
    if (
        channel.kind == "in"
        and not _is_input(channel)
        and channel.value == 0
        and channel.limits.get("lcrit", 0.0) > 0
    ):
        return Severity.NEEDS_REPLACEMENT, voltages.proof(channel, f"at least {channel.limits['lcrit']:g}")
    judged = voltages.can_be_judged(channel, wide=True)
    told = voltages.crossed(channel, wide=True) if judged else None
    if told is None and channel.value is not None:
        for flag in sorted(channel.alarms & {"lcrit_alarm", "crit_alarm"}):
            return Severity.NEEDS_REPLACEMENT, voltages.proof(channel, flag.replace("_", " "))
        for flag in sorted(channel.alarms):
            return Severity.FROM_TIME_TO_TIME, voltages.proof(channel, flag.replace("_", " "))
    return told


def _lost(channels: list[Channel]) -> list[tuple[Channel, str]]:
    """The inputs that are dead, with what says so; an alarm that the value contradicts is over."""
    lost = []
    for channel in channels:
        if channel.kind != "in" or not _is_input(channel) or channel.value is None or "cap" in channel.label:
            continue
        lowest = max(channel.limits.get("lcrit", 0.0), 0.0)
        alarmed = "lcrit_alarm" in channel.alarms and not lowest and channel.value < _FEED
        if alarmed or channel.value <= lowest or channel.value < _DEAD_VOLTS:
            lost.append((channel, f"at least {max(lowest, _DEAD_VOLTS):g}"))
    return lost


def _broken(channels: list[Channel]) -> bool:
    outputs = [one for one in channels if one.kind == "in" and not _is_input(one)]
    return any((told := _told(one)) is not None and told[0] is Severity.NEEDS_REPLACEMENT for one in outputs)


def _is_input(channel: Channel) -> bool:
    return _INPUT.match(channel.label) is not None
