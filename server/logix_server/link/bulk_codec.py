"""Messages of the bulk channel to facts and back; what a device says is bounded here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from google.protobuf.message import DecodeError
from logix_common.errors import InvalidInput
from logix_common.wire.v1 import bulk_pb2 as pb

MAX_CHUNK: Final = 262_144


@dataclass(frozen=True)
class UploadBegin:
    """What a device is about to send, and for which order; identifiers in hexadecimal."""

    order_id: str
    size: int
    sha256: str


def begin(raw: object) -> UploadBegin:
    """The first message of a call. Raises `InvalidInput`."""
    message = _parsed(raw)
    if message.WhichOneof("body") != "begin":
        raise InvalidInput("message", "expected begin as the first message of an upload")
    told = message.begin
    if len(told.order_id) != 16:
        raise InvalidInput("order_id", f"expected 16 bytes, got {len(told.order_id)}")
    if len(told.sha256) != 32:
        raise InvalidInput("sha256", f"expected 32 bytes, got {len(told.sha256)}")
    if not told.size:
        raise InvalidInput("size", "expected at least one byte")
    return UploadBegin(told.order_id.hex(), told.size, told.sha256.hex())


def chunk(raw: object, most: int) -> bytes:
    """A further message: 1 to `MAX_CHUNK` bytes, no more than `most`. Raises `InvalidInput`."""
    message = _parsed(raw)
    if message.WhichOneof("body") != "chunk":
        raise InvalidInput("message", "expected a chunk")
    if not 0 < len(message.chunk) <= min(MAX_CHUNK, most):
        expected = f"expected 1 to {min(MAX_CHUNK, most)} bytes, got {len(message.chunk)}"
        raise InvalidInput("chunk", expected)
    return message.chunk


def state(offset: int, *, stored: bool = False) -> bytes:
    """An UploadState, serialised."""
    return pb.UploadState(offset=offset, stored=stored).SerializeToString()


def _parsed(raw: object) -> pb.UploadMessage:
    if not isinstance(raw, bytes):  # gRPC's mark for the end of the call
        raise InvalidInput("message", "the upload ended before it was whole")
    try:
        return pb.UploadMessage.FromString(raw)
    except DecodeError as error:
        raise InvalidInput("message", f"is no UploadMessage ({error})") from error
