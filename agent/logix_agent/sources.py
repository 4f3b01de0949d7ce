"""The table of what is read and judged: one line a source.

A new probe and its detector are wired by adding a line to `SOURCES`; what is read for reports alone
stands in `watch`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

from logix_common.findings import Component

from logix_agent.config import AgentConfig
from logix_agent.detectors import memory
from logix_agent.detectors.judgement import Judgement
from logix_agent.detectors.memory import Memory
from logix_agent.facts import FindingEvent
from logix_agent.host.commands import Commands
from logix_agent.host.paths import HostPaths
from logix_agent.lazy import lazily
from logix_agent.probes.readings import CannotTell, FilesystemReading, MdReading, SmartReading

if TYPE_CHECKING:
    from logix_agent.detectors import chips, disks, filesystems, raid
    from logix_agent.probes import filesystems as mounts
    from logix_agent.probes import hwmon, mdstat, smart
    from logix_agent.probes.sensor_readings import HwmonReading
else:  # what a machine lacks costs the resident agent no memory
    chips, disks, filesystems, raid = lazily("detectors", "chips", "disks", "filesystems", "raid")
    mounts, hwmon, mdstat, smart = lazily("probes", "filesystems", "hwmon", "mdstat", "smart")

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Machine:
    """What a source reads from."""

    paths: HostPaths
    commands: Commands
    config: AgentConfig

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
    without it is in doubt; of every other source that is absent nothing is judged.
    """

    name: str
    components: tuple[str, ...]
    judge: Callable[[T | CannotTell, Known], Judgement]
    blocking: Blocking[T] | None = None
    asking: Asking[T] | None = None
    before: Callable[[Known, T | CannotTell], Memory] | None = None
    after: Callable[[Known, T | CannotTell], Memory] | None = None
    ended: Callable[[list[FindingEvent], T], Judgement] | None = None
    interval: Callable[[AgentConfig], float] | None = None
    questions: int = 1
    needed: bool = False


def _smart_interval(config: AgentConfig) -> float:
    return config.smart_interval_seconds


def _full(known: Known) -> tuple[float, float]:
    return known.config.disk_full_percent, known.config.disk_full_critical_percent


DISKS: Final[Source[SmartReading]] = Source(
    "smart",
    (Component.DISK, Component.STORAGE_WEAR),
    judge=lambda seen, known: disks.judge(seen, known.memory.serials),
    asking=lambda machine: smart.read(machine.commands, machine.limit),
    before=lambda known, seen: memory.with_disks(known.memory, seen),
    ended=lambda standing, seen: disks.exchanged(standing, seen),
    interval=_smart_interval,
    questions=10,  # every disk has a limit of its own, several are asked at once
    needed=True,
)
ARRAYS: Final[Source[MdReading]] = Source(
    "mdstat",
    (Component.RAID,),
    judge=lambda seen, known: raid.judge(seen, known.memory.serials, known.memory.members),
    blocking=lambda machine: mdstat.read(machine.paths),
    # After the verdicts: an array that is complete again was judged with what it had lost.
    after=lambda known, seen: memory.with_arrays(known.memory, seen),
)
CHIPS: Final[Source[HwmonReading]] = Source(
    "hwmon",
    (Component.TEMPERATURE, Component.FAN, Component.VOLTAGE, Component.PSU),
    judge=lambda seen, known: chips.judge(seen, known.notes("fans")),
    blocking=lambda machine: hwmon.read(machine.paths),
    after=lambda known, seen: memory.with_notes(
        known.memory, "fans", chips.remembered(seen, known.notes("fans"))
    ),
)
FILESYSTEMS: Final[Source[FilesystemReading]] = Source(
    "filesystems",
    (Component.FILESYSTEM,),
    judge=lambda seen, known: filesystems.judge(seen, known.memory, *_full(known)),
    blocking=lambda machine: mounts.read_live(machine.paths),
    asking=lambda machine: mounts.read_captured(machine.paths, machine.commands),
    after=lambda known, seen: memory.with_mounts(known.memory, seen),
    ended=lambda standing, seen: filesystems.gone(standing, seen),
)
#: Everything that is judged, in this order.
SOURCES: Final[tuple[Source[Any], ...]] = (
    DISKS,
    ARRAYS,
    CHIPS,
    FILESYSTEMS,
)
