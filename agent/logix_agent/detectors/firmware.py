"""What the firmware says of supplies, fans, voltages, temperatures and memory. Pure.

"Present, Unknown" is most firmware's way of not looking: it says nothing. An unplugged supply is one only
where another is plugged in, or nobody could read the tables. Reference: DMTF DSP0134, types 3, 18, 26 to 28,
33 and 39.
"""

from __future__ import annotations

from typing import Final

from logix_common.findings import Component, Evidence, Severity

from logix_agent.detectors.judgement import Doubt, Judgement, PartVerdicts
from logix_agent.probes.readings import CannotTell
from logix_agent.probes.sensor_readings import FirmwareReading, FirmwareStatus

SOURCE: Final = "dmidecode"
_CODES: Final = {
    "psu": (Component.PSU, "psu.failed"),
    "chassis-psu": (Component.PSU, "psu.failed"),
    "fan": (Component.FAN, "fan.stopped"),
    "voltage": (Component.VOLTAGE, "voltage.out-of-limits"),
    "temperature": (Component.TEMPERATURE, "temperature.high"),
    "chassis-temperature": (Component.TEMPERATURE, "temperature.high"),
}
_SEVERITIES: Final = {
    "non-critical": Severity.FROM_TIME_TO_TIME,
    "critical": Severity.NEEDS_REPLACEMENT,
    "non-recoverable": Severity.NEEDS_REPLACEMENT,
}
#: Types of memory errors (DSP0134, table 78).
_UNCORRECTED: Final = frozenset({"bad read", "parity", "double-bit", "multi-bit", "uncorrectable"})
_CORRECTED: Final = frozenset({"single-bit", "corrected single-bit", "corrected"})


def judge(reading: FirmwareReading | CannotTell) -> Judgement:
    """Verdicts on every part of which the firmware says more than that it is there."""
    if isinstance(reading, CannotTell):
        return Judgement(doubts=(Doubt(Component.PSU, "", reading.reason, reading.absent),))
    fed = sum(part.kind == "psu" and part.present and part.plugged is True for part in reading.parts)
    judgement = Judgement()
    for part in reading.parts:
        if part.kind == "memory":
            judgement = judgement.joined(_judge_memory(part))
        elif part.present:
            judgement = judgement.joined(_judge(part, others_fed=fed > 0))
    return judgement


def _judge(part: FirmwareStatus, *, others_fed: bool) -> Judgement:
    component, code = _CODES[part.kind]
    key = f"{component}:{part.serial or f'dmi/{part.name}'}"
    verdicts = PartVerdicts(key, slot=part.name, serial=part.serial, model=part.model)
    proof = [Evidence(SOURCE, part.name, part.status or "unplugged", "ok", part.line)]
    severity = _SEVERITIES.get(part.status)
    if severity is Severity.NEEDS_REPLACEMENT and component == Component.TEMPERATURE:
        severity = Severity.STOPPED
    if severity is not None:
        verdicts.fault(component, code, severity, proof)
    elif part.status == "ok":
        verdicts.sound(code)
    if part.plugged is False and others_fed:
        verdicts.fault(Component.PSU, "psu.input-lost", Severity.NEEDS_REPLACEMENT, proof)
    elif part.plugged:
        verdicts.sound("psu.input-lost")
    return verdicts.judgement()


def _judge_memory(part: FirmwareStatus) -> Judgement:
    verdicts = PartVerdicts(f"dimm:dmi/{part.name}", slot=part.name)
    proof = [Evidence(SOURCE, part.name, part.status, "", part.line)]
    if part.status in _UNCORRECTED:
        verdicts.fault(Component.MEMORY, "memory.uncorrected", Severity.STOPPED, proof)
    elif part.status in _CORRECTED:
        verdicts.fault(
            Component.MEMORY, "memory.corrected", Severity.FROM_TIME_TO_TIME, proof, early=True, count=1
        )
    elif part.status == "ok":
        verdicts.sound("memory.uncorrected")
    return verdicts.judgement()
