"""Which programs and files bear on a fault. Pure: the names of what the machine has come in.

Nothing here changes anything, or reads what is anybody's secret. A disk that sleeps is left asleep: smartctl
is told so, and what else would wake one is marked, and not asked while one sleeps.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from logix_common.findings import CODES, Component

from logix_agent.diagnostics.facts import Question

MOST_DISKS: Final = 24
MOST_PORTS: Final = 16
MOST_ARRAYS: Final = 16
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:@-]{0,63}\Z")
_ASLEEP: Final = re.compile(r"Device is in (?:STANDBY|SLEEP)")

#: Read for every fault.
FILES: Final = (
    "/proc/version",
    "/proc/cmdline",
    "/proc/uptime",
    "/proc/loadavg",
    "/proc/meminfo",
    "/proc/mounts",
    "/proc/mdstat",
    "/proc/partitions",
    "/proc/diskstats",
    "/proc/interrupts",
    "/proc/net/dev",
    "/proc/pressure/cpu",
    "/proc/pressure/io",
    "/proc/pressure/memory",
)


@dataclass(frozen=True, slots=True)
class Machine:
    """Names of what there is, as /sys tells them."""

    disks: Sequence[str] = field(default_factory=tuple)
    arrays: Sequence[str] = field(default_factory=tuple)
    ports: Sequence[str] = field(default_factory=tuple)


def components_of(codes: Sequence[str]) -> frozenset[Component]:
    """The components that have these faults; every one for a code that this agent does not know."""
    known = [CODES[code].component for code in codes if code in CODES]
    return frozenset(known) if codes and len(known) == len(codes) else frozenset(Component)


def questions(codes: Sequence[str], machine: Machine) -> list[Question]:
    """The programs to ask, what bears on the fault first; each once."""
    asked: dict[str, Question] = {}
    for component in sorted(components_of(codes), key=list(Component).index):
        for question in _BY_COMPONENT[component](machine):
            asked.setdefault(question.name, question)
    for question in _always(machine):
        asked.setdefault(question.name, question)
    return list(asked.values())


def files(machine: Machine) -> list[str]:
    """The files to read."""
    facts = ("array_state", "degraded", "raid_disks", "sync_action", "sync_completed", "mismatch_cnt")
    arrays = _named(machine.arrays, MOST_ARRAYS)
    return [*FILES, *(f"/sys/block/{array}/md/{fact}" for array in arrays for fact in facts)]


def sleeps(name: str, answer: str) -> bool:
    """Whether the answer to the question of that name says that a disk sleeps (smartctl(8), -n)."""
    return name.startswith("tools/smartctl-") and _ASLEEP.search(answer) is not None


def file_name(path: str) -> str:
    """Where a file of the machine lies in the bundle."""
    return "files/" + path.strip("/").replace("/", "-") + ".txt"


def _question(*argv: str, name: str = "") -> Question:
    words = name or "-".join(word.strip("-/").replace("/", "-") for word in argv)
    return Question(f"tools/{re.sub(r'[^A-Za-z0-9._-]+', '-', words)[:100]}.txt", argv)


def _named(names: Sequence[str], most: int) -> list[str]:
    return [name for name in names if _NAME.match(name)][:most]


def _disks(machine: Machine) -> list[Question]:
    asked = []
    for disk in _named(machine.disks, MOST_DISKS):
        # -n standby: a disk that sleeps is left asleep, and the answer says so.
        argv = ("smartctl", "-n", "standby", "-x", f"/dev/{disk}")
        asked.append(_question(*argv, name=f"smartctl-{disk}"))
        if disk.startswith("nvme"):
            asked.append(_question("nvme", "error-log", f"/dev/{disk}", name=f"nvme-error-log-{disk}"))
    return [
        *asked,
        _question("lsblk", "-b", "-o", "NAME,TYPE,SIZE,FSTYPE,MODEL,SERIAL,ROTA,STATE,MOUNTPOINT"),
    ]


def _arrays(machine: Machine) -> list[Question]:
    details = [
        # It reads a member, which wakes one that sleeps.
        replace(_question("mdadm", "--detail", f"/dev/{array}", name=f"mdadm-{array}"), wakes=True)
        for array in _named(machine.arrays, MOST_ARRAYS)
    ]
    return [*details, *_disks(machine)]


def _bmc(_machine: Machine) -> list[Question]:
    return [
        _question("sensors"),
        _question("ipmitool", "sensor"),
        _question("ipmitool", "sel", "elist"),
        _question("ipmitool", "chassis", "status"),
        _question("upsc", "-l"),
    ]


def _memory(machine: Machine) -> list[Question]:
    tables = _question("dmidecode", "-t", "memory,processor,cache", name="dmidecode-memory")
    return [tables, _question("ras-mc-ctl", "--error-count"), _question("lscpu"), *_bmc(machine)]


def _ports(machine: Machine) -> list[Question]:
    asked = [
        _question("ip", "-s", "-d", "link", name="ip-link"),
        _question("ip", "address", name="ip-address"),
    ]
    for port in _named(machine.ports, MOST_PORTS):
        asked.append(_question("ethtool", port))
        asked += [_question("ethtool", option, port) for option in ("-S", "-i", "-m", "--show-pause")]
    return asked


def _filesystems(machine: Machine) -> list[Question]:
    # -l: a file server that is gone would hang it.
    return [_question("df", "-lT", name="df"), _question("df", "-li", name="df-inodes"), *_disks(machine)]


def _system(machine: Machine) -> list[Question]:
    return [
        _question("systemctl", "--failed", "--no-pager", "--full", name="systemctl-failed"),
        _question(
            "journalctl",
            "-b",
            "-p",
            "err",
            "-n",
            "500",
            "--no-pager",
            "-o",
            "short-iso",
            name="journal-errors",
        ),
        *_bmc(machine),
    ]


def _always(_machine: Machine) -> list[Question]:
    last_boot = ("journalctl", "-k", "-b", "-1", "-n", "500", "--no-pager", "-o", "short-iso")
    return [
        _question("uptime"),
        _question("df", "-lT", name="df"),
        _question("systemctl", "--failed", "--no-pager", "--full", name="systemctl-failed"),
        _question(*last_boot, name="kernel-log-of-the-boot-before"),
        _question("ip", "-s", "link", name="ip-counters"),
        _question("lspci", "-nn", name="lspci"),
        _question("ps", "-eo", "pid,ppid,stat,wchan:24,pcpu,pmem,etime,comm", "--sort=-pcpu", name="ps"),
        _question("ipmitool", "sel", "elist"),
    ]


_BY_COMPONENT: Final[Mapping[Component, Callable[[Machine], list[Question]]]] = {
    Component.DISK: _disks,
    Component.STORAGE_WEAR: _disks,
    Component.RAID: _arrays,
    Component.MEMORY: _memory,
    Component.CPU: _memory,
    Component.TEMPERATURE: _bmc,
    Component.FAN: _bmc,
    Component.VOLTAGE: _bmc,
    Component.PSU: _bmc,
    Component.NIC: _ports,
    Component.FILESYSTEM: _filesystems,
    Component.SYSTEM: _system,
}
