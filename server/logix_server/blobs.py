"""The port for what is too large for a row: bytes, named by what they are and by nothing else.

A row that names a blob is written after the blob is durable, and a blob is deleted after the last row that
named it. Whatever a crash leaves in between is a blob without a row, never a row without its blob.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO, Final, Protocol

from logix_common.errors import InvalidInput, LogixError

#: The most one blob may hold where the caller sets no lower limit.
MOST_BYTES: Final = 64 * 1024 * 1024
_SHA256: Final = re.compile(r"[0-9a-f]{64}\Z")


class BlobStoreFailed(LogixError):
    """The store cannot be read or written now: it is full, gone or broken."""


class BlobMissing(LogixError):
    """The store holds no such blob."""


@dataclass(frozen=True)
class BlobRef:
    """Names one blob: the SHA-256 of its content in hexadecimal, and its size in bytes."""

    sha256: str
    size: int

    def __post_init__(self) -> None:
        """Raises `InvalidInput` for what is no digest: a name is never a path of somebody's choice."""
        if not _SHA256.match(self.sha256):
            raise InvalidInput("sha256", "expected 64 hexadecimal digits in small letters")
        if self.size < 0:
            raise InvalidInput("size", f"expected bytes, got {self.size}")


class Blobs(Protocol):
    """Safe to use from many threads and processes at once. Every method may raise `BlobStoreFailed`."""

    def put(self, pieces: Iterable[bytes], limit: int = MOST_BYTES) -> BlobRef:
        """Store a blob; it is durable when this returns. The same content again is stored once.

        Raises `InvalidInput` where it is larger than `limit` bytes; nothing stays then.
        """

    def open(self, ref: BlobRef) -> AbstractContextManager[BinaryIO]:
        """The blob to read from its beginning. Raises `BlobMissing`."""

    def delete(self, ref: BlobRef, put_before: datetime) -> bool:
        """Remove a blob that was last put before that moment; whether it is gone (also: was never there).

        Whoever puts the same content meanwhile keeps it: choose a moment that leaves a writer the time to
        commit its row.
        """

    def last_put_before(self, moment: datetime) -> Iterator[BlobRef]:
        """The blobs that nobody has put since, in no order: where those are found that no row names."""
