"""What a source is: a probe, the detector that judges it, and what is remembered of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

from logix_agent.config import AgentConfig
from logix_agent.detectors.judgement import Judgement
from logix_agent.detectors.memory import Memory
from logix_agent.facts import FindingEvent
from logix_agent.host.commands import Commands
from logix_agent.host.paths import HostPaths
from logix_agent.probes.readings import CannotTell

if TYPE_CHECKING:
    from logix_agent.host.kernel_ring import KernelRing

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Machine:
    """What a source reads from."""

    paths: HostPaths
    commands: Commands
    config: AgentConfig
    ring: KernelRing

    @property
    def limit(self) -> float:
        """Seconds that one question to a program may take."""
        return self.config.probe_timeout_seconds


@dataclass(frozen=True, slots=True)
class Known:
    """What a detector may know beside its reading; `now`: seconds of a clock that only goes forward."""

    memory: Memory
    config: AgentConfig
    now: float

    def notes(self, detector: str) -> Mapping[str, str]:
        """What `detector` noted at an earlier pass."""
        return self.memory.of(detector)


#: Reads without waiting for a thread (programs) / in a thread of its own (files; may hang in the kernel).
Asking = Callable[[Machine], Awaitable[T | CannotTell]]
Blocking = Callable[[Machine], T | CannotTell]


@dataclass(frozen=True, slots=True)
class Source(Generic[T]):
    """One probe, the detector that judges it, and what is remembered of it.

    Exactly one of `blocking` and `asking` is there, or both: `asking` then reads captured machines.
    `components`: what it judges; the first is in doubt where the detector fails. `before` and `after` give
    the memory with which, and after which, all detectors judge. `ended`: which open findings are over by a
    reading that says nothing of them any more. `interval`: seconds for which a reading
    holds, on a live machine. `questions`: how many time limits one reading may take. `needed`: a machine
    without it is in doubt; of every other source that is absent nothing is judged. `lists_parts`: a part that
    it names no more is gone; what a log tells comes and goes. `settled`: told once a reading is judged and
    what it says is remembered. `places`: a running
    machine that has none of them lacks the source, which need not even be loaded to say so.
    """

    name: str
    components: tuple[str, ...]
    judge: Callable[[T | CannotTell, Known], Judgement]
    blocking: Blocking[T] | None = None
    asking: Asking[T] | None = None
    before: Callable[[Known, T | CannotTell], Memory] | None = None
    after: Callable[[Known, T | CannotTell], Memory] | None = None
    ended: Callable[[T, list[FindingEvent]], Judgement] | None = None
    settled: Callable[[Machine, T], None] | None = None
    interval: Callable[[AgentConfig], float] | None = None
    questions: int = 1
    needed: bool = False
    lists_parts: bool = True
    places: tuple[str, ...] = ()


def minute(_config: AgentConfig) -> float:
    return 60.0


def five_minutes(_config: AgentConfig) -> float:
    return 300.0


def hour(_config: AgentConfig) -> float:
    return 3_600.0
