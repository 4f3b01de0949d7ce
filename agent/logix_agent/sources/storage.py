"""Disks, arrays and file systems: what is read of them and how it is judged."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from logix_common.findings import Component

from logix_agent.config import AgentConfig
from logix_agent.detectors import memory
from logix_agent.lazy import lazily
from logix_agent.probes.readings import FilesystemReading, MdReading, SmartReading
from logix_agent.sources.source import Known, Source, minute

if TYPE_CHECKING:
    from logix_agent.detectors import disks, filesystem_errors, filesystems, flash_cards, pools, raid
    from logix_agent.probes import dm_raid, emmc, mdstat, smart, zfs
    from logix_agent.probes import filesystem_errors as error_counts
    from logix_agent.probes import filesystems as mounts
else:  # what a machine lacks costs the resident agent no memory
    disks, filesystem_errors, filesystems, flash_cards, raid = lazily(
        "detectors", "disks", "filesystem_errors", "filesystems", "flash_cards", "raid"
    )
    dm_raid, zfs = lazily("probes", "dm_raid", "zfs")
    (pools,) = lazily("detectors", "pools")
    emmc, mdstat, smart, error_counts, mounts = lazily(
        "probes", "emmc", "mdstat", "smart", "filesystem_errors", "filesystems"
    )


def _smart_interval(config: AgentConfig) -> float:
    return config.smart_interval_seconds


def _full(known: Known) -> tuple[float, float]:
    return known.config.disk_full_percent, known.config.disk_full_critical_percent


#: Where it is kept what is mounted: the kernel's log names devices.
MOUNTED: Final = "mounted"
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
FLASH_CARDS: Final[Source[Any]] = Source(
    "emmc",
    (Component.STORAGE_WEAR,),
    judge=lambda seen, _: flash_cards.judge(seen),
    blocking=lambda machine: emmc.read(machine.paths),
    interval=_smart_interval,
    places=("/sys/class/mmc_host",),
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
VOLUMES: Final[Source[MdReading]] = Source(
    "dm-raid",
    (Component.RAID,),
    judge=lambda seen, known: raid.judge(seen, known.memory.serials, {}),
    asking=lambda machine: dm_raid.read(machine.commands, machine.limit),
    interval=minute,
    places=("/sys/module/dm_raid",),
    lists_parts=False,  # a volume that is switched off is not listed
)
POOLS: Final[Source[Any]] = Source(
    "zfs",
    (Component.RAID, Component.FILESYSTEM),
    judge=lambda seen, known: pools.judge(seen, known.memory.serials),
    asking=lambda machine: zfs.read(machine.paths, machine.commands, machine.limit),
    interval=minute,
    places=("/proc/spl/kstat/zfs",),
    lists_parts=False,  # a pool that is exported is not listed
)
FILESYSTEMS: Final[Source[FilesystemReading]] = Source(
    "filesystems",
    (Component.FILESYSTEM,),
    judge=lambda seen, known: filesystems.judge(seen, known.memory, *_full(known)),
    blocking=lambda machine: mounts.read_live(machine.paths),
    asking=lambda machine: mounts.read_captured(machine.paths, machine.commands),
    before=lambda known, seen: memory.with_notes(
        known.memory, MOUNTED, filesystems.points(seen, known.notes(MOUNTED))
    ),
    after=lambda known, seen: memory.with_mounts(known.memory, seen),
    ended=lambda seen, standing: filesystems.gone(standing, seen),
)
FILESYSTEM_ERRORS: Final[Source[Any]] = Source(
    "filesystem-errors",
    (Component.FILESYSTEM, Component.RAID),
    judge=lambda seen, _: filesystem_errors.judge(seen),
    blocking=lambda machine: error_counts.read(machine.paths),
    ended=lambda seen, standing: filesystem_errors.gone(
        ((finding.part, finding.code) for finding in standing), seen
    ),
    interval=minute,
    places=("/sys/fs/ext4", "/sys/fs/btrfs"),
)
