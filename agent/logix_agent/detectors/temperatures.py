"""Temperatures against the limits that the chip itself gives; processors slowed down for heat. Pure.

Limits that nobody set (0, 65261.85) are no limits; an alarm flag that the value contradicts says nothing.
One finding a chip: the cores of a processor overheat together. Reference: hwmon/sysfs-interface.rst
(temp*_max, temp*_crit, temp*_emergency and their alarms), kernel admin-guide/thermal on core_throttle_count.
"""

from __future__ import annotations

from typing import Final

from logix_common.findings import Component, Evidence, Severity

from logix_agent.detectors.chip_limits import celsius, celsius_limit
from logix_agent.detectors.judgement import Doubt, Judgement, PartVerdicts
from logix_agent.probes.sensor_readings import Channel, HwmonReading, Throttle

CODE: Final = "temperature.high"
THROTTLED: Final = "temperature.throttled"
#: A reading so little below a limit neither raises nor clears.
_BAND: Final = 3.0
#: An alarm flag holds until the temperature has fallen by the chip's hysteresis; never by more than that.
_HYSTERESIS: Final = 10.0
_CRITICAL: Final = ("crit", "emergency")


def judge(reading: HwmonReading) -> Judgement:
    """Verdicts on every chip that has a value and a limit, and on every processor that counts."""
    chips: dict[str, list[Channel]] = {}
    for channel in reading.of("temp"):
        chips.setdefault(channel.chip, []).append(channel)
    judgement = Judgement()
    for chip, channels in chips.items():
        judgement = judgement.joined(_judge_chip(chip, channels))
    for throttle in reading.throttles:
        judgement = judgement.joined(_judge_processor(throttle))
    return judgement


def _judge_chip(chip: str, channels: list[Channel]) -> Judgement:
    verdicts = PartVerdicts(f"temperature:{chip}", slot=chip)
    hot: list[tuple[Severity, Evidence]] = []
    cool, doubts = [], []
    for channel in channels:
        value = celsius(channel)
        if value is None or (value < 0 and channel.alarms):
            if channel.alarms or channel.faulty:
                reason = f"{channel.name}: the sensor is not connected or broken"
                doubts.append(Doubt(Component.TEMPERATURE, verdicts.part, reason, absent=True))
            continue
        told = _told(channel, value)
        limits = [
            limit for name in ("max", *_CRITICAL) if (limit := celsius_limit(channel, name)) is not None
        ]
        if told is not None:
            hot.append(told)
        elif limits:
            cool.append(all(value < limit - _BAND for limit in limits))
    if hot:
        worst = min(severity for severity, _ in hot)
        verdicts.fault(
            Component.TEMPERATURE, CODE, worst, [evidence for _, evidence in sorted(hot, key=_first)]
        )
    elif cool and all(cool):
        verdicts.sound(CODE)
    return verdicts.judgement(tuple(doubts))


def _told(channel: Channel, value: float) -> tuple[Severity, Evidence] | None:
    """Severity and proof where a sensor is above a limit."""
    for name in _CRITICAL:
        limit = celsius_limit(channel, name)
        if limit is not None and value >= limit:
            return Severity.STOPPED, _proof(channel, f"{limit:.1f} °C")
    raised = [name for name in _CRITICAL if f"{name}_alarm" in channel.alarms]
    for name in raised:
        limit = celsius_limit(channel, name)
        if name in channel.limits and limit is None:
            continue  # the alarm of a limit that nobody set
        if limit is None or value >= limit - _HYSTERESIS:
            return Severity.STOPPED, _proof(channel, _flag(name, limit))
        # Processors keep the flag until they are reset (coretemp: the "out of spec" bit): it was that hot.
        return Severity.FROM_TIME_TO_TIME, _proof(channel, _flag(name, limit))
    return _warned(channel, value)


def _warned(channel: Channel, value: float) -> tuple[Severity, Evidence] | None:
    limit = celsius_limit(channel, "max")
    if limit is not None and value > limit:
        return Severity.FROM_TIME_TO_TIME, _proof(channel, f"{limit:.1f} °C")
    flags = channel.alarms & {"alarm", "max_alarm"}
    trusted = value >= limit - _HYSTERESIS if limit is not None else not channel.limits
    if flags and trusted:
        return Severity.FROM_TIME_TO_TIME, _proof(channel, _flag("max", limit))
    return None


def _judge_processor(throttle: Throttle) -> Judgement:
    verdicts = PartVerdicts(f"temperature:cpu{throttle.package}", slot=f"cpu{throttle.package}")
    if throttle.count > 0:
        proof = Evidence(throttle.source, "core_throttle_count", str(throttle.count), "0")
        verdicts.fault(
            Component.TEMPERATURE,
            THROTTLED,
            Severity.FROM_TIME_TO_TIME,
            [proof],
            early=True,
            count=throttle.count,
        )
    else:
        verdicts.sound(THROTTLED)
    return verdicts.judgement()


def _proof(channel: Channel, limit: str) -> Evidence:
    return Evidence(channel.source, channel.name, f"{channel.value:.1f} °C", limit)


def _flag(name: str, limit: float | None) -> str:
    return f"{name} alarm" + (f", {limit:.1f} °C" if limit is not None else "")


def _first(entry: tuple[Severity, Evidence]) -> Severity:
    return entry[0]
