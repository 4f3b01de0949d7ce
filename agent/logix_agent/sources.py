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
    from logix_agent.detectors import (
        bmc_log,
        bmc_sensors,
        chips,
        clock_battery,
        disks,
        filesystem_errors,
        filesystems,
        firmware,
        flash_cards,
        kernel_log,
        memory_errors,
        ports,
        power_sources,
        raid,
        watchdogs,
    )
    from logix_agent.host.kernel_ring import KernelRing
    from logix_agent.probes import bmc_log as event_log
    from logix_agent.probes import bmc_sensors as controller
    from logix_agent.probes import clock_battery as clock
    from logix_agent.probes import edac, emmc, hwmon, mdstat, smart, smbios
    from logix_agent.probes import filesystem_errors as error_counts
    from logix_agent.probes import filesystems as mounts
    from logix_agent.probes import kernel_log as messages
    from logix_agent.probes import ports as network_ports
    from logix_agent.probes import power_sources as power
    from logix_agent.probes import watchdogs as timers
    from logix_agent.probes.sensor_readings import HwmonReading
else:  # what a machine lacks costs the resident agent no memory
    bmc_log, bmc_sensors, chips, clock_battery = lazily(
        "detectors", "bmc_log", "bmc_sensors", "chips", "clock_battery"
    )
    disks, filesystems, firmware, flash_cards = lazily(
        "detectors", "disks", "filesystems", "firmware", "flash_cards"
    )
    kernel_log, memory_errors, power_sources, raid, watchdogs = lazily(
        "detectors", "kernel_log", "memory_errors", "power_sources", "raid", "watchdogs"
    )
    event_log, controller, clock, edac, emmc = lazily(
        "probes", "bmc_log", "bmc_sensors", "clock_battery", "edac", "emmc"
    )
    hwmon, mdstat, smart, smbios, mounts = lazily(
        "probes", "hwmon", "mdstat", "smart", "smbios", "filesystems"
    )
    messages, power, timers = lazily("probes", "kernel_log", "power_sources", "watchdogs")
    filesystem_errors, ports = lazily("detectors", "filesystem_errors", "ports")
    error_counts, network_ports = lazily("probes", "filesystem_errors", "ports")

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
    it names no more is gone; what a log tells comes and goes. `places`: a running
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
    interval: Callable[[AgentConfig], float] | None = None
    questions: int = 1
    needed: bool = False
    lists_parts: bool = True
    places: tuple[str, ...] = ()


def _minute(_config: AgentConfig) -> float:
    return 60.0


def _five_minutes(_config: AgentConfig) -> float:
    return 300.0


def _hour(_config: AgentConfig) -> float:
    return 3_600.0


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
    ended=lambda seen, standing: disks.exchanged(standing, seen),
    interval=_smart_interval,
    questions=10,  # every disk has a limit of its own, several are asked at once
    needed=True,
)
ARRAYS: Final[Source[MdReading]] = Source(
    "mdstat",
    (Component.RAID,),
    judge=lambda seen, known: raid.judge(
        seen, known.memory.serials, known.memory.members, known.notes("spares")
    ),
    blocking=lambda machine: mdstat.read(machine.paths),
    # After the verdicts: an array that is complete again was judged with what it had lost.
    after=lambda known, seen: memory.with_notes(
        memory.with_arrays(known.memory, seen), "spares", raid.spares_seen(seen, known.notes("spares"))
    ),
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
    ended=lambda seen, standing: filesystems.gone(standing, seen),
)


def _names(known: Known) -> kernel_log.Names:
    return kernel_log.Names(
        known.memory.serials, {disk: point for point, disk in known.memory.writable.items()}
    )


