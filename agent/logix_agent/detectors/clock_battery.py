"""The battery that keeps the clock and the firmware's settings while the machine is off. Pure.

Reference: Motorola MC146818 data sheet, register D, VRT: valid RAM and time, which rtc-cmos shows as
batt_status "okay" or "dead".
"""

from __future__ import annotations

from typing import Final

from logix_common.findings import Component, Evidence, Severity

from logix_agent.detectors.judgement import Doubt, Judgement, PartVerdicts
from logix_agent.probes.readings import CannotTell
from logix_agent.probes.sensor_readings import ClockReading

CODE: Final = "system.clock-battery"


def judge(reading: ClockReading | CannotTell) -> Judgement:
    """A dead battery needs replacement."""
    if isinstance(reading, CannotTell):
        return Judgement(doubts=(Doubt(Component.SYSTEM, "", reading.reason, reading.absent),))
    verdicts = PartVerdicts("system:clock-battery", slot="rtc")
    if reading.battery == "dead":
        proof = Evidence(reading.source, "batt_status", reading.battery, "okay", reading.line)
        verdicts.fault(Component.SYSTEM, CODE, Severity.NEEDS_REPLACEMENT, [proof])
    elif reading.battery in ("okay", "ok", "good"):
        verdicts.sound(CODE)
    return verdicts.judgement()
