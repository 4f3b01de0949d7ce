"""Blobs in a directory, `ab/cdef…` by their digest: what several hosts share by a common file system.

A blob is written under a name drawn by chance, made durable and renamed; the time of its file is when it was
last put. A lock on the directory (flock(2)) holds apart a put and a removal of the same content.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import secrets
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, Final

from logix_common.errors import InvalidInput

from logix_server.blobs import MOST_BYTES, BlobMissing, BlobRef, BlobStoreFailed
from logix_server.config import current

_LOCK: Final = ".lock"
_INCOMING: Final = "incoming"
_DIGITS: Final = frozenset("0123456789abcdef")


def store() -> BlobDirectory:
    """The store of this process's configuration."""
    return BlobDirectory(current().blobs)


class BlobDirectory:
    """Implements `blobs.Blobs` below `folder`, which is made with mode 0700 at the first put."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, pieces: Iterable[bytes], limit: int = MOST_BYTES) -> BlobRef:
        """See `Blobs`."""
        with _ours():
            for folder in (self._folder, self._folder / _INCOMING):
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            temporary = self._folder / _INCOMING / secrets.token_hex(16)
        try:
            ref = _written(temporary, pieces, limit)
            with _ours(), self._locked():
                self._take_in(temporary, ref)
        except BaseException:  # whatever ended it, no half blob stays
            with contextlib.suppress(OSError):
                temporary.unlink()
            raise
        return ref

    def open(self, ref: BlobRef) -> AbstractContextManager[BinaryIO]:
        """See `Blobs`."""
        with _ours():
            try:
                return self._place(ref.sha256).open("rb")
            except FileNotFoundError as error:
                raise BlobMissing(f"blob {ref.sha256}: is not in {self._folder}") from error

    def delete(self, ref: BlobRef, put_before: datetime) -> bool:
        """See `Blobs`."""
        place = self._place(ref.sha256)
        with _ours():
            if not place.exists():
                return True
            with self._locked():
                try:
                    if place.stat().st_mtime >= put_before.timestamp():
                        return False
                    place.unlink()
                except FileNotFoundError:
                    return True
            _sync(place.parent)
        return True

    def last_put_before(self, moment: datetime) -> Iterator[BlobRef]:
        """See `Blobs`. What a crash left half written before that moment is removed on the way."""
        with _ours():
            self._forget_unfinished(moment)
            for folder in _entries(self._folder):
                if len(folder.name) != 2 or not _DIGITS.issuperset(folder.name):
                    continue
                for file in _entries(folder):
                    with contextlib.suppress(FileNotFoundError, InvalidInput):
                        status = file.stat()
                        if status.st_mtime < moment.timestamp():
                            yield BlobRef(folder.name + file.name, status.st_size)

    def _take_in(self, temporary: Path, ref: BlobRef) -> None:
        place = self._place(ref.sha256)
        if not place.parent.exists():
            place.parent.mkdir(mode=0o700, exist_ok=True)
            _sync(self._folder)
        temporary.replace(place)  # over the same content, where it is there: its time is new then
        _sync(place.parent)

    def _place(self, sha256: str) -> Path:
        return self._folder / sha256[:2] / sha256[2:]

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        descriptor = os.open(self._folder / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)

    def _forget_unfinished(self, moment: datetime) -> None:
        for file in _entries(self._folder / _INCOMING):
            with contextlib.suppress(FileNotFoundError):
                if file.stat().st_mtime < moment.timestamp():
                    file.unlink()


@contextlib.contextmanager
def _ours() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise BlobStoreFailed(f"the blobs' directory: {error.strerror or error}") from error


def _written(temporary: Path, pieces: Iterable[bytes], limit: int) -> BlobRef:
    digest, size = hashlib.sha256(), 0
    with _ours():
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        for piece in pieces:  # its errors are its giver's
            size += len(piece)
            if size > limit:
                raise InvalidInput("content", f"expected at most {limit} bytes")
            digest.update(piece)
            with _ours():
                file.write(piece)
        with _ours():
            file.flush()
            os.utime(file.fileno(), (_now(), _now()))
            os.fsync(file.fileno())
    return BlobRef(digest.hexdigest(), size)


def _now() -> float:
    # Of the host that writes, as the moments are to which it is compared: a file server's clock may differ.
    return datetime.now(UTC).timestamp()


def _entries(folder: Path) -> list[Path]:
    try:
        return list(folder.iterdir())
    except (FileNotFoundError, NotADirectoryError):
        return []


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