#: Where the kernel's IPMI driver shows the management controller (Documentation/driver-api/ipmi.rst).
CONTROLLERS: Final = ("/dev/ipmi0", "/dev/ipmi/0", "/dev/ipmidev/0")
#: Everything that is judged, in this order.
SOURCES: Final[tuple[Source[Any], ...]] = (
    DISKS,
    Source(
        "emmc",
        (Component.STORAGE_WEAR,),
        judge=lambda seen, _: flash_cards.judge(seen),
        blocking=lambda machine: emmc.read(machine.paths),
        interval=_smart_interval,
        places=("/sys/class/mmc_host",),
    ),
    ARRAYS,
    Source(
        "edac",
        (Component.MEMORY,),
        judge=lambda seen, known: memory_errors.judge(seen, known.notes("edac")),
        blocking=lambda machine: edac.read(machine.paths),
        # Before the verdicts: they go by the pace that this very reading shows.
        before=lambda known, seen: memory.with_notes(
            known.memory, "edac", memory_errors.paces(seen, known.notes("edac"), known.now)
        ),
        places=("/sys/devices/system/edac/mc",),
    ),
    CHIPS,
    Source(
        "ipmi-sensors",
        (Component.TEMPERATURE, Component.FAN, Component.VOLTAGE, Component.PSU),
        judge=lambda seen, _: bmc_sensors.judge(seen),
        asking=lambda machine: controller.read(machine.paths, machine.commands, machine.limit),
        interval=_minute,
        questions=5,  # a controller is slow
        places=CONTROLLERS,
    ),
    Source(
        "ipmi-sel",
        (Component.SYSTEM,),
        judge=lambda seen, known: bmc_log.judge(seen, known.notes("sel"), known.now),
        asking=lambda machine: event_log.read(machine.paths, machine.commands, machine.limit),
        after=lambda known, seen: memory.with_notes(
            known.memory, "sel", bmc_log.remembered(seen, known.notes("sel"), known.now)
        ),
        places=CONTROLLERS,
        interval=_five_minutes,
        questions=5,  # a controller is slow
        lists_parts=False,
    ),
    Source(
        "smbios",
        (Component.PSU,),
        judge=lambda seen, _: firmware.judge(seen),
        asking=lambda machine: smbios.read(machine.commands, machine.limit),
        interval=_hour,
    ),
    Source(
        "power-supply",
        (Component.PSU,),
        judge=lambda seen, _: power_sources.judge(seen),
        blocking=lambda machine: power.read(machine.paths),
        places=("/sys/class/power_supply",),
    ),
    Source(
        "ups",
        (Component.PSU,),
        judge=lambda seen, _: power_sources.judge(seen),
        asking=lambda machine: power.read_ups(machine.commands, machine.limit),
        interval=_minute,
        questions=2,
    ),
    Source(
        "watchdog",
        (Component.SYSTEM,),
        judge=lambda seen, _: watchdogs.judge(seen),
        blocking=lambda machine: timers.read(machine.paths),
        interval=_hour,
        places=("/sys/class/watchdog",),
    ),
    Source(
        "rtc",
        (Component.SYSTEM,),
        judge=lambda seen, _: clock_battery.judge(seen),
        blocking=lambda machine: clock.read(machine.paths),
        interval=_hour,
        places=("/proc/driver/rtc",),
    ),
    FILESYSTEMS,
    Source(
        "filesystem-errors",
        (Component.FILESYSTEM, Component.RAID),
        judge=lambda seen, _: filesystem_errors.judge(seen),
        blocking=lambda machine: error_counts.read(machine.paths),
        ended=lambda seen, standing: filesystem_errors.gone(
            ((finding.part, finding.code) for finding in standing), seen
        ),
        interval=_minute,
        places=("/sys/fs/ext4", "/sys/fs/btrfs"),
    ),
    Source(
        "kernel-log",
        (Component.SYSTEM,),
        judge=lambda seen, known: kernel_log.judge(seen, _names(known), known.notes("kernel-log")),
        asking=lambda machine: messages.read(machine.ring, machine.paths, machine.commands, machine.limit),
        after=lambda known, seen: memory.with_notes(
            known.memory, "kernel-log", kernel_log.noted(seen, known.notes("kernel-log"), _names(known))
        ),
        lists_parts=False,
    ),
    Source(
        "ports",
        (Component.NIC,),
        judge=lambda seen, known: ports.judge(
            seen, known.notes("ports"), known.config.network_ports, known.now
        ),
        blocking=lambda machine: network_ports.read(machine.paths),
        after=lambda known, seen: memory.with_notes(
            known.memory, "ports", ports.noted(seen, known.notes("ports"), known.now)
        ),
    ),
)
