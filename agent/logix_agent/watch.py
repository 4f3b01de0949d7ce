"""The probes of one machine, ready to run, and the judgement on what they read.

`Monitor` watches over time with it; `check` looks once. What is judged stands in `sources.SOURCES`.
"""

from __future__ import annotations

import asyncio
import functools
import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, TypeVar

from logix_common.clock import Clock

from logix_agent.config import AgentConfig
from logix_agent.detectors.judgement import Doubt, Judgement
from logix_agent.detectors.memory import Memory
from logix_agent.facts import FindingEvent, InventoryFacts, ProbeFact, ServiceFact
from logix_agent.host.commands import Commands
from logix_agent.host.kernel_ring import KernelRing
from logix_agent.host.paths import HostPaths
from logix_agent.probes import inventory, removable, services
from logix_agent.probes.readings import (
    CannotTell,
    FilesystemReading,
    SmartReading,
    SystemReading,
    clean,
)
from logix_agent.probes.registry import InThread, Outcome, Probe, Threads
from logix_agent.probes.sensor_readings import HwmonReading
from logix_agent.probes.system import SystemProbe
from logix_agent.sources import CHIPS, DISKS, FILESYSTEMS, SOURCES, Known, Machine, Source

log = logging.getLogger(__name__)
T = TypeVar("T")
#: At most so many blocking reads at once, each takes milliseconds. One that is cut off gives up its turn.
AT_ONCE: Final = 2
#: How long it is known what hangs on USB.
REMOVABLE_SECONDS: Final = 60.0
_FAILED: Final = "judging failed"


@dataclass(frozen=True, slots=True)
class Pass:
    """One pass over the hardware: what each source read, by its name, and which readings are fresh."""

    readings: Mapping[str, Any]
    fresh: frozenset[str]


class Watch:
    """Runs the probes of one machine, each within its time limit. `probes`: all of them, by name."""

    def __init__(
        self,
        config: AgentConfig,
        paths: HostPaths,
        commands: Commands,
        clock: Clock,
        sources: Iterable[Source[Any]] = SOURCES,
        *,
        threads: Threads | None = None,
        ring: KernelRing | None = None,
    ) -> None:
        self._machine = Machine(paths, commands, config, ring or KernelRing())
        self._clock = clock
        self._sources = tuple(sources)
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._threads = threads or Threads(AT_ONCE, "probe")
        self._judged: dict[str, Outcome[Any]] = {}
        self._failing: set[str] = set()
        self.probes: dict[str, Probe[Any]] = {source.name: self._probe(source) for source in self._sources}

        async def read_services() -> tuple[ServiceFact, ...] | CannotTell:
            return await services.read(commands, config.services, config.probe_timeout_seconds)

        self.services = Probe("services", read_services, clock, time_limit=config.probe_timeout_seconds)
        self.inventory: Probe[InventoryFacts] = self._blocking(
            "inventory", lambda: inventory.read(paths, self.smart.last.result if self.smart.last else None)
        )
        self.system: Probe[SystemReading] = self._blocking("system", SystemProbe(paths).read)
        self._removable: Probe[frozenset[str]] = self._blocking(
            "removable", lambda: removable.read(paths), REMOVABLE_SECONDS if paths.live else 0.0
        )
        others = (self.services, self.inventory, self.system, self._removable)
        self.probes |= {probe.name: probe for probe in others}

    @property
    def smart(self) -> Probe[SmartReading]:
        return self.probes[DISKS.name]

    @property
    def chips(self) -> Probe[HwmonReading]:
        return self.probes[CHIPS.name]

    @property
    def filesystems(self) -> Probe[FilesystemReading]:
        return self.probes[FILESYSTEMS.name]

    async def look(self, hurry: frozenset[str] = frozenset()) -> Pass:
        """Read the hardware; components in `hurry` are read anew even where their interval is not over."""
        await asyncio.gather(
            self._removable.run(),
            *(
                self.probes[source.name].run(anew=bool(hurry.intersection(source.components)))
                for source in self._sources
            ),
        )
        readings, fresh = {}, set()
        for source in self._sources:
            last = self.probes[source.name].last
            if last is None:
                continue
            readings[source.name] = last.result
            if last is not self._judged.get(source.name):  # somebody else may have asked for it
                self._judged[source.name] = last
                fresh.add(source.name)
        return Pass(readings, frozenset(fresh))

    @property
    def removable_devices(self) -> frozenset[str]:
        """Names of devices that may be pulled out at any time, as last read."""
        last = self._removable.last
        return last.result if last and isinstance(last.result, frozenset) else frozenset()

    @property
    def stuck(self) -> bool:
        """Whether a probe hangs in the kernel."""
        return any(probe.busy for probe in self.probes.values())

    def told(self) -> list[ProbeFact]:
        """Every probe and how its last reading went, by name."""
        return [_told(probe) for _, probe in sorted(self.probes.items())]

    def judge(self, seen: Pass, memory: Memory, now: float) -> tuple[dict[str, Judgement], Memory]:
        """The verdicts on a pass by source, and what to remember of it; see `judge`."""
        verdicts, known = judge(seen, memory, self._machine.config, now, self._sources)
        failing = {name for name, verdict in verdicts.items() if any(map(_is_failure, verdict.doubts))}
        for name in failing - self._failing:  # once, not at every pass
            log.error(
                "judging %s failed", name, extra={"reasons": [each.reason for each in verdicts[name].doubts]}
            )
        self._failing = failing
        return verdicts, known

    def settle(self, seen: Pass) -> None:
        """What was judged of `seen` is remembered: what gives each thing once may let go of it."""
        for source in self._sources:
            reading = seen.readings.get(source.name)
            judged = source.name in seen.fresh and source.name not in self._failing
            if source.settled and judged and not isinstance(reading, CannotTell):
                source.settled(self._machine, reading)

    def listing(self, verdicts: Mapping[str, Judgement]) -> dict[str, Judgement]:
        """The verdicts of sources whose parts can be missed."""
        listing = {source.name for source in self._sources if source.lists_parts}
        return {name: verdict for name, verdict in verdicts.items() if name in listing}

    def ended(self, seen: Pass, standing: list[FindingEvent]) -> Judgement:
        """Sound verdicts for findings that are over by what the fresh readings do not say any more."""
        judgement = Judgement()
        for source in self._sources:
            reading = seen.readings.get(source.name)
            if source.ended and source.name in seen.fresh and not isinstance(reading, CannotTell):
                judgement = judgement.joined(source.ended(reading, standing))
        return judgement

    def _probe(self, source: Source[T]) -> Probe[T]:
        machine = self._machine
        interval = source.interval(machine.config) if source.interval and machine.paths.live else 0.0
        limit = machine.limit * source.questions
        asking, blocking = source.asking, source.blocking
        if blocking is not None and (machine.paths.live or asking is None):
            read = blocking
            there = functools.partial(_missing, source, machine.paths)
            return self._blocking(source.name, lambda: there() or read(machine), interval, limit)
        if asking is None:
            raise TypeError(f"{source.name}: a source without a way to read it")
        ask = asking

        async def asked() -> T | CannotTell:
            return _missing(source, machine.paths) or await ask(machine)

        return Probe(source.name, asked, self._clock, time_limit=limit, interval=interval)

    def _blocking(
        self, name: str, read: Callable[[], T | CannotTell], interval: float = 0.0, limit: float | None = None
    ) -> Probe[T]:
        return Probe(
            name,
            InThread(name, read, self._threads),
            self._clock,
            time_limit=limit or self._machine.limit,
            interval=interval,
            turn=self._turns,
        )


