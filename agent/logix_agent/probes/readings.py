"""What probes read, as plain facts between probes and detectors. Nothing here is judged or read."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

from logix_agent.probes.disk_readings import DiskTemperature, Endurance, InformationalException, SelfTest

_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")


def clean(value: object, limit: int = 128) -> str:
    """`value` as one bounded line without control characters; "" for what is no text or number."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    text = value[: limit * 4] if isinstance(value, str) else repr(value)
    return " ".join(_CONTROL.sub(" ", text).split())[:limit]


@dataclass(frozen=True, slots=True)
class CannotTell:
    """A source that gave no answer to judge by. `absent`: this machine does not have it at all."""

    reason: str
    absent: bool = False


# -- disks ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class AtaAttribute:
    """A row of the ATA SMART attribute table."""

    number: int
    name: str
    value: int | None  # normalised; None where the drive tells none
    threshold: int | None
    prefailure: bool
    when_failed: str | None  # "", "now", "past"; None where smartctl does not say
    raw: int | None  # the first number of the raw value as printed; None = no plain count
    raw_text: str


@dataclass(frozen=True, slots=True)
class NvmeLog:
    """The NVMe SMART / Health Information log (NVMe Base Specification, log page 02h); None = not told."""

    critical_warning: int | None
    available_spare: int | None  # percent
    spare_threshold: int | None
    percentage_used: int | None
    media_errors: int | None
    group_warning: int | None = None  # endurance group critical warning summary

    @property
    def filled_in(self) -> bool:
        """Whether the drive wrote it: all bits of a warning at once are an answer that nobody filled in."""
        return self.critical_warning is None or self.critical_warning < 0xFF


@dataclass(frozen=True, slots=True)
class ScsiCounters:
    """SCSI error counters; None = not told."""

    grown_defects: int | None
    uncorrected: tuple[tuple[str, int], ...] = ()  # by "read", "write", "verify"
    pending_defects: int | None = None


@dataclass(frozen=True, slots=True)
class SmartDisk:
    """What smartctl says of one disk. `problem` is set where it could not be asked."""

    device: str  # "/dev/sda"
    slot: str = ""  # "sda"; behind a RAID controller "sda megaraid,3"
    serial: str = ""
    model: str = ""
    firmware: str = ""
    capacity: int = 0  # bytes
    exit_status: int = 0  # bits of smartctl(8), EXIT STATUS
    passed: bool | None = None
    exception: InformationalException | None = None
    attributes: tuple[AtaAttribute, ...] = ()
    named: bool = True  # attributes bear the names of smartctl's drive database; False: general ones
    nvme: NvmeLog | None = None
    scsi: ScsiCounters | None = None
    self_tests: tuple[SelfTest, ...] | None = None  # newest first; None where there is no log
    endurance: Endurance | None = None
    temperature: DiskTemperature | None = None
    problem: str = ""

    @property
    def part(self) -> str:
        """The stable key of this disk; by its slot only where it tells no serial."""
        return f"disk:{self.serial}" if self.serial else f"disk:@{self.slot}"


@dataclass(frozen=True, slots=True)
class SmartReading:
    """All disks that smartctl knows; `left_out`: how many more there are than are asked."""

    disks: tuple[SmartDisk, ...]
    left_out: int = 0


# -- arrays -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class MdMember:
    """A device of an array, with the letters md puts behind it: F faulty, S spare, W, J, R."""

    device: str
    number: int
    flags: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class MdArray:
    """One array of software RAID (md(4)), by /proc/mdstat, /sys/block/md*/md or mdadm --detail."""

    name: str
    active: bool
    level: str  # "" where md does not tell
    members: tuple[MdMember, ...]
    metadata: str = ""  # "1.2", "external:imsm"
    slots: int | None = None  # devices it should have
    working: int | None = None  # devices in sync
    states: str = ""  # "U_"
    activity: str = ""  # "recovery", "resync", "check", "reshape"
    line: str = ""
    told: str = ""  # md's own word, where it says one: "degraded", "failed"
    copies: str = ""  # raid10's layout: "2 near", "2 far"
    mismatches: int | None = None  # sectors found to differ by the last whole check; None = not checked
    source: str = "/proc/mdstat"

    @property
    def container(self) -> bool:
        """Whether it only holds the disks of firmware RAID; its volumes are arrays of their own."""
        holds = self.metadata.startswith("external:") and self.metadata[9:10] not in ("/", "-")
        return self.level == "container" or holds


@dataclass(frozen=True, slots=True)
class MdReading:
    """All arrays. `whole`: md's list was seen to its end."""

    arrays: tuple[MdArray, ...]
    whole: bool = False


# -- file systems -----------------------------------------------------------------------------------


#: Local file systems that hold data and can be written; all others are no storage of the appliance.
STORAGE_KINDS: Final = frozenset(
    {
        "ext2",
        "ext3",
        "ext4",
        "xfs",
        "btrfs",
        "f2fs",
        "jfs",
        "reiserfs",
        "zfs",
        "vfat",
        "exfat",
        "ntfs",
        "ntfs3",
    }
)


#: Mounts read of one machine; a host of containers has thousands.
MAX_MOUNTS: Final = 4096


@dataclass(frozen=True, slots=True)
class Mount:
    """A mounted file system, or a line of fstab (fstab(5)).

    `options` are the file system's own where the kernel tells them apart: a read-only bind mount of a
    writable file system is writable.
    """

    device: str
    point: str
    kind: str
    options: frozenset[str]

    @property
    def storage(self) -> bool:
        """Whether it is local storage that can be written."""
        return self.kind in STORAGE_KINDS


@dataclass(frozen=True, slots=True)
class FilesystemUse:
    """Space of one file system, bytes; `available` is what an ordinary user may still take."""

    point: str
    total: int
    used: int
    available: int

    @property
    def percent(self) -> float:
        """Used share of what an ordinary user may take, as df reckons it."""
        return 100.0 * self.used / max(1, self.used + self.available)


@dataclass(frozen=True, slots=True)
class FilesystemReading:
    """What is mounted, what fstab wants, and how full it is.

    `refusing`: mount points that cannot be opened for what is wrong with them -> the kernel's word.
    """

    mounts: tuple[Mount, ...]
    wanted: tuple[Mount, ...]
    usage: tuple[FilesystemUse, ...]
    refusing: tuple[tuple[str, str], ...] = ()


# -- the machine ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PortCounters:
    """Counters of one network port since boot."""

    name: str
    received_bytes: int
    sent_bytes: int
    receive_errors: int
    send_errors: int
    receive_drops: int
    send_drops: int


@dataclass(frozen=True, slots=True)
class SystemReading:
    """Machine-wide values by `logix_common.observations.Metric`, and the ports; only what is there."""

    values: dict[int, float] = field(default_factory=dict)
    ports: tuple[PortCounters, ...] = ()
