"""Probes, detectors and hysteresis put together: what the link reports."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from logix_common.clock import Clock

from logix_agent import monitor_state
from logix_agent.config import AgentConfig
from logix_agent.detectors import debounce, hysteresis, impact, parts, suppression, tracks
from logix_agent.detectors.debounce import Debounce
from logix_agent.detectors.hysteresis import Moment
from logix_agent.detectors.judgement import Doubt, Judgement
from logix_agent.detectors.memory import Memory
from logix_agent.detectors.parts import KnownPart, Presence
from logix_agent.detectors.tracks import State
from logix_agent.facts import (
    DoubtFact,
    FindingEvent,
    HealthSample,
    InventoryFacts,
    ProbeFact,
    Sighting,
    WindowFact,
)
from logix_agent.health_points import health_sample
from logix_agent.host.commands import Commands
from logix_agent.host.paths import HostPaths
from logix_agent.lazy import lazily
from logix_agent.maintenance import Window
from logix_agent.monitor_conditions import Conditions
from logix_agent.monitor_state import Kept
from logix_agent.probes.registry import InThread, Threads
from logix_agent.service_window import Service
from logix_agent.watch import AT_ONCE, Pass, Watch

if TYPE_CHECKING:
    from logix_agent.detectors import causes
else:  # a healthy machine has nothing to put together
    (causes,) = lazily("detectors", "causes")

log = logging.getLogger(__name__)
#: Passes in a row that ask disks anew for something half-way.
MAX_HURRIED: Final = 10
MAX_DOUBTS: Final = 100


def debounce_of(config: AgentConfig, code: str, component: str) -> Debounce:
    """How many passes raise and clear: the configuration's numbers, else the fault's own."""
    own = debounce.debounce_of(code, component)
    return Debounce(config.debounce_raise or own.raise_after, config.debounce_clear or own.clear_after)


class Monitor:
    """Watches one machine.

    Contract of findings: `findings()` makes a pass and returns the events to spool, after the new
    state with these events is on disk. The caller spools them, then calls `commit()`. What was not
    committed is returned again by the next `findings()`, also after a crash, with the same
    finding_id: nothing is lost, and a repeat is recognised by (finding_id, event).
    """

    def __init__(
        self,
        config: AgentConfig,
        paths: HostPaths,
        commands: Commands,
        clock: Clock,
        state_path: Path,
        *,
        boot_id: str = "",
    ) -> None:
        """`state_path`: where findings are kept; a maintenance window is looked for beside it."""
        self._config = config
        self._clock = clock
        self._state_path = state_path
        threads = Threads(AT_ONCE, "watch")  # few: each costs memory, and one that hangs is left behind
        self._watch = Watch(config, paths, commands, clock, threads=threads)
        content = monitor_state.load(state_path)
        self._state = content.state
        self._memory = content.memory
        self._waiting = content.waiting
        self._parts = {part.part: part for part in content.parts}
        self._watched_before = content.watched - clock.monotonic()
        self._handed_over = 0  # how many of `_waiting` the last findings() returned
        self._own = Conditions()
        self._unsaved = False
        self._state_problem = ""
        self._hurried = 0
        self._inventory = InventoryFacts()
        self._keep = InThread("findings state", self._write, threads)
        self._service = Service(
            state_path.parent, clock, boot_id, threads, key=content.window, served=content.served
        )
        self._doubts: tuple[Doubt, ...] = ()

    async def health(self) -> HealthSample:
        """One health report's worth of values; never raises for what the machine lacks."""
        watch = self._watch
        system, heat, mounted, units = await asyncio.gather(
            watch.system.run(), watch.chips.run(), watch.filesystems.run(), watch.services.run()
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
        if self._inventory == InventoryFacts():
            return self._inventory
        doubts = tuple(DoubtFact(doubt.component, doubt.part, doubt.reason) for doubt in self._doubts)
        window = self.maintenance
        told_window = (
            WindowFact(window.began_us, round(window.seconds), window.why, window.by) if window else None
        )
        return replace(self._inventory, cannot_tell=doubts, maintenance=told_window)

    async def findings(self) -> list[FindingEvent]:
        """One pass of all detectors: uncommitted events first, then new ones."""
        seen = await self._watch.look(self._hurry())
        await self._service.look()
        self._forget(self._service.replaced)
        verdicts, memory = self._watch.judge(seen, self._memory, self._now())
        doubts = (doubt for verdict in verdicts.values() for doubt in verdict.doubts if not doubt.absent)
        self._doubts = tuple(dict.fromkeys(doubts))[:MAX_DOUBTS]
        fresh = {name: verdict for name, verdict in verdicts.items() if name in seen.fresh}
        listing = self._watch.listing(fresh)
        presence = parts.look(self._parts, listing, self._watch.removable_devices, memory.members)
        judgement = self._judgement(seen, verdicts, presence)
        before = self._state
        after, events = hysteresis.step(
            before,
            judgement,
            Moment(
                self._now(),
                lambda: os.urandom(16),
                lambda code, component: debounce_of(self._config, code, component),
            ),
        )
        if self._service.lasts:
            after, events, kept_back = suppression.held_back(before, after, events)
            self._service.log(kept_back)
        else:
            after, raised = suppression.released(after)
            events += raised
        self._note(after, tuple(events), memory, presence.known)
        self._watch.settle(seen)
        await self._save()
        self._handed_over = len(self._waiting)
        return list(self._waiting)

    def _judgement(self, seen: Pass, verdicts: Mapping[str, Judgement], presence: Presence) -> Judgement:
        """All that the fresh verdicts say, of parts that are gone too, as it is felt on this appliance."""
        found = presence.judgement
        if found.sightings or any(verdict.sightings for verdict in verdicts.values()):
            standing = {key for key, track in self._state.tracks.items() if track.is_open}
            found = causes.joined(verdicts, seen.fresh, found, standing)
        else:
            for name in seen.fresh:
                found = found.joined(verdicts[name])
        judgement = self._own.judgement(self._state.tracks).joined(found)
        judgement = judgement.joined(self._watch.ended(seen, [*self.open_findings(), *self.suppressed()]))
        exchanged = presence.exchanged | self._service.replaced
        mended = {
            key for key in self._state.tracks.keys() | self._state.baselines.keys() if key[0] in exchanged
        }
        services = self._watch.services.last
        told = services.result if services and isinstance(services.result, tuple) else ()
        return replace(
            judgement,
            sightings=impact.felt(judgement.sightings, told, parts.fixed_disks(presence)),
            mended=judgement.mended | mended,
        )

    def _forget(self, replaced: frozenset[str]) -> None:
        """Parts that somebody says are replaced are not missed any more."""
        if replaced:
            self._unsaved = True
            self._parts = {name: part for name, part in self._parts.items() if name not in replaced}

    def _note(
        self, state: State, events: tuple[FindingEvent, ...], memory: Memory, known: Mapping[str, KnownPart]
    ) -> None:
        """What is known now, and whether any of it must be kept on disk."""
        self._unsaved |= bool(
            events
            or memory != self._memory
            or known != self._parts
            or state.baselines != self._state.baselines
            or _suppressed(state) != _suppressed(self._state)
            or self._service.has_moved()
        )
        self._state, self._memory, self._parts = state, memory, dict(known)
        self._waiting += events

    async def commit(self) -> None:
        """The events of the last `findings()` are in the spool (or sent from memory)."""
        if self._handed_over:
            self._waiting = self._waiting[self._handed_over :]
            self._handed_over = 0
            self._unsaved = True
            await self._save()

    def open_findings(self) -> list[FindingEvent]:
        """All findings that stand (event RAISED), watched ones too, for the full state."""
        return tracks.standing(self._state)

    def suppressed(self) -> list[FindingEvent]:
        """All findings that wait for the end of a maintenance window."""
        return tracks.suppressed(self._state)

    def set_condition(self, name: str, sighting: Sighting | None) -> None:
        """A fault of the agent itself (its spool cannot be written), or None when that is over.

        It goes through the same hysteresis at the next `findings()`.
        """
        self._own.set(name, sighting)

    @property
    def cannot_tell(self) -> tuple[str, ...]:
        """What the last pass could not judge, though this machine has it, in words."""
        return tuple(f"{doubt.part or doubt.component}: {doubt.reason}" for doubt in self._doubts)

    @property
    def maintenance(self) -> Window | None:
        """The maintenance window that lasts now."""
        return self._service.window if self._service.lasts else None

    def probes(self) -> list[ProbeFact]:
        """Every probe and how its last reading went."""
        return self._watch.told()

    @property
    def state_problem(self) -> str:
        """Why the state could not be kept on disk, or "": findings then live in memory only."""
        return self._state_problem

    def _hurry(self) -> frozenset[str]:
        """Components to read anew at once; a disk that fell silent half-way is not pressed for ever."""
        unsettled = tracks.unsettled(self._state)
        self._hurried = self._hurried + 1 if unsettled else 0
        return unsettled if self._hurried <= MAX_HURRIED else frozenset()

    async def _save(self) -> None:
        """Keep the state; a disk that does not take it is told once and tried again at the next pass."""
        if not self._unsaved:
            return
        try:
            async with asyncio.timeout(self._config.probe_timeout_seconds):
                busy = await self._keep()
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
            await self._service.applied()

    def _now(self) -> float:
        """Seconds that the agent has watched in its life; they never jump."""
        return self._watched_before + self._clock.monotonic()

    def _write(self) -> None:
        kept = Kept(
            self._state,
            self._waiting,
            self._memory,
            tuple(self._parts.values()),
            self._now(),
            self._service.key,
            self._service.served,
        )
        monitor_state.save(self._state_path, kept)


def _suppressed(state: State) -> frozenset[bytes]:
    return frozenset(track.finding_id for track in state.tracks.values() if track.suppressed)
