"""Probes, detectors and hysteresis put together: what the link reports."""

from __future__ import annotations

import asyncio
import logging
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

from logix_common.clock import Clock
from logix_common.findings import Component

from logix_agent import monitor_state
from logix_agent.config import AgentConfig
from logix_agent.detectors import disks, filesystems, hysteresis
from logix_agent.detectors.hysteresis import Debounce
from logix_agent.detectors.judgement import Judgement
from logix_agent.facts import FindingEvent, HealthSample, InventoryFacts, Sighting
from logix_agent.health_points import health_sample
from logix_agent.host.commands import Commands
from logix_agent.host.paths import HostPaths
from logix_agent.probes.registry import InThread
from logix_agent.sources import DISKS, FILESYSTEMS
from logix_agent.watch import Watch

log = logging.getLogger(__name__)
#: Passes in a row that ask disks anew for something half-way.
MAX_HURRIED: Final = 10


def debounce_of(config: AgentConfig, component: str) -> Debounce:
    """How many passes raise and clear: the configuration's numbers, else the component's own."""
    own = hysteresis.DEBOUNCE.get(component, hysteresis.DEFAULT_DEBOUNCE)
    return Debounce(config.debounce_raise or own.raise_after, config.debounce_clear or own.clear_after)


class Monitor:
    """Watches one machine.

    Contract of findings: `findings()` makes a pass and returns the events to spool, after the new
    state with these events is on disk. The caller spools them, then calls `commit()`. What was not
    committed is returned again by the next `findings()`, also after a crash, with the same
    finding_id: nothing is lost, and a repeat is recognised by (finding_id, event).
    """

    def __init__(
        self, config: AgentConfig, paths: HostPaths, commands: Commands, clock: Clock, state_path: Path
    ) -> None:
        self._config = config
        self._clock = clock
        self._state_path = state_path
        self._watch = Watch(config, paths, commands, clock)
        content = monitor_state.load(state_path)
        self._state = content.state()
        self._memory = content.memory
        self._waiting = content.waiting
        self._handed_over = 0  # how many of `_waiting` the last findings() returned
        self._conditions: dict[str, Sighting] = {}
        self._ended: dict[str, Sighting] = {}
        self._unsaved = False
        self._state_problem = ""
        self._hurried = 0
        self._inventory = InventoryFacts()
        self._keep = InThread("findings state", self._write, ThreadPoolExecutor(1, "state"))
        self._cannot_tell: tuple[str, ...] = ()

    async def health(self) -> HealthSample:
        """One health report's worth of values; never raises for what the machine lacks."""
        watch = self._watch
        system, heat, mounted, units = await asyncio.gather(
            watch.system.run(), watch.temperatures.run(), watch.filesystems.run(), watch.services.run()
        )
        return health_sample(system[0], heat[0], mounted[0], units[0], self._config.services)

    async def inventory(self) -> InventoryFacts:
        """What the machine consists of, bounded; compare with the last to see a change.

        What was read last is told again while the machine does not answer.
        """
        await self._watch.smart.run()  # tells serials and models of disks
        told, _ = await self._watch.inventory.run()
        if isinstance(told, InventoryFacts):
            self._inventory = told
        return self._inventory

    async def findings(self) -> list[FindingEvent]:
        """One pass of all detectors: uncommitted events first, then new ones."""
        seen = await self._watch.look(self._hurry())
        verdicts, memory = self._watch.judge(seen, self._memory)
        self._cannot_tell = tuple(
            f"{doubt.part or doubt.component}: {doubt.reason}"
            for verdict in verdicts.values()
            for doubt in verdict.doubts
            if not doubt.absent
        )
        judgement = self._own_judgement()
        for name, verdict in verdicts.items():
            if name in seen.fresh:
                judgement = judgement.joined(verdict)
        if DISKS.name in seen.fresh:
            judgement = judgement.joined(disks.exchanged(self.open_findings(), seen.readings[DISKS.name]))
        judgement = judgement.joined(filesystems.gone(self.open_findings(), seen.readings[FILESYSTEMS.name]))
        self._state, events = hysteresis.step(
            self._state,
            judgement,
            self._clock.monotonic(),
            lambda: os.urandom(16),
            lambda component: debounce_of(self._config, component),
        )
        self._waiting += tuple(events)
        if events or memory != self._memory:
            self._unsaved = True
        self._memory = memory
        await self._save()
        self._handed_over = len(self._waiting)
        return list(self._waiting)

    async def commit(self) -> None:
        """The events of the last `findings()` are in the spool (or sent from memory)."""
        if self._handed_over:
            self._waiting = self._waiting[self._handed_over :]
            self._handed_over = 0
            self._unsaved = True
            await self._save()

    def open_findings(self) -> list[FindingEvent]:
        """All findings that stand (event RAISED), for the full state."""
        return hysteresis.standing(self._state)

    def set_condition(self, name: str, sighting: Sighting | None) -> None:
        """A fault of the agent itself (its spool cannot be written), or None when that is over.

        It goes through the same hysteresis at the next `findings()`.
        """
        if sighting is not None:
            self._conditions[name] = sighting
        elif name in self._conditions:
            self._ended[name] = self._conditions.pop(name)

    @property
    def cannot_tell(self) -> tuple[str, ...]:
        """What the last pass could not judge, though this machine has it, in words."""
        return self._cannot_tell

    @property
    def state_problem(self) -> str:
        """Why the state could not be kept on disk, or "": findings then live in memory only."""
        return self._state_problem

    def _hurry(self) -> frozenset[str]:
        """Components to read anew at once; a disk that fell silent half-way is not pressed for ever."""
        unsettled = hysteresis.unsettled(self._state)
        self._hurried = self._hurried + 1 if unsettled else 0
        return unsettled if self._hurried <= MAX_HURRIED else frozenset()

    def _own_judgement(self) -> Judgement:
        """The agent's own conditions; one that was never set since the start is sound."""
        current = {(condition.part, condition.code) for condition in self._conditions.values()}
        over = {(condition.part, condition.code) for condition in self._ended.values()}
        left = {key for key, track in self._state.items() if track.sighting.component == Component.SYSTEM}
        return Judgement(tuple(self._conditions.values()), frozenset((over | left) - current))

    async def _save(self) -> None:
        """Keep the state; a disk that does not take it is told once and tried again at the next pass."""
        if not self._unsaved:
            return
        try:
            async with asyncio.timeout(self._config.probe_timeout_seconds):
                busy = await self._keep()  # a thread of its own: the disk may be the fault
            if busy is not None:
                raise TimeoutError
        except (OSError, TimeoutError) as error:
            problem = f"{self._state_path}: {error if str(error) else 'no answer from the disk'}"
            if not self._state_problem:
                log.error("findings cannot be kept: %s", problem)
            self._state_problem = problem
        else:
            self._unsaved = False
            self._state_problem = ""

    def _write(self) -> None:
        monitor_state.save(self._state_path, monitor_state.kept(self._state, self._waiting, self._memory))
