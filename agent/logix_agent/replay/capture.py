"""Reading captured output of machines, bounded: a capture may be anything."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

from logix_agent.detectors.judgement import Judgement

#: Longer captures are judged by their beginning; a kernel's whole ring buffer is a few megabytes.
MAX_BYTES: Final = 16 * 1_048_576

#: Judges what lies at a path, a file or a folder, at first sight. Raises `OSError` where it cannot be read.
Replay = Callable[[Path], Judgement]


def text_of(path: Path) -> str:
    """The capture's text; bytes that are no UTF-8 become replacement characters."""
    with path.open("rb") as file:
        return file.read(MAX_BYTES).decode("utf-8", "replace")
