"""Captures of sensors, judged by the agent's own parsers and detectors."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Final

from logix_agent.detectors import (
    bmc_log,
    bmc_sensors,
    chips,
    clock_battery,
    firmware,
    power_sources,
    watchdogs,
)
from logix_agent.detectors.judgement import Judgement
from logix_agent.host.paths import HostPaths
from logix_agent.probes import bmc_log as event_log
from logix_agent.probes import bmc_sensors as controller
from logix_agent.probes import clock_battery as clock
from logix_agent.probes import hwmon, lm_sensors, smbios
from logix_agent.probes import power_sources as sources
from logix_agent.probes import watchdogs as timers
from logix_agent.probes.readings import CannotTell
from logix_agent.probes.sensor_readings import HwmonReading
from logix_agent.replay.capture import Replay, text_of

#: Texts of one folder that are read.
MAX_TEXTS: Final = 32


def _tree(path: Path) -> HostPaths:
    """The machine that a folder holds; one that begins at `sys` is taken from its parent."""
    return HostPaths(path.parent if path.name in ("sys", "proc") else path)


def _texts(folder: Path) -> Iterator[str]:
    """The texts that lie in a folder, in the order of their names."""
    for path in sorted(folder.iterdir())[:MAX_TEXTS]:
        if path.is_file():
            yield text_of(path)


def _hwmon(path: Path) -> Judgement:
    if not path.is_dir():
        return chips.judge(lm_sensors.parse(text_of(path)), {})
    reading: HwmonReading | CannotTell = hwmon.read(_tree(path))
    if isinstance(reading, CannotTell):  # the folder of a chip, or of chips, itself
        reading = hwmon.read_below(HostPaths(path))
    for text in _texts(path) if isinstance(reading, CannotTell) else ():
        reading = lm_sensors.parse(text)
    return chips.judge(reading, {})


def _text(judge: Callable[[str], Judgement]) -> Replay:
    """One text; of a folder, the texts in it one after the other."""

    def replay(path: Path) -> Judgement:
        if not path.is_dir():
            return judge(text_of(path))
        judgement = Judgement()
        for text in _texts(path):
            judgement = judgement.joined(judge(text))
        return judgement

    return replay


def _power_supply(path: Path) -> Judgement:
    return power_sources.judge(sources.read(_tree(path)))


def _watchdog(path: Path) -> Judgement:
    return watchdogs.judge(timers.read(_tree(path)))


def _clock(path: Path) -> Judgement:
    if not path.is_dir():
        return clock_battery.judge(clock.parse(text_of(path)))
    return clock_battery.judge(clock.read(_tree(path)))


KINDS: Final[Mapping[str, Replay]] = {
    "hwmon": _hwmon,
    "ipmi-sensors": _text(lambda text: bmc_sensors.judge(controller.parse(text))),
    "ipmi-sel": _text(lambda text: bmc_log.judge(event_log.parse(text), {}, 0.0)),
    "dmidecode": _text(lambda text: firmware.judge(smbios.parse(text))),
    "power-supply": _power_supply,
    "upsc": _text(lambda text: power_sources.judge(sources.parse_upsc(text))),
    "watchdog": _watchdog,
    "rtc": _clock,
}
