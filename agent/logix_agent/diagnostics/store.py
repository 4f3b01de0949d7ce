"""Bundles on their way: kept on disk until the server has them, so that a restart sends what was made."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import stat
import tempfile
import time
from pathlib import Path
from typing import Final

from logix_agent.diagnostics.facts import Bundle
from logix_agent.host.durable_files import write_atomically

_KEPT_SECONDS: Final = 86_400.0
_MOST_KEPT: Final = 3


class BundleStore:
    """The folder of them, 0700. Every method blocks, and may hang with the disk."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._elsewhere: Path | None = None

    def place(self, order_id: bytes, *, elsewhere: bool = False) -> Path:
        """Where the bundle of an order is to be made. What was forgotten here makes room.

        A disk that takes nothing is often the very fault: then, and with `elsewhere`, the place is in
        memory. Raises `OSError` where there is none either.
        """
        if elsewhere:
            return self._other() / _name(order_id)
        try:
            self._folder.mkdir(mode=0o700, exist_ok=True)
            self._folder.chmod(0o700)
            self._forget_old(order_id)
            write_atomically(self._folder / ".writable", b"", 0o600)
        except OSError:
            return self._other() / _name(order_id)
        return self._folder / _name(order_id)

    def made(self, path: Path, bundle: Bundle) -> None:
        """Note that it is complete; raises `OSError`."""
        content = json.dumps({"size": bundle.size, "sha256": bundle.sha256})
        write_atomically(path.with_suffix(".json"), content.encode(), 0o600)

    def ready(self, path: Path) -> Bundle | None:
        """The bundle that an earlier life, or an earlier try, has completed there."""
        try:
            told = json.loads(path.with_suffix(".json").read_bytes())
            bundle = Bundle(int(told["size"]), str(told["sha256"]))
            return bundle if path.stat().st_size == bundle.size and len(bundle.sha256) == 64 else None
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def read(self, path: Path, offset: int, size: int) -> bytes:
        """A piece of it; raises `OSError`."""
        with path.open("rb") as file:
            file.seek(offset)
            return file.read(size)

    def forget(self, path: Path) -> None:
        """The server has it, or does not want it."""
        for each in (path.with_suffix(".json"), path):
            with contextlib.suppress(OSError):
                each.unlink()

    def _other(self) -> Path:
        if self._elsewhere is None or not self._elsewhere.is_dir():
            shared = Path("/dev/shm")  # noqa: S108 - mkdtemp makes a folder of our own in it
            where = shared if shared.is_dir() else Path(tempfile.gettempdir())
            prefix = f"logix-agent-{hashlib.sha256(bytes(self._folder)).hexdigest()[:12]}-"
            _forget_earlier(where, prefix)
            self._elsewhere = Path(tempfile.mkdtemp(prefix=prefix, dir=where))
        return self._elsewhere

    def _forget_old(self, order_id: bytes) -> None:
        others = [path for path in self._folder.iterdir() if path.stem.partition(".")[0] != order_id.hex()]
        others.sort(key=lambda path: path.stat().st_mtime, reverse=True)
        for number, path in enumerate(others):
            if number >= 2 * _MOST_KEPT or path.stat().st_mtime < time.time() - _KEPT_SECONDS:
                path.unlink(missing_ok=True)


def _name(order_id: bytes) -> str:
    return f"{order_id.hex()}.bundle"


def _forget_earlier(where: Path, prefix: str) -> None:
    """Remove the folders of earlier lives of this agent: what they hold in memory is nobody's any more."""
    for folder in where.glob(f"{prefix}*"):
        with contextlib.suppress(OSError):
            found = (
                folder.lstat()
            )  # anybody may write there: nothing of others is touched, and no link followed
            if stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid():
                shutil.rmtree(folder, ignore_errors=True)
