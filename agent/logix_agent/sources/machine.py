"""Memory, the kernel's log, network ports and modules: what is read of them and how it is judged."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from logix_common.findings import Component

from logix_agent.detectors import memory
from logix_agent.host.commands import SEARCH_PATH
from logix_agent.lazy import lazily
from logix_agent.probes.readings import CannotTell
from logix_agent.sources.sensors import FITTED
from logix_agent.sources.source import Known, Machine, Source, five_minutes, minute
from logix_agent.sources.storage import MOUNTED

if TYPE_CHECKING:
    from logix_agent.detectors import kernel_log, link_modes, memory_errors, optics, ports
    from logix_agent.detectors import module_units as failures
    from logix_agent.probes import edac, ethtool, module_units
    from logix_agent.probes import kernel_log as messages
    from logix_agent.probes import ports as network_ports
    from logix_agent.probes.unit_readings import ModuleReading
else:  # what a machine lacks costs the resident agent no memory
    kernel_log, memory_errors, ports = lazily("detectors", "kernel_log", "memory_errors", "ports")
    link_modes, optics, failures = lazily("detectors", "link_modes", "optics", "module_units")
    (module_units,) = lazily("probes", "module_units")
    edac, ethtool, messages, network_ports = lazily("probes", "edac", "ethtool", "kernel_log", "ports")


def _names(known: Known) -> kernel_log.Names:
    return kernel_log.Names(known.memory.serials, known.notes(MOUNTED))


MEMORY: Final[Source[Any]] = Source(
    "edac",
    (Component.MEMORY,),
    judge=lambda seen, known: memory_errors.judge(seen, known.notes("edac"), known.notes(FITTED)),
    blocking=lambda machine: edac.read(machine.paths),
    # Before the verdicts: they go by the pace that this very reading shows.
    before=lambda known, seen: memory.with_notes(
        known.memory, "edac", memory_errors.paces(seen, known.notes("edac"), known.now)
    ),
    places=("/sys/devices/system/edac/mc",),
)
KERNEL_LOG: Final[Source[Any]] = Source(
    "kernel-log",
    (Component.SYSTEM,),
    judge=lambda seen, known: kernel_log.judge(seen, _names(known), known.notes("kernel-log")),
    asking=lambda machine: messages.read(machine.ring, machine.paths, machine.commands, machine.limit),
    after=lambda known, seen: memory.with_notes(
        known.memory, "kernel-log", kernel_log.noted(seen, known.notes("kernel-log"), _names(known))
    ),
    settled=lambda machine, seen: machine.ring.settle(seen.upto),
    lists_parts=False,
)
PORTS: Final[Source[Any]] = Source(
    "ports",
    (Component.NIC,),
    judge=lambda seen, known: ports.judge(
        seen, known.notes("ports"), known.config.network_ports, known.now, known.notes(_MODES)
    ),
    blocking=lambda machine: network_ports.read(machine.paths),
    after=lambda known, seen: memory.with_notes(
        known.memory, "ports", ports.noted(seen, known.notes("ports"), known.now)
    ),
)
#: Where what ethtool tells of links is kept for the ports' detector, which looks far more often.
_MODES: Final = "link-modes"
PORT_MODULES: Final[Source[Any]] = Source(
    "ethtool",
    (Component.NIC,),
    judge=lambda seen, _: optics.judge(seen),
    asking=lambda machine: ethtool.read(machine.paths, machine.commands, machine.limit),
    before=lambda known, seen: memory.with_notes(
        known.memory, _MODES, link_modes.noted(seen, known.notes(_MODES))
    ),
    interval=five_minutes,
    questions=4,
    places=tuple(f"{folder}/ethtool" for folder in SEARCH_PATH),
    lists_parts=False,  # sysfs lists the ports
)


async def _module_units(machine: Machine) -> ModuleReading | CannotTell:
    folder, state = machine.config.modules_dir, machine.config.state_dir
    if not machine.paths.exists(folder):  # set by the configuration, so that `places` cannot name it
        return CannotTell(f"{folder}: not there", absent=True)
    return await module_units.read(machine.paths, machine.commands, folder, state, machine.limit)


MODULES: Final[Source[Any]] = Source(
    "modules",
    (Component.SYSTEM,),
    judge=lambda seen, known: failures.judge(seen, known.config.services),
    asking=_module_units,
    ended=lambda seen, standing: failures.gone(standing, seen),
    interval=minute,
    lists_parts=False,
)
