"""Hardware watchdogs: why the machine was last reset (kernel: watchdog/watchdog-api.rst)."""

from __future__ import annotations

import re
from typing import Final

from logix_agent.host.paths import HostPaths
from logix_agent.probes.readings import CannotTell, clean
from logix_agent.probes.sensor_readings import WatchdogReading, WatchdogTimer

WATCHDOGS: Final = "/sys/class/watchdog"
DEVICES: Final = "/sys/devices/virtual/watchdog"
MAX_TIMERS: Final = 16


def read(paths: HostPaths) -> WatchdogReading | CannotTell:
    """All watchdogs that tell their boot status; "absent" where there is none."""
    timers: list[WatchdogTimer] = []
    for root in (WATCHDOGS, DEVICES):
        for name in paths.names(root, MAX_TIMERS) or ():
            source = f"{root}/{name}/bootstatus"
            status = parse_status(paths.line(source))
            if status is not None and name not in {timer.name for timer in timers}:
                identity = clean(paths.line(f"{root}/{name}/identity"), 64)
                timers.append(WatchdogTimer(clean(name, 32), identity, status, source))
    return WatchdogReading(tuple(timers)) if timers else CannotTell(f"{WATCHDOGS}: none", absent=True)


def parse_status(text: str) -> int | None:
    """The bits of WDIOF_*; None for what is no number."""
    match = re.match(r"(?:0x[0-9a-fA-F]{1,8}|[0-9]{1,10})\Z", text.strip()[:16])
    return int(match.group(), 0 if match.group().startswith("0x") else 10) if match else None
