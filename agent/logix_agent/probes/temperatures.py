"""Temperatures below /sys/class/hwmon (kernel: hwmon/sysfs-interface.rst): m°C there, °C here."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from logix_agent.host.paths import HostPaths
from logix_agent.probes.readings import CannotTell, TemperatureReading, TemperatureSensor, clean

HWMON: Final = "/sys/class/hwmon"
MAX_CHIPS: Final = 64
MAX_SENSORS: Final = 256
_FILE: Final = re.compile(r"temp([0-9]{1,4})_(input|label|max|crit|alarm|max_alarm|crit_alarm|fault)\Z")
_MILLI: Final = re.compile(r"-?[0-9]{1,9}\Z")


def read(paths: HostPaths) -> TemperatureReading | CannotTell:
    """All temperature sensors; "absent" where the machine has no hwmon."""
    chips = paths.names(HWMON, MAX_CHIPS)
    if chips is None:
        return CannotTell(f"{HWMON}: absent", absent=True)
    sensors: list[TemperatureSensor] = []
    for chip in sorted(chips, key=_by_number):
        files: dict[str, str] = {}
        for folder in (f"{HWMON}/{chip}/device", f"{HWMON}/{chip}"):  # drivers before Linux 3.15 used device/
            for name in paths.names(folder) or ():
                if name == "name" or _FILE.match(name):
                    files[name] = paths.line(f"{folder}/{name}")
        sensors += parse_chip(files, f"{HWMON}/{chip}")
    return TemperatureReading(distinct(sensors[:MAX_SENSORS]))


def parse_chip(files: Mapping[str, str], source: str) -> list[TemperatureSensor]:
    """The sensors of one chip from its files' texts. Pure."""
    numbers = sorted({int(match.group(1)) for name in files if (match := _FILE.match(name))})
    chip = clean(files.get("name"), 48) or clean(source.rpartition("/")[2], 48)
    sensors = []
    for number in numbers:
        start = f"temp{number}_"
        faulty = files.get(f"{start}fault") == "1"
        sensors.append(
            TemperatureSensor(
                chip=chip,
                label=clean(files.get(f"{start}label"), 64) or f"temp{number}",
                celsius=None if faulty else _celsius(files.get(f"{start}input")),
                maximum=_celsius(files.get(f"{start}max")),
                critical=_celsius(files.get(f"{start}crit")),
                alarm=any(
                    files.get(f"{start}{kind}") == "1" for kind in ("alarm", "max_alarm", "crit_alarm")
                ),
                source=clean(f"{source}/{start}input", 200),
            )
        )
    return sensors


def distinct(sensors: list[TemperatureSensor]) -> tuple[TemperatureSensor, ...]:
    """The sensors with names that tell them apart: the second "coretemp/Core 0" becomes "coretemp#2/Core 0".

    The order is that of the hwmon numbers, which a kernel keeps as long as the hardware stays. Pure.
    """
    seen: dict[str, int] = {}
    named = []
    for sensor in sensors:
        count = seen[sensor.name] = seen.get(sensor.name, 0) + 1
        named.append(sensor if count == 1 else replace(sensor, chip=f"{sensor.chip}#{count}"))
    return tuple(named)


def _celsius(text: str | None) -> float | None:
    return int(text) / 1000 if text is not None and _MILLI.match(text) else None


def _by_number(name: str) -> tuple[int, str]:
    digits = re.search(r"[0-9]{1,9}\Z", name)
    return (int(digits.group()) if digits else -1, name)
