"""What a running agent leaves for others on its machine: its lock and its status file."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import json
import os
from pathlib import Path
from typing import Any, Final

from logix_common.errors import LogixError

from logix_agent.host.durable_files import write_atomically

LOCK: Final = "agent.lock"
STATUS: Final = "status.json"


class AlreadyRunning(LogixError):
    """Another agent holds the state directory."""


class StateLock:
    """Held as long as the process lives; the kernel lets go of it when the process dies (flock(2))."""

    def __init__(self, state_dir: Path) -> None:
        """Take the lock, or raise `AlreadyRunning`; `OSError` when the directory cannot be used."""
        path = state_dir / LOCK
        state_dir.mkdir(parents=True, exist_ok=True, mode=0o750)
        try:
            self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o640)
        except OSError as error:
            if error.errno not in (errno.EROFS, errno.ENOSPC):
                raise
            self._descriptor = os.open(
                path, os.O_RDONLY | os.O_CLOEXEC
            )  # a read-only disk can be watched, too
        if not _locked(self._descriptor):
            os.close(self._descriptor)
            raise AlreadyRunning(f"{state_dir}: another logix-agent uses this state directory")

    def release(self) -> None:
        """Let go."""
        os.close(self._descriptor)


def is_running(state_dir: Path) -> bool:
    """Whether an agent holds the state directory now."""
    try:
        descriptor = os.open(state_dir / LOCK, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        return not _locked(descriptor)
    finally:
        os.close(descriptor)


def write_status(state_dir: Path, status: dict[str, Any]) -> None:
    """Replace the status file; raises `OSError`."""
    write_atomically(state_dir / STATUS, json.dumps(status).encode(), 0o644)


def read_status(state_dir: Path) -> dict[str, Any]:
    """The last status written, {} when there is none."""
    with contextlib.suppress(OSError, ValueError):
        content = json.loads((state_dir / STATUS).read_bytes())
        if isinstance(content, dict):
            return content
    return {}


def _locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
