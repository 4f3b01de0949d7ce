"""What has come of an upload so far, as files that outlive a gateway; one writer at a time each.

A file is named after its order and the digest that was announced, both of which were validated. Its length
is where the upload goes on; whether its content is right is judged once it is whole.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import hashlib
import os
import shutil
import threading
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Final

from logix_common import reasons
from logix_common.errors import Refused

_PIECE: Final = 256 * 1024
#: Bytes, and share of the disk, whichever is less, that uploads leave free: faults come before bundles, and
#: may have to be written to the same disk.
RESERVE: Final = 1_073_741_824
RESERVE_SHARE: Final = 0.05


def _room(folder: Path) -> tuple[int, int]:
    usage = shutil.disk_usage(folder)
    return usage.total, usage.free


class Partial:
    """An upload under way; only its holder may write it. Close it.

    What it does is done in threads, which a call that is cancelled leaves at work: the file is closed after
    the last of them, because its number would soon be another file's.
    """

    def __init__(self, path: Path, size: int) -> None:
        """Raises `Refused` where another process writes it, `OSError` where the disk fails."""
        self._path = path
        self._lock = threading.Lock()
        self._users = 0
        self._closed = False
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if os.fstat(self._descriptor).st_size > size:
                os.ftruncate(self._descriptor, 0)
            self.offset = os.lseek(self._descriptor, 0, os.SEEK_END)
        except BlockingIOError as error:
            os.close(self._descriptor)
            raise Refused(reasons.SERVER_BUSY, "the same upload is under way") from error
        except OSError:
            os.close(self._descriptor)
            raise

    def append(self, chunk: bytes) -> None:
        """Write on; the caller has seen that it is not more than was announced. Raises `OSError`."""
        view = memoryview(chunk)
        with self._used():
            while view:
                written = os.write(self._descriptor, view)
                view = view[written:]
                self.offset += written

    def digest(self) -> str:
        """SHA-256 of what is here, in hexadecimal."""
        digest = hashlib.sha256()
        for piece in self.pieces():
            digest.update(piece)
        return digest.hexdigest()

    def pieces(self) -> Iterator[bytes]:
        """The content from its beginning. Raises `OSError`."""
        position = 0
        with self._used():
            while piece := os.pread(self._descriptor, _PIECE, position):
                position += len(piece)
                yield piece

    def remove(self) -> None:
        """It is stored, or was wrong."""
        with contextlib.suppress(FileNotFoundError):
            self._path.unlink()

    def close(self) -> None:
        """Let others go on with it, at once or when what is at work in it has ended. Never waits."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
            unused = not self._users
        if unused:
            os.close(self._descriptor)

    @contextlib.contextmanager
    def _used(self) -> Iterator[None]:
        with self._lock:
            if self._closed:
                raise OSError(errno.EBADF, "the upload is over", str(self._path))
            self._users += 1
        try:
            yield
        finally:
            with self._lock:
                self._users -= 1
                unused = self._closed and not self._users
            if unused:
                os.close(self._descriptor)


class Partials:
    """The folder of them, made with mode 0700 when it is first needed."""

    def __init__(self, folder: Path, room: Callable[[Path], tuple[int, int]] = _room) -> None:
        """`room`: bytes of the disk of a folder, all of them and those that are free."""
        self._folder = folder
        self._room = room

    def open(self, order_id: str, sha256: str, size: int) -> Partial:
        """What has come under this order of content with this digest; what it offered before is dropped.

        Raises as `Partial` does, and `OSError` where the disk is so full that others need what is left.
        """
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        total, free = self._room(self._folder)
        if free - 2 * size < min(RESERVE, total * RESERVE_SHARE):  # it becomes a blob beside the file
            raise OSError(errno.ENOSPC, "too little room is left for uploads", str(self._folder))
        path = self._folder / f"{order_id}-{sha256}"
        for other in self._folder.glob(f"{order_id}-*"):
            if other != path:
                with contextlib.suppress(FileNotFoundError):
                    other.unlink()
        return Partial(path, size)

    def tidy(self, before: datetime) -> int:
        """Remove what nobody has written to since; how many. Raises `OSError`."""
        removed = 0
        with contextlib.suppress(FileNotFoundError):
            for path in self._folder.iterdir():
                if path.stat().st_mtime < before.timestamp():
                    path.unlink()
                    removed += 1
        return removed
