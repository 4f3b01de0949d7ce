"""Temperatures against the limits that the chip itself gives. Pure.

Limits that nobody set (0, 65261.85) are no limits; an alarm flag without a value says nothing. One
finding a chip: the cores of a processor overheat together.
"""

from __future__ import annotations

from typing import Final

from logix_common.findings import Component, Evidence, Severity

from logix_agent.detectors.judgement import Doubt, Judgement, PartVerdicts
from logix_agent.probes.readings import CannotTell, TemperatureReading, TemperatureSensor

CODE: Final = "temperature.high"
#: °C that a sensor in a running machine can show, and that a limit can sensibly be.
_PLAUSIBLE: Final = (-40.0, 150.0)
_PLAUSIBLE_LIMIT: Final = (30.0, 150.0)
#: A reading so little below a limit neither raises nor clears.
_BAND: Final = 3.0


def judge(reading: TemperatureReading | CannotTell) -> Judgement:
    """Verdicts on every chip that has a value and a limit."""
    if isinstance(reading, CannotTell):
        return Judgement(doubts=(Doubt(Component.TEMPERATURE, "", reading.reason, reading.absent),))
    chips: dict[str, list[TemperatureSensor]] = {}
    for sensor in reading.sensors:
        chips.setdefault(sensor.chip, []).append(sensor)
    judgement = Judgement()
    for chip, sensors in chips.items():
        judgement = judgement.joined(_judge_chip(chip, sensors))
    return judgement


def _judge_chip(chip: str, sensors: list[TemperatureSensor]) -> Judgement:
    verdicts = PartVerdicts(f"temperature:{chip}", slot=chip)
    hot: list[tuple[Severity, Evidence]] = []
    cool, doubts = [], []
    for sensor in sensors:
        if not _within(sensor.celsius, _PLAUSIBLE):
            if sensor.alarm:
                reason = f"{sensor.name}: an alarm without a plausible value"
                doubts.append(Doubt(Component.TEMPERATURE, verdicts.part, reason))
            continue
        told = _told(sensor)
        if told is not None:
            hot.append(told)
        elif _limits(sensor):
            cool.append(all((sensor.celsius or 0.0) < limit - _BAND for limit in _limits(sensor)))
    if hot:
        worst = min(severity for severity, _ in hot)
        verdicts.fault(Component.TEMPERATURE, CODE, worst, [evidence for _, evidence in hot])
    elif cool and all(cool):
        verdicts.sound(CODE)
    return verdicts.judgement(tuple(doubts))


def _told(sensor: TemperatureSensor) -> tuple[Severity, Evidence] | None:
    """Severity and proof where a sensor is above a limit."""
    celsius = sensor.celsius or 0.0
    critical, maximum = _limit(sensor.critical), _limit(sensor.maximum)
    if critical is not None and celsius >= critical:
        return Severity.STOPPED, _proof(sensor, critical)
    if maximum is not None and celsius > maximum:
        return Severity.FROM_TIME_TO_TIME, _proof(sensor, maximum)
    return None


def _proof(sensor: TemperatureSensor, limit: float) -> Evidence:
    return Evidence(sensor.source, sensor.name, f"{sensor.celsius:.1f} °C", f"{limit:.1f} °C")


def _limit(value: float | None) -> float | None:
    """The limit, or None for one that nobody set."""
    return value if _within(value, _PLAUSIBLE_LIMIT) else None


def _limits(sensor: TemperatureSensor) -> list[float]:
    return [limit for limit in (_limit(sensor.critical), _limit(sensor.maximum)) if limit is not None]


def _within(value: float | None, bounds: tuple[float, float]) -> bool:
    return value is not None and bounds[0] <= value <= bounds[1]
