"""What a running agent leaves for others on its machine: its lock and its status file."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from logix_common.clock import Clock, to_microseconds
from logix_common.errors import LogixError

from logix_agent.host.durable_files import write_atomically

LOCK: Final = "agent.lock"
STATUS: Final = "status.json"
#: A running agent writes its status at least every so many seconds.
STATUS_AT_LEAST: Final = 30.0


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
    """Whether an agent holds the state directory now; `OSError` when that cannot be told."""
    try:
        descriptor = os.open(state_dir / LOCK, os.O_RDONLY | os.O_CLOEXEC)
    except (FileNotFoundError, NotADirectoryError):
        return False
    try:
        return not _locked(descriptor)
    finally:
        os.close(descriptor)


def write_status(state_dir: Path, status: dict[str, Any], boot: str, clock: Clock) -> None:
    """Replace the status file, with the moment of the writing; raises `OSError`."""
    stamp = {
        "written_us": to_microseconds(clock.now()),
        "written_boottime_us": round(clock.monotonic() * 1_000_000),
        "boot_id": boot,
    }
    write_atomically(state_dir / STATUS, json.dumps(stamp | status).encode(), 0o644)


def age_of(status: Mapping[str, Any], boot: str, clock: Clock) -> float | None:
    """Seconds since `status` was written, by the boot clock; None for one of another boot, or unstamped."""
    written = status.get("written_boottime_us")
    if status.get("boot_id") != boot or not isinstance(written, int):
        return None
    return max(0.0, clock.monotonic() - written / 1_000_000)


def read_status(state_dir: Path) -> dict[str, Any]:
    """The last status written, {} when there is none; raises `OSError`."""
    with contextlib.suppress(FileNotFoundError, NotADirectoryError, ValueError):
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
