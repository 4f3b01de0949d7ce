"""Everything that the monitoring chips of a machine tell, each by its own rules. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from logix_common.findings import Component

from logix_agent.detectors import fans, supplies, temperatures, voltages
from logix_agent.detectors.judgement import Doubt, Judgement
from logix_agent.probes.readings import CannotTell
from logix_agent.probes.sensor_readings import HwmonReading

COMPONENTS: Final = (Component.TEMPERATURE, Component.FAN, Component.VOLTAGE, Component.PSU)


def judge(reading: HwmonReading | CannotTell, seen_turning: Mapping[str, str]) -> Judgement:
    """Verdicts on temperatures, fans, voltages and supplies; `seen_turning`: see `fans.turning`."""
    if isinstance(reading, CannotTell):
        return Judgement(doubts=(Doubt(Component.TEMPERATURE, "", reading.reason, reading.absent),))
    fed = supplies.chips_of(reading.channels)
    boards = [channel for channel in reading.channels if channel.chip not in fed]
    return (
        temperatures.judge(reading)
        .joined(fans.judge(reading, seen_turning))
        .joined(voltages.judge(boards))
        .joined(supplies.judge(fed))
    )


def remembered(reading: HwmonReading | CannotTell, notes: Mapping[str, str]) -> Mapping[str, str]:
    """What to note of a reading for the next one."""
    return notes if isinstance(reading, CannotTell) else fans.turning(reading, notes)
