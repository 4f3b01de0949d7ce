"""The machine as a whole: processor, memory, load, uptime, processes, network counters.

Small parsers of `/proc` (proc(5)), on the machine itself as below another root; a library for it would
cost the resident agent a megabyte. What is absent is not reported.
"""

from __future__ import annotations

import re
from typing import Final

from logix_common.observations import Metric

from logix_agent.host.paths import HostPaths
from logix_agent.probes.readings import PortCounters, SystemReading

MAX_PORTS: Final = 64
_IGNORED_PORTS: Final = re.compile(r"lo\Z|veth|docker|br-|virbr|dummy")


class SystemProbe:
    """Reads one machine; keeps the last processor times, since load is a difference."""

    def __init__(self, paths: HostPaths) -> None:
        self._paths = paths
        self._last: tuple[float, float] | None = None

    def read(self) -> SystemReading:
        """Everything the machine tells; never raises for what it lacks."""

        def text(name: str) -> str:
            return self._paths.read(f"/proc/{name}").text

        values = (
            parse_meminfo(text("meminfo")) | parse_loadavg(text("loadavg")) | parse_uptime(text("uptime"))
        )
        times = parse_cpu_times(text("stat"))
        if times is not None:
            percent = cpu_percent(self._last, times)
            self._last = times
            if percent is not None:
                values[Metric.CPU_PERCENT] = percent
        processes = [name for name in self._paths.names("/proc") or () if name.isdigit()]
        if processes:
            values[Metric.PROCESS_COUNT] = len(processes)
        return SystemReading(
            {int(key): float(value) for key, value in values.items()}, _kept(parse_net_dev(text("net/dev")))
        )


def parse_meminfo(text: str) -> dict[int, float]:
    """Memory and swap of /proc/meminfo, bytes. Pure."""
    found = {
        match.group(1): int(match.group(2)) * 1024.0
        for match in re.finditer(r"^(\w{1,32}):\s{0,32}([0-9]{1,15}) kB$", text, re.MULTILINE)
    }
    values: dict[int, float] = {}
    for metric, name in (
        (Metric.MEMORY_TOTAL_BYTES, "MemTotal"),
        (Metric.MEMORY_AVAILABLE_BYTES, "MemAvailable"),
        (Metric.SWAP_TOTAL_BYTES, "SwapTotal"),
    ):
        if name in found:
            values[metric] = found[name]
    if "SwapTotal" in found and "SwapFree" in found:
        values[Metric.SWAP_USED_BYTES] = max(0.0, found["SwapTotal"] - found["SwapFree"])
    return values


def parse_loadavg(text: str) -> dict[int, float]:
    """The three load averages of /proc/loadavg. Pure."""
    match = re.match(r"([0-9]{1,9}\.[0-9]+) ([0-9]{1,9}\.[0-9]+) ([0-9]{1,9}\.[0-9]+)(?:\s|\Z)", text[:200])
    if not match:
        return {}
    metrics = (Metric.LOAD_1, Metric.LOAD_5, Metric.LOAD_15)
    return {metric: float(value) for metric, value in zip(metrics, match.groups(), strict=True)}


def parse_uptime(text: str) -> dict[int, float]:
    """Seconds since boot of /proc/uptime. Pure."""
    match = re.match(r"([0-9]{1,12}(?:\.[0-9]{1,6})?)(?:\s|\Z)", text[:100])
    return {Metric.UPTIME_SECONDS: float(match.group(1))} if match else {}


def parse_cpu_times(text: str) -> tuple[float, float] | None:
    """(busy, all) ticks of all processors since boot, by the first line of /proc/stat. Pure."""
    match = re.match(r"cpu +([0-9]{1,18}(?: [0-9]{1,18}){3,9})\s", text[:400])
    if not match:
        return None
    ticks = [float(value) for value in match.group(1).split(" ")][:8]  # guest times are inside user's
    idle = ticks[3] + (ticks[4] if len(ticks) > 4 else 0.0)
    return sum(ticks) - idle, sum(ticks)


def cpu_percent(before: tuple[float, float] | None, now: tuple[float, float]) -> float | None:
    """Busy share between two readings; since boot where there was none before. Pure."""
    busy, total = now if before is None else (now[0] - before[0], now[1] - before[1])
    if total <= 0:
        return None
    return min(100.0, max(0.0, 100.0 * busy / total))


def parse_net_dev(text: str) -> list[PortCounters]:
    """The counters of /proc/net/dev. Pure."""
    pattern = r"\s*([A-Za-z0-9_.@-]{1,32}):\s*((?:[0-9]{1,20}\s+){15}[0-9]{1,20})\s*\Z"
    found = []
    for line in text.splitlines():
        match = re.match(pattern, line[:1000])
        if match:
            v = [int(value) for value in match.group(2).split()]
            found.append(PortCounters(match.group(1), v[0], v[8], v[2], v[10], v[3], v[11]))
    return found


def _kept(ports: list[PortCounters]) -> tuple[PortCounters, ...]:
    """The ports worth reporting: no loopback, no containers' ends."""
    return tuple(port for port in ports if not _IGNORED_PORTS.match(port.name))[:MAX_PORTS]
