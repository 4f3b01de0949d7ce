"""The probes of one machine, ready to run, and the judgement on what they read.

`Monitor` watches over time with it; `check` looks once.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

from logix_common.clock import Clock
from logix_common.findings import Component

from logix_agent.config import AgentConfig
from logix_agent.detectors import disks, raid
from logix_agent.detectors import filesystems as filesystem_rules
from logix_agent.detectors import memory as remember
from logix_agent.detectors import temperatures as temperature_rules
from logix_agent.detectors.judgement import Doubt, Judgement
from logix_agent.detectors.memory import Memory
from logix_agent.facts import InventoryFacts, ServiceFact
from logix_agent.host.commands import Commands
from logix_agent.host.paths import HostPaths
from logix_agent.probes import filesystems, inventory, mdstat, services, smart, temperatures
from logix_agent.probes.readings import (
    CannotTell,
    FilesystemReading,
    MdReading,
    SmartReading,
    SystemReading,
    TemperatureReading,
)
from logix_agent.probes.registry import InThread, Outcome, Probe
from logix_agent.probes.system import SystemProbe

log = logging.getLogger(__name__)
T = TypeVar("T")
#: At most so many blocking reads at once; a read stuck in the kernel keeps its thread.
THREADS = 4


@dataclass(frozen=True, slots=True)
class Pass:
    """One pass over the hardware: what was read, and which readings are fresh."""

    smart: SmartReading | CannotTell
    arrays: MdReading | CannotTell
    temperatures: TemperatureReading | CannotTell
    filesystems: FilesystemReading | CannotTell
    fresh: frozenset[str]  # components


class Watch:
    """Runs the probes of one machine, each within its time limit."""

    def __init__(self, config: AgentConfig, paths: HostPaths, commands: Commands, clock: Clock) -> None:
        limit = config.probe_timeout_seconds
        threads = ThreadPoolExecutor(THREADS, "probe")

        def blocking(name: str, read: Callable[[], T | CannotTell]) -> Probe[T]:
            return Probe(name, InThread(name, read, threads), clock, time_limit=limit)

        async def read_services() -> tuple[ServiceFact, ...] | CannotTell:
            return await services.read(commands, config.services, limit)

        async def read_captured_filesystems() -> FilesystemReading | CannotTell:
            return await filesystems.read_captured(paths, commands)

        self.smart = _smart(config, paths, commands, clock)
        self.arrays: Probe[MdReading] = blocking("mdstat", lambda: mdstat.read(paths))
        self.temperatures: Probe[TemperatureReading] = blocking(
            "temperatures", lambda: temperatures.read(paths)
        )
        self.filesystems: Probe[FilesystemReading] = (
            blocking("filesystems", lambda: filesystems.read_live(paths))
            if paths.live
            else Probe("filesystems", read_captured_filesystems, clock, time_limit=limit)
        )
        self.services = Probe("services", read_services, clock, time_limit=limit)
        self.inventory: Probe[InventoryFacts] = blocking(
            "inventory", lambda: inventory.read(paths, self.smart.last.result if self.smart.last else None)
        )
        self.system: Probe[SystemReading] = blocking("system", SystemProbe(paths).read)
        self._judged: Outcome[SmartReading] | None = None

    async def look(self, hurry: frozenset[str] = frozenset()) -> Pass:
        """Read the hardware; components in `hurry` are read anew even where their interval is not over."""
        ask_disks = bool(hurry & {Component.DISK, Component.STORAGE_WEAR})
        results = await asyncio.gather(
            self.smart.run(anew=ask_disks),
            self.arrays.run(),
            self.temperatures.run(),
            self.filesystems.run(),
        )
        (smart_read, _), (arrays, _), (heat, _), (mounted, _) = results
        fresh = {Component.RAID, Component.TEMPERATURE, Component.FILESYSTEM}
        last = self.smart.last
        if last is not None and last is not self._judged:  # the inventory may have asked for it
            self._judged, smart_read = last, last.result
            fresh.add(Component.DISK)
        return Pass(smart_read, arrays, heat, mounted, frozenset(fresh))


def _smart(config: AgentConfig, paths: HostPaths, commands: Commands, clock: Clock) -> Probe[SmartReading]:
    limit = config.probe_timeout_seconds

    async def read() -> SmartReading | CannotTell:
        return await smart.read(commands, limit)

    return Probe(
        "smart",
        read,
        clock,
        # every disk has `limit` of its own, several are asked at once
        time_limit=limit * (2 + smart.MAX_DISKS // smart.AT_ONCE),
        # replayed answers cost nothing, a captured machine is read at every pass
        interval=config.smart_interval_seconds if paths.live else 0.0,
    )


def judge(seen: Pass, memory: Memory, config: AgentConfig) -> tuple[Mapping[Component, Judgement], Memory]:
    """The verdicts on a pass by detector, and what to remember of it.

    A detector that fails is in doubt about all of its component; the others are heard.
    """
    known = _kept(memory, lambda: remember.with_disks(memory, seen.smart))
    full = config.disk_full_percent, config.disk_full_critical_percent
    detectors: dict[Component, Callable[[], Judgement]] = {
        Component.DISK: lambda: disks.judge(seen.smart, known.serials),
        Component.RAID: lambda: raid.judge(seen.arrays, known.serials, known.members),
        Component.TEMPERATURE: lambda: temperature_rules.judge(seen.temperatures),
        Component.FILESYSTEM: lambda: filesystem_rules.judge(seen.filesystems, known, *full),
    }
    verdicts = {component: _judged(component, detector) for component, detector in detectors.items()}
    # After the verdicts: an array that is complete again was judged with what it had lost.
    with_arrays = _kept(known, lambda: remember.with_arrays(known, seen.arrays))
    return verdicts, _kept(with_arrays, lambda: remember.with_mounts(with_arrays, seen.filesystems))


def _judged(component: Component, detector: Callable[[], Judgement]) -> Judgement:
    try:
        return detector()
    except Exception as error:  # one that fails must not silence the others
        log.exception("judging %s failed", component)
        return Judgement(doubts=(Doubt(component, "", f"judging failed ({type(error).__name__})"),))


def _kept(known: T, remembering: Callable[[], T]) -> T:
    """What `remembering` returns; what was `known` where it fails."""
    try:
        return remembering()
    except Exception:  # what one reading breaks must not silence the others
        log.exception("a reading cannot be remembered")
        return known
