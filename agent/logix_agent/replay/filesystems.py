"""Captures of mount tables: /proc/mounts, mountinfo, output of mount(8), or a small sysroot with them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from logix_common.findings import Component

from logix_agent.detectors import filesystem_errors, filesystems
from logix_agent.detectors.judgement import Doubt, Judgement
from logix_agent.detectors.memory import Memory
from logix_agent.host.paths import HostPaths
from logix_agent.probes import filesystem_errors as counted
from logix_agent.probes import filesystems as mounts
from logix_agent.probes.readings import CannotTell, FilesystemReading, Mount
from logix_agent.replay.capture import Replay, text_of

#: A capture tells no usage, so that no file system is full.
_NEVER_FULL: Final = 1000.0


def judge_mounts(path: Path) -> Judgement:
    """One table; in a sysroot with its fstab and with what file systems count."""
    if not path.is_dir():
        return _judged(mounts.parse(text_of(path)), "")
    paths = HostPaths(path)
    judgement = _judged(mounts.mounted(paths), paths.read("/etc/fstab").text)
    return judgement.joined(filesystem_errors.judge(counted.read(paths)))


def _judged(table: tuple[Mount, ...] | CannotTell, fstab: str) -> Judgement:
    if isinstance(table, CannotTell):
        return Judgement(doubts=(Doubt(Component.FILESYSTEM, "", table.reason, table.absent),))
    reading = FilesystemReading(table, mounts.parse_mounts(fstab), ())
    return filesystems.judge(reading, Memory(), _NEVER_FULL, _NEVER_FULL)


KINDS: Final[Mapping[str, Replay]] = {"proc-mounts": judge_mounts}
