"""Sensors of the management controller, by its own thresholds and states. Pure.

What it cannot read (na, ns, disabled) is an empty place or a part that is off, never a fault. A failed
supply of a machine that runs has another beside it: needs replacement; when none works, nothing is left.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from logix_common.findings import Component, Evidence, Severity

from logix_agent.detectors.bmc_meanings import Meaning, codes_of, is_urgent, meaning
from logix_agent.detectors.bmc_thresholds import crossed, is_upper, kind_of, sound_codes
from logix_agent.detectors.judgement import Doubt, Judgement, PartVerdicts
from logix_agent.probes.readings import CannotTell
from logix_agent.probes.sensor_readings import BmcReading, BmcSensor

COMPONENTS: Final = (Component.PSU, Component.FAN, Component.TEMPERATURE, Component.VOLTAGE)
SOURCE: Final = "ipmi"
_PART_KINDS: Final[Mapping[str, str]] = {Component.MEMORY: "dimm"}
_TYPES: Final = {
    "power": Component.PSU,
    "fan": Component.FAN,
    "cooling": Component.FAN,
    "processor": Component.CPU,
    "memory": Component.MEMORY,
    "drive": Component.DISK,
    "temperature": Component.TEMPERATURE,
    "voltage": Component.VOLTAGE,
}
Told = list[tuple[Meaning, str]]  # what is said of a sensor, and the words or value that say it


def judge(reading: BmcReading | CannotTell) -> Judgement:
    """Verdicts on every sensor that means something."""
    if isinstance(reading, CannotTell):
        return Judgement(doubts=(Doubt(Component.SYSTEM, "", reading.reason, reading.absent),))
    told = [(sensor, _told(sensor)) for sensor in reading.sensors]
    alone = _alone(told)
    judgement = Judgement()
    used: dict[str, int] = {}
    for sensor, faults in told:
        count = used[sensor.name] = used.get(sensor.name, 0) + 1
        name = sensor.name if count == 1 else f"{sensor.name} #{count}"
        judgement = judgement.joined(_judge(sensor, name, faults, alone))
    return judgement


def _judge(sensor: BmcSensor, name: str, told: Told, alone: frozenset[str]) -> Judgement:
    kind = _part_kind(sensor, told)
    verdicts = PartVerdicts(f"{_PART_KINDS.get(kind, kind)}:bmc/{name}", slot=sensor.name)
    if not kind:
        return Judgement()
    if not sensor.readable:
        return Judgement(doubts=(Doubt(kind, verdicts.part, f"{name}: nothing is read", absent=True),))
    faulty = set()
    for found, words in sorted(told, key=lambda entry: entry[0].severity):
        if not found.sound and found.code not in faulty:
            faulty.add(found.code)
            severity = Severity.STOPPED if found.component in alone and _serious(found) else found.severity
            evidence = Evidence(SOURCE, name, words, _limit(sensor, found), sensor.line)
            urgent = is_urgent(found.code, severity)
            verdicts.fault(found.component, found.code, severity, [evidence], urgent=urgent)
    sound = _sound(sensor) | {found.code for found, _ in told if found.sound}
    for code in sorted(sound - faulty):
        verdicts.sound(code)
    empty = not verdicts.sightings and not verdicts.healthy and _can_be_empty(sensor)
    return Judgement() if empty else verdicts.judgement()


def _told(sensor: BmcSensor) -> Told:
    found: Told = []
    for state in (sensor.states or ()) if sensor.readable else ():
        known = meaning(sensor.type, sensor.name, state)
        if known is not None:
            found.append((known, state))
    if sensor.readable and sensor.value is not None:
        known = _threshold(sensor)
        if known is not None:
            found.append((known, f"{sensor.value:g} {sensor.unit} ({sensor.status})"))
    return found


def _threshold(sensor: BmcSensor) -> Meaning | None:
    if sensor.status not in ("nc", "cr", "nr"):
        return None
    measured = kind_of(sensor.type, sensor.unit, sensor.name)
    words = " ".join(sensor.states or ()).lower()
    if "lower" in words or "upper" in words:
        upper = "upper" in words
    else:
        upper = is_upper(measured, sensor.name, sensor.value, dict(sensor.thresholds))
    return crossed(measured, sensor.name, sensor.status, upper=upper, value=sensor.value)


def _sound(sensor: BmcSensor) -> frozenset[str]:
    """The codes that a sensor can judge, and judges sound where it names no fault."""
    if sensor.value is not None:
        measured = kind_of(sensor.type, sensor.unit, sensor.name)
        unsure = not sensor.status or (measured in ("fan", "voltage") and sensor.value == 0)
        return frozenset() if unsure else frozenset(sound_codes(measured, sensor.name))
    if sensor.states is None or (not sensor.states and _can_be_empty(sensor)):
        return frozenset()
    return codes_of(sensor.type, sensor.name)


def _can_be_empty(sensor: BmcSensor) -> bool:
    """Whether no state at all says that the place is empty."""
    return sensor.type.lower().startswith(("power supply", "drive"))


def _part_kind(sensor: BmcSensor, told: Told) -> str:
    """What the sensor is about, whatever it says of it now; "" = nothing that is judged."""
    measured = kind_of(sensor.type, sensor.unit, sensor.name) if sensor.value is not None else ""
    codes = sound_codes(measured, sensor.name)
    if codes:
        return codes[0].partition(".")[0]
    kind = sensor.type.lower()
    known = next((component for start, component in _TYPES.items() if kind.startswith(start)), "")
    if known or sensor.value is not None:
        return known
    return Component.SYSTEM if told or codes_of(sensor.type, sensor.name) else ""


def _alone(told: list[tuple[BmcSensor, Told]]) -> frozenset[str]:
    """The components of which nothing works any more: all fans, or all of several supplies."""
    gone = set()
    fans = [
        (sensor, faults) for sensor, faults in told if kind_of(sensor.type, sensor.unit, sensor.name) == "fan"
    ]
    if fans and not any(sensor.value and not _failed(faults) for sensor, faults in fans):
        gone.add(Component.FAN)
    supplies = [
        faults
        for sensor, faults in told
        if sensor.type.lower() == "power supply" and sensor.states and sensor.readable
    ]
    if len(supplies) > 1 and all(_failed(faults) for faults in supplies):
        gone.add(Component.PSU)
    return frozenset(gone)


def _failed(told: Told) -> bool:
    return any(_serious(found) for found, _ in told)


def _serious(found: Meaning) -> bool:
    return not found.sound and found.severity <= Severity.NEEDS_REPLACEMENT and "redundancy" not in found.code


def _limit(sensor: BmcSensor, found: Meaning) -> str:
    if sensor.value is None:
        return ""
    keys = ("lnr", "lcr", "lnc") if found.component == Component.FAN else tuple(sensor.thresholds)
    return ", ".join(f"{key} {sensor.thresholds[key]:g}" for key in keys if key in sensor.thresholds)[:120]
