"""A server's bulk port without TLS: it takes uploads, and breaks or refuses them when told to."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import grpc
from logix_common.errors import Refused
from logix_common.reasons import REASON_KEY, RETRY_AFTER_KEY, UPLOAD_REFUSED
from logix_common.wire.v1 import bulk_pb2


class FakeBulk:
    """`refusals`: reasons for the next calls, None = take it; `break_at`: bytes after which calls break."""

    def __init__(self) -> None:
        self.port = 0
        self.calls = 0
        self.held: dict[tuple[bytes, bytes], bytes] = {}
        self.stored: dict[bytes, bytes] = {}
        self.refusals: list[Refused | None] = []
        self.break_at: list[int] = []
        self.offsets: list[int] = []

    def channel(self) -> grpc.aio.Channel:
        options = (("grpc.use_local_subchannel_pool", 1), ("grpc.enable_retries", 0))
        return grpc.aio.insecure_channel(f"127.0.0.1:{self.port}", options=options)

    async def upload(self, _requests: Any, context: Any) -> None:
        self.calls += 1
        begin = bulk_pb2.UploadMessage.FromString(await context.read()).begin
        refusal = self.refusals.pop(0) if self.refusals else None
        if refusal is not None:
            await self._refuse(context, refusal)
        if begin.order_id in self.stored:
            await context.write(bulk_pb2.UploadState(offset=begin.size, stored=True).SerializeToString())
            return
        key = (begin.order_id, begin.sha256)
        content = self.held.get(key, b"")
        self.offsets.append(len(content))
        await context.write(bulk_pb2.UploadState(offset=len(content)).SerializeToString())
        limit = self.break_at.pop(0) if self.break_at else begin.size + 1
        while len(content) < begin.size:
            content += bulk_pb2.UploadMessage.FromString(await context.read()).chunk
            self.held[key] = content
            if len(content) >= limit:
                await context.abort(grpc.StatusCode.UNAVAILABLE, "gone")
        if hashlib.sha256(content).digest() != begin.sha256:
            del self.held[key]
            await self._refuse(context, Refused(UPLOAD_REFUSED, "not as announced"))
        self.stored[begin.order_id] = content
        await context.write(bulk_pb2.UploadState(offset=begin.size, stored=True).SerializeToString())

    async def _refuse(self, context: Any, refusal: Refused) -> None:
        metadata = [(REASON_KEY, refusal.reason)]
        if refusal.retry_after is not None:
            metadata.append((RETRY_AFTER_KEY, str(refusal.retry_after)))
        await context.abort(grpc.StatusCode.FAILED_PRECONDITION, refusal.detail, tuple(metadata))


@asynccontextmanager
async def running_bulk() -> AsyncIterator[FakeBulk]:
    """One on a free port, ended with the block."""
    bulk = FakeBulk()
    server = grpc.aio.server()
    upload: Any = grpc.stream_stream_rpc_method_handler(bulk.upload)
    handler = grpc.method_handlers_generic_handler("logix.wire.v1.Bulk", {"Upload": upload})
    server.add_generic_rpc_handlers((handler,))
    bulk.port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    try:
        yield bulk
    finally:
        await server.stop(None)
