"""The Bulk servicer: takes what a device sends for an order, on a channel of its own, and has it stored.

What has come is kept in a file until it is whole, so that neither end's death costs more than a chunk. The
content is never looked into here: it is counted, its digest is checked, and it is handed to the blobs.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from datetime import timedelta
from functools import partial
from typing import Any, Final
from weakref import WeakSet

import grpc
import structlog
from django.db import DatabaseError
from logix_common import reasons
from logix_common.clock import Clock
from logix_common.errors import InvalidInput, LogixError, Refused

from logix_server.blob_directory import BlobDirectory
from logix_server.blobs import Blobs
from logix_server.config import ServerConfig
from logix_server.link import bulk_codec, refusals
from logix_server.link.bulk_codec import UploadBegin
from logix_server.link.metrics import GatewayMetrics
from logix_server.link.partials import Partial, Partials
from logix_server.link.peers import address_of, peer_of
from logix_server.link.pool import DatabasePool
from logix_server.link.refusal_log import RefusalLog
from logix_server.link.throttle import Bucket
from logix_server.link.upload_allowance import UploadAllowance
from logix_server.pki.profiles import DevicePeer
from logix_server.tickets import diagnostics

#: Uploads at once: of this gateway, and of one device.
MOST_AT_ONCE: Final = 64
MOST_OF_ONE: Final = 2
#: Bytes a second of one upload, and seconds without a chunk after which it ends.
BYTES_PER_SECOND: Final = 1_048_576.0
IDLE_SECONDS: Final = 60.0
#: Bytes a second below which, after so many seconds, a call ends: a device that sends a byte now and then
#: holds one of few places, and goes on with its next call.
SLOWEST: Final = 4_096.0
GRACE_SECONDS: Final = 60.0
#: What nobody went on with for so long is forgotten.
ABANDONED_AFTER: Final = timedelta(days=1)
_TIDY_SECONDS: Final = 3_600.0
log = structlog.get_logger(__name__)

Context = grpc.aio.ServicerContext[Any, Any]


class BulkService:
    """Serves `logix.wire.v1.Bulk`. Messages come and go as bytes, so that garbage is ours to refuse."""

    def __init__(
        self,
        config: ServerConfig,
        clock: Clock,
        pool: DatabasePool,
        metrics: GatewayMetrics,
        refused: RefusalLog,
    ) -> None:
        self._trust_domain = config.trust_domain
        self._clock = clock
        self._pool = pool
        self._blobs: Blobs = BlobDirectory(config.blobs)
        self._partials = Partials(config.uploads)
        self._metrics = metrics
        self._refused = refused
        self._allowance = UploadAllowance()
        self._held: list[str] = []  # device ids, once for each upload
        self._under_way: dict[str, asyncio.Task[Any]] = {}  # by order
        self._replaced: WeakSet[asyncio.Task[Any]] = WeakSet()

    def handler(self) -> grpc.GenericRpcHandler:
        """The generic handler for a server, without (de)serialisers."""
        upload: Any = grpc.stream_stream_rpc_method_handler(self.upload)
        return grpc.method_handlers_generic_handler("logix.wire.v1.Bulk", {"Upload": upload})

    async def upload(self, _requests: AsyncIterator[bytes], context: Context) -> None:
        """One upload, from its beginning or from where an earlier one broke off."""
        who = address_of(context)
        try:
            peer = peer_of(context, self._trust_domain)
            who = peer.device_id
            with self._room(peer.device_id):
                await self._take(peer, context)
            return
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if task is None or task not in self._replaced:
                raise  # the device hung up, or the server is stopped
            task.uncancel()
            refusal = Refused(reasons.REPLACED_BY_NEWER_STREAM, "a newer call goes on with this upload")
        except Refused as error:
            refusal = error
        except InvalidInput as error:
            refusal = Refused(reasons.INVALID_MESSAGE, str(error))
        except grpc.aio.BaseError as error:
            raise asyncio.CancelledError from error  # it is over: there is nobody to refuse
        except TimeoutError:
            refusal = Refused(reasons.TOO_SLOW, f"nothing came within {IDLE_SECONDS:g} s")
        except (LogixError, DatabaseError, OSError) as error:
            log.error("an upload cannot be stored", device=who, exc_info=error)
            refusal = Refused(reasons.STORE_UNAVAILABLE, "cannot be stored now")
        self._metrics.refusals.labels(refusal.reason).inc()
        self._refused.note("upload refused", who, refusal)
        await refusals.abort(context, refusal)

    async def tidy_forever(self) -> None:
        """Remove what was begun and given up."""
        while True:
            try:
                await asyncio.to_thread(self._partials.tidy, self._clock.now() - ABANDONED_AFTER)
            except OSError as error:
                log.warning("abandoned uploads stay", error=str(error))
            await self._clock.sleep(_TIDY_SECONDS)

    @contextlib.contextmanager
    def _room(self, device_id: str) -> Any:
        if len(self._held) >= MOST_AT_ONCE:
            raise Refused(reasons.SERVER_BUSY, "as many uploads as the gateway takes")
        if self._held.count(device_id) >= MOST_OF_ONE:
            raise Refused(reasons.RATE_LIMITED, "too many uploads of one device", IDLE_SECONDS)
        self._held.append(device_id)
        try:
            yield
        finally:
            self._held.remove(device_id)

    async def _take(self, peer: DevicePeer, context: Context) -> None:
        begin = bulk_codec.begin(await _next(context))
        awaited = partial(
            diagnostics.awaited,
            peer.device_id,
            peer.certificate_serial,
            begin.order_id,
            begin.size,
            self._clock.now(),
        )
        if not await self._pool.run(awaited):
            await context.write(bulk_codec.state(begin.size, stored=True))
            return
        async with self._alone(begin.order_id):
            await self._receive(peer, begin, context)

    @contextlib.asynccontextmanager
    async def _alone(self, order_id: str) -> AsyncIterator[None]:
        """The newest call of an order goes on; an older one belongs to an agent or a line that is gone."""
        task = asyncio.current_task()
        assert task is not None
        older, self._under_way[order_id] = self._under_way.get(order_id), task
        try:
            if older is not None:
                self._replaced.add(older)
                older.cancel()
                await asyncio.wait({older}, timeout=IDLE_SECONDS)
            yield
        finally:
            if self._under_way.get(order_id) is task:
                del self._under_way[order_id]

    async def _receive(self, peer: DevicePeer, begin: UploadBegin, context: Context) -> None:
        held = await asyncio.to_thread(self._partials.open, begin.order_id, begin.sha256, begin.size)
        try:
            left = begin.size - held.offset
            wait = self._allowance.seconds_to_wait(peer.device_id, left, self._clock.monotonic())
            if wait:
                raise Refused(reasons.RATE_LIMITED, "more bytes than a device may bring", wait)
            await context.write(bulk_codec.state(held.offset))
            await self._fill(held, begin.size, context)
            await self._store(peer, begin, held)
        finally:
            held.close()
        await context.write(bulk_codec.state(begin.size, stored=True))

    async def _fill(self, held: Partial, size: int, context: Context) -> None:
        began = self._clock.monotonic()
        pace = Bucket(BYTES_PER_SECOND, BYTES_PER_SECOND, began)
        latest = began + GRACE_SECONDS + (size - held.offset) / SLOWEST
        while held.offset < size:
            chunk = bulk_codec.chunk(await _next(context), size - held.offset)
            await asyncio.to_thread(held.append, chunk)
            delay = pace.take(float(len(chunk)), self._clock.monotonic())
            if delay:
                await self._clock.sleep(delay)
            if self._clock.monotonic() > latest:
                raise Refused(reasons.TOO_SLOW, f"less than {SLOWEST:g} bytes a second")

    async def _store(self, peer: DevicePeer, begin: UploadBegin, held: Partial) -> None:
        if await asyncio.to_thread(held.digest) != begin.sha256:
            held.remove()
            raise Refused(reasons.UPLOAD_REFUSED, "the content is not what was announced; send it again")
        ref = await asyncio.to_thread(self._blobs.put, held.pieces(), begin.size)
        now = self._clock.now()
        attach = partial(
            diagnostics.attach, peer.device_id, peer.certificate_serial, begin.order_id, ref, now
        )
        await self._pool.run(attach)
        held.remove()
        log.info("upload stored", device=peer.device_id, order=begin.order_id, bytes=begin.size)


async def _next(context: Context) -> object:
    return await asyncio.wait_for(context.read(), IDLE_SECONDS)
