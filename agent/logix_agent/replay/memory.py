"""Captures of memory errors: what edac-util and its kin print, and small sysroots with EDAC's files."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from logix_agent.detectors import memory_errors
from logix_agent.detectors.judgement import Judgement
from logix_agent.host.paths import HostPaths
from logix_agent.probes import edac, edac_text
from logix_agent.replay.capture import Replay, text_of


def judge_edac(path: Path) -> Judgement:
    """One output, or a tree."""
    if path.is_dir():
        return memory_errors.judge(edac.read(HostPaths(path), edac.FOLDERS))
    return memory_errors.judge(edac_text.parse(text_of(path)))


KINDS: Final[Mapping[str, Replay]] = {"edac": judge_edac}
