"""An appliance's bulk channel as the server sees it, spoken by hand: also wrongly, and also by halves."""

from __future__ import annotations

import hashlib
from typing import Any

import grpc
from logix_common.wire.v1 import bulk_pb2

from tests.fakes.device import Identity, key_pem, refused


class Uploader:
    """One channel with one identity; `begin` opens a call, and one after another may be open."""

    def __init__(self, identity: Identity, port: int) -> None:
        credentials = grpc.ssl_channel_credentials(
            identity.roots_pem, key_pem(identity.key), identity.chain_pem
        )
        options = (("grpc.use_local_subchannel_pool", 1), ("grpc.enable_retries", 0))
        self._channel = grpc.aio.secure_channel(f"localhost:{port}", credentials, options=options)
        self.call: Any = None

    async def __aenter__(self) -> Uploader:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._channel.close()

    async def begin(self, order: str, content: bytes, **changes: Any) -> bulk_pb2.UploadState:
        """Say UploadBegin; the server's first answer. Raises `Refused`."""
        said: dict[str, Any] = {
            "order_id": bytes.fromhex(order),
            "size": len(content),
            "sha256": hashlib.sha256(content).digest(),
        }
        self.call = self._channel.stream_stream("/logix.wire.v1.Bulk/Upload")()
        await self.send(bulk_pb2.UploadMessage(begin=bulk_pb2.UploadBegin(**said | changes)))
        return await self.state()

    async def send(self, message: bulk_pb2.UploadMessage) -> None:
        await self.send_raw(message.SerializeToString())

    async def send_raw(self, raw: bytes) -> None:
        try:
            await self.call.write(raw)
        except (grpc.aio.AioRpcError, grpc.aio.UsageError, grpc.aio.InternalError):
            pass  # how it ended shows at the next `state`

    async def chunks(self, content: bytes, size: int = 65_536) -> None:
        for start in range(0, len(content), size):
            await self.send(bulk_pb2.UploadMessage(chunk=content[start : start + size]))

    async def state(self) -> bulk_pb2.UploadState:
        """What the server says next. Raises `Refused` where the call has ended."""
        try:
            raw = await self.call.read()
        except grpc.aio.AioRpcError as error:
            raise refused(error.trailing_metadata(), error.details() or "", error.code()) from error
        if raw is grpc.aio.EOF:
            code = await self.call.code()
            raise refused(await self.call.trailing_metadata(), await self.call.details() or "", code)
        return bulk_pb2.UploadState.FromString(raw)

    async def upload(self, order_id: str, content: bytes) -> bulk_pb2.UploadState:
        """All of it, as an agent does."""
        begun = await self.begin(order_id, content)
        if begun.stored:
            return begun
        await self.chunks(content[begun.offset :])
        return await self.state()
