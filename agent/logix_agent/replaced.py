"""Parts that somebody says are replaced: `logix-agent replaced PART` notes it, the resident agent applies it.

One small file a note, so that neither of the two processes can lose what the other writes.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from logix_agent.host.durable_files import sync_folder, write_atomically

FOLDER: Final = "replaced"
MAX_NOTES: Final = 100
MAX_PART: Final = 200


def note(state_dir: Path, part: str) -> None:
    """Put it on file, durably. Raises `OSError`."""
    folder = state_dir / FOLDER
    folder.mkdir(mode=0o750, exist_ok=True)
    write_atomically(folder / os.urandom(8).hex(), json.dumps({"part": part[:MAX_PART]}).encode(), 0o640)


def read(state_dir: Path) -> dict[str, str]:
    """Notes on file, by name: the part that each is about. What is no note is passed over."""
    found: dict[str, str] = {}
    folder = state_dir / FOLDER
    try:
        names = sorted(name for name in os.listdir(folder) if not name.startswith("."))  # noqa: PTH208 (names)
    except FileNotFoundError:
        return found
    for name in names[:MAX_NOTES]:
        with contextlib.suppress(OSError, ValueError, TypeError, KeyError):
            part = json.loads((folder / name).read_bytes()[:4_096])["part"]
            if isinstance(part, str):
                found[name] = part[:MAX_PART]
    return found


def remove(state_dir: Path, names: Iterable[str]) -> None:
    """Take notes off file that have been applied. Raises `OSError`."""
    folder = state_dir / FOLDER
    for name in names:
        (folder / name).unlink(missing_ok=True)
    sync_folder(folder)