def _missing(source: Source[Any], paths: HostPaths) -> CannotTell | None:
    """Why a running machine lacks a source, None where it has it; a captured one may hold anything."""
    if not paths.live or not source.places or any(map(paths.exists, source.places)):
        return None
    return CannotTell(f"{source.places[0]}: not there", absent=True)


def _told(probe: Probe[Any]) -> ProbeFact:
    last = probe.last
    if last is None:
        return ProbeFact(probe.name, "never")
    if not isinstance(last.result, CannotTell):
        return ProbeFact(probe.name, "ok", "", last.seconds, last.finished)
    result = "absent" if last.result.absent else "cannot tell"
    return ProbeFact(probe.name, result, last.result.reason, last.seconds, last.finished)


def judge(
    seen: Pass,
    memory: Memory,
    config: AgentConfig,
    now: float,
    sources: Iterable[Source[Any]] = SOURCES,
) -> tuple[dict[str, Judgement], Memory]:
    """The verdicts on a pass by source, and what to remember of it.

    A detector that fails is in doubt about all of its component; the others are heard.
    """
    read = [source for source in sources if source.name in seen.readings]
    known = Known(memory, config, now)
    for source in read:
        known = _remembered(known, source.before, seen.readings[source.name])
    verdicts = {source.name: _judged(source, seen.readings[source.name], known) for source in read}
    for source in read:
        known = _remembered(known, source.after, seen.readings[source.name])
    return verdicts, known.memory


def _is_failure(doubt: Doubt) -> bool:
    return doubt.reason.startswith(_FAILED)


def _judged(source: Source[Any], reading: object, known: Known) -> Judgement:
    if isinstance(reading, CannotTell) and reading.absent and not source.needed:
        return Judgement(doubts=(Doubt(source.components[0], "", reading.reason, absent=True),))
    try:
        return source.judge(reading, known)
    except Exception as error:  # one that fails must not silence the others
        log.debug("judging %s failed", source.name, exc_info=True)
        reason = clean(f"{_FAILED}: {type(error).__name__}: {error}")
        return Judgement(doubts=(Doubt(source.components[0], "", reason),))


def _remembered(known: Known, remember: Callable[[Known, Any], Memory] | None, reading: object) -> Known:
    """What is known after `remember`; what was known before where it fails."""
    if remember is None or isinstance(reading, CannotTell):
        return known
    try:
        return replace(known, memory=remember(known, reading))
    except Exception:  # what one reading breaks must not silence the others
        log.debug("a reading cannot be remembered", exc_info=True)
        return known
