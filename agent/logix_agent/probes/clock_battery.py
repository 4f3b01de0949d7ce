"""The battery of the machine's clock, as /proc/driver/rtc tells it (kernel: drivers/rtc/rtc-cmos.c)."""

from __future__ import annotations

import re
from typing import Final

from logix_agent.host.paths import HostPaths
from logix_agent.probes.readings import CannotTell, clean
from logix_agent.probes.sensor_readings import ClockReading

CLOCK: Final = "/proc/driver/rtc"


def read(paths: HostPaths) -> ClockReading | CannotTell:
    """The state of the battery; "absent" where the clock does not tell it."""
    found = paths.read(CLOCK, 16_384)
    if found.data is None:
        return CannotTell(f"{CLOCK}: {found.problem}", absent=True)
    return parse(found.text)


def parse(text: str) -> ClockReading | CannotTell:
    """The line "batt_status : okay"."""
    for line in text[:16_384].splitlines():
        match = re.match(r"\s*(?:batt_status|battery)\s{0,16}:\s{0,16}([A-Za-z]{1,16})\s*\Z", line)
        if match:
            return ClockReading(match.group(1).lower(), CLOCK, clean(line, 80))
    return CannotTell(f"{CLOCK}: tells no battery", absent=True)
