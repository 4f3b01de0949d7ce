"""Messages of the bulk channel: bytes to facts and back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from google.protobuf.message import DecodeError
from logix_common.errors import InvalidInput
from logix_common.wire.v1 import bulk_pb2 as wire

UPLOAD: Final = "/logix.wire.v1.Bulk/Upload"


@dataclass(frozen=True)
class UploadState:
    """So many bytes are held by the server; `stored`: it needs no more."""

    offset: int
    stored: bool


def begin(order_id: bytes, size: int, sha256: bytes) -> bytes:
    """What is about to be sent, and for which order."""
    return wire.UploadMessage(
        begin=wire.UploadBegin(order_id=order_id, size=size, sha256=sha256)
    ).SerializeToString()


def chunk(content: bytes) -> bytes:
    """A further piece."""
    return wire.UploadMessage(chunk=content).SerializeToString()


def state(data: bytes, size: int) -> UploadState:
    """What the server holds of `size` bytes; raises `InvalidInput` for what is no such answer."""
    try:
        told = wire.UploadState.FromString(data)
    except DecodeError as error:
        raise InvalidInput("upload", f"the answer is no UploadState ({error})") from error
    if told.offset > size:
        raise InvalidInput("upload", f"the server holds {told.offset} of {size} bytes")
    return UploadState(told.offset, told.stored)
