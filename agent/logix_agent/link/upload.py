"""Sends what is large for an order, on a channel of its own; a call that broke goes on where it ended."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Final

from grpc import aio
from logix_common.clock import Clock

from logix_agent.link import bulk_codec
from logix_agent.link.channel import Disconnected, reach, why_ended
from logix_agent.link.deadline import within

CHUNK: Final = 64 * 1024
#: Seconds for a connection, for a chunk to be taken, and for the server to say what it has stored.
CONNECT_SECONDS: Final = 30.0
CHUNK_SECONDS: Final = 120.0
ANSWER_SECONDS: Final = 120.0

#: Reads so many bytes from an offset on; raises `OSError`.
Read = Callable[[int, int], Awaitable[bytes]]


class Upload:
    """One try over one channel, which is closed with it."""

    def __init__(self, channel: aio.Channel, clock: Clock) -> None:
        self._channel = channel
        self._clock = clock
        self._call: Any = None  # gRPC's call; its type is generic in what it cannot say

    async def run(self, order_id: bytes, size: int, sha256: bytes, read: Read) -> None:
        """Return when the server has stored it all, now or before.

        Raises `NotReached`, `Disconnected`, `Refused`, `InvalidInput`, and what `read` raises.
        """
        try:
            await reach(self._channel, self._clock, CONNECT_SECONDS)
            self._call = self._channel.stream_stream(bulk_codec.UPLOAD)()
            await self._send(order_id, size, sha256, read)
        except (aio.AioRpcError, asyncio.InvalidStateError) as error:
            raise await why_ended(self._call, error) from error
        except TimeoutError:
            raise Disconnected("the server does not take what is sent") from None
        finally:
            if self._call is not None:
                self._call.cancel()
            await self._channel.close()

    async def _send(self, order_id: bytes, size: int, sha256: bytes, read: Read) -> None:
        await self._write(bulk_codec.begin(order_id, size, sha256))
        state = await self._read(size)
        offset = state.offset
        while not state.stored and offset < size:
            piece = await read(offset, min(CHUNK, size - offset))
            if not piece:
                raise OSError("the file is shorter than it was")
            await self._write(bulk_codec.chunk(piece))
            offset += len(piece)
        while not state.stored:
            state = await self._read(size)

    async def _write(self, message: bytes) -> None:
        await within(self._clock, CHUNK_SECONDS, self._call.write(message))

    async def _read(self, size: int) -> bulk_codec.UploadState:
        data = await within(self._clock, ANSWER_SECONDS, self._call.read())
        if data is aio.EOF:
            await self._call.code()
            raise await why_ended(self._call, None)
        return bulk_codec.state(data, size)
