"""Captured kernel logs: dmesg, journal, syslog, /dev/kmsg, netconsole."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from logix_agent.detectors import kernel_log
from logix_agent.detectors.judgement import Judgement
from logix_agent.probes import kernel_log as log
from logix_agent.replay.capture import Replay, text_of

#: Files of a folder that are read, by name.
MAX_FILES: Final = 32


def judged(path: Path) -> Judgement:
    """The judgement on a log, or on all files below a folder together. Raises `OSError`."""
    if not path.is_dir():
        return kernel_log.judge(log.parse(text_of(path)))
    files = sorted(file for file in path.rglob("*") if file.is_file() and not file.is_symlink())[:MAX_FILES]
    judgement = Judgement()
    for file in files:
        judgement = judgement.joined(kernel_log.judge(log.parse(text_of(file))))
    return judgement


KINDS: Final[Mapping[str, Replay]] = {"kernel-log": judged}
