"""Captures of software RAID: /proc/mdstat (or a sysroot with it), `mdadm --detail`, LVM's and ZFS's words."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from logix_agent.detectors import pools, raid
from logix_agent.detectors.judgement import Judgement
from logix_agent.host.paths import HostPaths
from logix_agent.probes import dm_raid, mdadm, mdstat, zfs
from logix_agent.probes.readings import CannotTell, MdReading
from logix_agent.replay.capture import Replay, text_of


def judge_mdstat(path: Path) -> Judgement:
    """One text, or a small sysroot with /proc/mdstat and /sys/block."""
    return _judged(mdstat.read(HostPaths(path)) if path.is_dir() else mdstat.parse(text_of(path)))


def judge_mdadm(path: Path) -> Judgement:
    """Outputs of one or several arrays."""
    return _judged(mdadm.parse(text_of(path)))


def judge_volumes(path: Path) -> Judgement:
    """What `dmsetup status` prints of LVM's volumes."""
    return _judged(dm_raid.parse(text_of(path)))


def judge_pools(path: Path) -> Judgement:
    """What `zpool status` prints."""
    return pools.judge(zfs.parse(text_of(path)), {})


def _judged(reading: MdReading | CannotTell) -> Judgement:
    if isinstance(reading, MdReading) and reading.whole and not reading.arrays:
        return raid.without_arrays()
    return raid.judge(reading, {}, {})


KINDS: Final[Mapping[str, Replay]] = {
    "mdstat": judge_mdstat,
    "mdadm-detail": judge_mdadm,
    "dmsetup-status": judge_volumes,
    "zpool-status": judge_pools,
}
