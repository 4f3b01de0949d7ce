"""Blobs in memory; implements `logix_server.blobs.Blobs`."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from typing import BinaryIO

from logix_common.errors import InvalidInput
from logix_server.blobs import MOST_BYTES, BlobMissing, BlobRef, BlobStoreFailed


class FakeBlobs:
    """`broken` set = every question fails, as on a full disk; `contents` is what is held."""

    def __init__(self) -> None:
        self.contents: dict[str, bytes] = {}
        self.put_at: dict[str, datetime] = {}
        self.broken = False

    def put(self, pieces: Iterable[bytes], limit: int = MOST_BYTES) -> BlobRef:
        self._ask()
        content = bytearray()
        for piece in pieces:
            content += piece
            if len(content) > limit:
                raise InvalidInput("content", f"expected at most {limit} bytes")
        sha256 = hashlib.sha256(content).hexdigest()
        self.contents[sha256] = bytes(content)
        self.put_at[sha256] = datetime.now(UTC)
        return BlobRef(sha256, len(content))

    def open(self, ref: BlobRef) -> AbstractContextManager[BinaryIO]:
        self._ask()
        if ref.sha256 not in self.contents:
            raise BlobMissing(f"blob {ref.sha256}: is not here")
        return io.BytesIO(self.contents[ref.sha256])

    def delete(self, ref: BlobRef, put_before: datetime) -> bool:
        self._ask()
        if self.put_at.get(ref.sha256, put_before) < put_before:
            del self.contents[ref.sha256], self.put_at[ref.sha256]
        return ref.sha256 not in self.contents

    def last_put_before(self, moment: datetime) -> Iterator[BlobRef]:
        self._ask()
        for sha256, at in list(self.put_at.items()):
            if at < moment:
                yield BlobRef(sha256, len(self.contents[sha256]))

    def _ask(self) -> None:
        if self.broken:
            raise BlobStoreFailed("the blobs' directory: No space left on device")
