"""The probes of one machine, ready to run, and the judgement on what they read.

`Monitor` watches over time with it; `check` looks once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from logix_common.clock import Clock
from logix_common.findings import Component

from logix_agent.config import AgentConfig
from logix_agent.detectors import disks, raid
from logix_agent.detectors import filesystems as filesystem_rules
from logix_agent.detectors import memory as remember
from logix_agent.detectors import temperatures as temperature_rules
from logix_agent.detectors.judgement import Judgement
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
from logix_agent.probes.registry import InThread, Probe
from logix_agent.probes.system import SystemProbe

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

        async def read_smart() -> SmartReading | CannotTell:
            return await smart.read(commands, limit)

        async def read_captured_filesystems() -> FilesystemReading | CannotTell:
            return await filesystems.read_captured(paths, commands)

        async def read_services() -> tuple[ServiceFact, ...] | CannotTell:
            return await services.read(commands, config.services, limit)

        self.smart: Probe[SmartReading] = Probe(
            "smart",
            read_smart,
            clock,
            # every disk has `limit` of its own, several are asked at once
            time_limit=limit * (2 + smart.MAX_DISKS // smart.AT_ONCE),
            # replayed answers cost nothing, a captured machine is read at every pass
            interval=config.smart_interval_seconds if paths.live else 0.0,
        )
        self.arrays: Probe[MdReading] = Probe(
            "mdstat", InThread("mdstat", lambda: mdstat.read(paths), threads), clock, time_limit=limit
        )
        self.temperatures: Probe[TemperatureReading] = Probe(
            "temperatures",
            InThread("temperatures", lambda: temperatures.read(paths), threads),
            clock,
            time_limit=limit,
        )
        self.filesystems: Probe[FilesystemReading] = Probe(
            "filesystems",
            InThread("filesystems", lambda: filesystems.read_live(paths), threads)
            if paths.live
            else read_captured_filesystems,
            clock,
            time_limit=limit,
        )
        self.services: Probe[tuple[ServiceFact, ...]] = Probe(
            "services", read_services, clock, time_limit=limit
        )
        self.inventory: Probe[InventoryFacts] = Probe(
            "inventory",
            InThread(
                "inventory",
                lambda: inventory.read(paths, self.smart.last.result if self.smart.last else None),
                threads,
            ),
            clock,
            time_limit=limit,
        )
        system = SystemProbe(paths)
        self.system: Probe[SystemReading] = Probe(
            "system", InThread("system", system.read, threads), clock, time_limit=limit
        )

    async def look(self, hurry: frozenset[str] = frozenset()) -> Pass:
        """Read the hardware; components in `hurry` are read anew even where their interval is not over."""
        ask_disks = bool(hurry & {Component.DISK, Component.STORAGE_WEAR})
        results = await asyncio.gather(
            self.smart.run(anew=ask_disks),
            self.arrays.run(),
            self.temperatures.run(),
            self.filesystems.run(),
        )
        (smart_read, smart_fresh), (arrays, _), (heat, _), (mounted, _) = results
        fresh = {Component.RAID, Component.TEMPERATURE, Component.FILESYSTEM}
        if smart_fresh:
            fresh.add(Component.DISK)
        return Pass(smart_read, arrays, heat, mounted, frozenset(fresh))


def judge(seen: Pass, memory: Memory, config: AgentConfig) -> tuple[Mapping[Component, Judgement], Memory]:
    """The verdicts on a pass by detector, and what to remember of it. Pure."""
    memory = remember.with_disks(memory, seen.smart)
    verdicts = {
        Component.DISK: disks.judge(seen.smart, memory.serials),
        Component.RAID: raid.judge(seen.arrays, memory.serials, memory.members),
        Component.TEMPERATURE: temperature_rules.judge(seen.temperatures),
        Component.FILESYSTEM: filesystem_rules.judge(
            seen.filesystems, memory, config.disk_full_percent, config.disk_full_critical_percent
        ),
    }
    # After the verdicts: an array that is complete again was judged with what it had lost.
    memory = remember.with_arrays(memory, seen.arrays)
    return verdicts, remember.with_mounts(memory, seen.filesystems)
