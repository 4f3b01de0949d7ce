"""The Link servicer: one coroutine a stream, stop-and-wait; it validates and hands over, nothing more."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any, Final

import grpc
import structlog
from logix_common import reasons
from logix_common.clock import Clock
from logix_common.errors import InvalidInput, Refused
from logix_common.wire.v1 import link_pb2 as pb

from logix_server.config import ServerConfig
from logix_server.fleet.facts import Admission, Admitted, Denied, StreamOpened
from logix_server.link import codec, refusals, replies
from logix_server.link.answers import Answers
from logix_server.link.contests import Contests
from logix_server.link.ingest import Ingest
from logix_server.link.metrics import GatewayMetrics
from logix_server.link.peers import address_of, peer_of
from logix_server.link.pool import DatabasePool
from logix_server.link.refusal_log import RefusalLog
from logix_server.link.rounds import Kind
from logix_server.link.statements import Statements
from logix_server.link.streams import HELLO_SECONDS, Registry, Stream
from logix_server.link.submissions import Spool
from logix_server.link.throttle import BYTES_PER_TOKEN, HELLO_TOKENS
from logix_server.link.trust import Trust
from logix_server.pki.facts import Bundle
from logix_server.pki.profiles import DevicePeer

_MAX_RECORDED_REJECTS: Final = 20
log = structlog.get_logger(__name__)

Context = grpc.aio.ServicerContext[Any, Any]


@dataclass
class Counts:
    """Plain counts of the hot path; the metrics take them over once a second."""

    messages: int = 0
    acks: int = 0


class LinkService:
    """Serves `logix.wire.v1.Link`. Messages come and go as bytes, so that garbage is ours to refuse."""

    def __init__(
        self,
        config: ServerConfig,
        clock: Clock,
        ingest: Ingest,
        registry: Registry,
        *,
        contests: Contests,
        trust: Trust,
        statements: Statements,
        pool: DatabasePool,
        metrics: GatewayMetrics,
        refused: RefusalLog,
        on_admitted: Callable[[], None],
    ) -> None:
        self._config = config
        self._clock = clock
        self._ingest = ingest
        self._registry = registry
        self._contests = contests
        self._trust = trust
        self._statements = statements
        self._answers = Answers(clock, ingest, pool)
        self._metrics = metrics
        self._refused = refused
        self._on_admitted = on_admitted
        self.counts = Counts()
        self.draining = False

    def handler(self) -> grpc.GenericRpcHandler:
        """The generic handler for a server, without (de)serialisers."""
        connect: Any = grpc.stream_stream_rpc_method_handler(self.connect)
        return grpc.method_handlers_generic_handler("logix.wire.v1.Link", {"Connect": connect})

    async def connect(self, _requests: AsyncIterator[bytes], context: Context) -> None:
        """One stream from Hello until gRPC is done with it."""
        try:
            peer = peer_of(context, self._config.trust_domain)
        except Refused as error:
            await self._refuse(None, context, error)
            return
        crowded = not self._registry.hold(peer.device_id)
        try:
            await self._hold(peer, context, crowded)
        finally:
            self._registry.let_go(peer.device_id)

    async def _hold(self, peer: DevicePeer, context: Context, crowded: bool) -> None:
        now = self._clock.monotonic()
        stream = Stream(secrets.token_hex(16), peer.device_id, peer.certificate_serial, context, now)
        try:
            self._check_room(crowded)
            self._registry.add(stream, now)
            await self._serve(stream, context)
            return
        except asyncio.CancelledError:
            if stream.ending is None or stream.gone:
                raise  # the device hung up, or the server is stopped
            refusal = stream.ending
            asyncio.current_task().uncancel()  # type: ignore[union-attr]  # a coroutine runs in a task
        except Refused as error:
            refusal = error
        except InvalidInput as error:
            refusal = Refused(reasons.INVALID_MESSAGE, str(error))
        except grpc.aio.BaseError as error:
            raise asyncio.CancelledError from error  # it is over: there is nobody to refuse
        except Exception as error:
            log.error("stream failed", device=stream.device_id, exc_info=error)
            refusal = Refused(reasons.SERVER_BUSY, "internal error")
        finally:
            self._registry.remove(stream)
            if stream.opened:
                self._ingest.submit(Kind.CLOSED, stream.stream_id).add_done_callback(_noted)
        await self._refuse(stream, context, refusal)

    def _check_room(self, crowded: bool) -> None:
        if self.draining:
            raise Refused(reasons.SERVER_SHUTTING_DOWN)
        if crowded:
            raise Refused(reasons.RATE_LIMITED, "too many streams of one device", HELLO_SECONDS)
        if self._registry.held > self._config.max_streams:
            raise Refused(reasons.SERVER_BUSY, "the gateway holds as many streams as it may")
        if self._ingest.store_is_down:
            raise Refused(reasons.STORE_UNAVAILABLE, "the database cannot be written now")
        if self._ingest.full:
            raise Refused(reasons.SERVER_BUSY, "the writer is behind")

    async def _refuse(self, stream: Stream | None, context: Context, refusal: Refused) -> None:
        self._metrics.refusals.labels(refusal.reason).inc()
        peer = stream.device_id if stream else address_of(context)
        self._refused.note("stream refused", peer, refusal)
        if stream is not None:
            await stream.written()
        await refusals.abort(context, refusal)

    async def _serve(self, stream: Stream, context: Context) -> None:
        raw = await context.read()
        if raw is grpc.aio.EOF:
            return
        await self._admit(stream, codec.device_message(raw), len(raw))
        ingest, bucket, counts = self._ingest, stream.bucket, self.counts
        monotonic, read = self._clock.monotonic, context.read
        while (raw := await read()) is not grpc.aio.EOF:
            stream.heard = now = monotonic()
            counts.messages += 1
            delay = bucket.take(1.0 + len(raw) / BYTES_PER_TOKEN, now)
            if delay:
                await self._hold_back(stream, delay)
            message = codec.device_message(raw)
            if message.HasField("batch"):
                await self._batch(stream, message.batch, len(raw))
            else:
                await self._answers.hear(stream, message)
            if ingest.full:
                await ingest.room()

    async def _admit(self, stream: Stream, message: pb.DeviceMessage, size: int) -> None:
        if message.WhichOneof("body") != "hello":
            raise InvalidInput("message", "expected hello as the first message of a stream")
        delay = stream.bucket.take(HELLO_TOKENS + size / BYTES_PER_TOKEN, self._clock.monotonic())
        if delay:
            # Sent away at once: holding a stream that is not admitted costs more than the next try.
            raise Refused(reasons.RATE_LIMITED, "too many streams", stream.bucket.refill_seconds())
        opened = codec.stream_opened(
            message.hello,
            device_id=stream.device_id,
            certificate_serial=stream.certificate_serial,
            gateway_id=self._config.gateway_id,
            stream_id=stream.stream_id,
            received_at=self._clock.now(),
        )
        stream.opened = True
        admission: Admission = await self._ingest.submit(Kind.OPENED, opened)
        if isinstance(admission, Denied):
            raise Refused(admission.reason)
        self._take_in(stream, opened, admission)
        bundle = self._trust.newer_than(opened.trust_version)
        if bundle:
            stream.trust_version = bundle.version  # it comes with the Welcome
        await stream.send(self._welcome(opened, admission, bundle))
        log.info("stream opened", device=stream.device_id, stream=stream.stream_id)

    def _take_in(self, stream: Stream, opened: StreamOpened, admission: Admitted) -> None:
        times = codec.hello_times(opened)
        stream.device = codec.Device(admission.unit_id, times)
        stream.durable = Spool(opened.spool_id, admission.applied)
        stream.memory = Spool(opened.memory_spool_id, admission.applied_memory)
        stream.skew_us = times.skew_us
        stream.trust_version = stream.trust_confirmed = opened.trust_version
        stream.heard = self._clock.monotonic()
        if admission.contested:
            self._contests.after_admission(admission.contested, stream)
        self._statements.admitted(stream, opened.module_counter)
        self._on_admitted()

    def _welcome(self, opened: StreamOpened, admission: Admitted, bundle: Bundle | None) -> bytes:
        config = self._config
        return replies.welcome(
            opened,
            admission,
            self._clock.now(),
            heartbeat_seconds=config.heartbeat_seconds,
            max_batch_bytes=config.max_message_bytes * 3 // 4,
            max_batch_entries=config.max_batch_entries,
            trust_bundle=bundle,
        )

    async def _hold_back(self, stream: Stream, delay: float) -> None:
        """Delay the next read of a device that sends too much; gRPC's flow control then stops it."""
        self._metrics.throttled.inc()
        if stream.bucket.exhausted(self._clock.monotonic()):
            wait = stream.bucket.refill_seconds()
            raise Refused(reasons.RATE_LIMITED, "more messages than a device may send", wait)
        await self._clock.sleep(delay)

    async def _batch(self, stream: Stream, batch: pb.Batch, size: int) -> None:
        from_memory = batch.from_memory
        spool = stream.memory if from_memory else stream.durable
        assert stream.device is not None
        monotonic = self._clock.monotonic()
        wait = stream.allowance.seconds_to_wait(lambda: codec.brings_events(batch), monotonic)
        if wait:
            self._metrics.throttled.inc()
            raise Refused(reasons.RATE_LIMITED, "more findings or bytes than a device may bring", wait)
        told = codec.submission(
            batch, spool, stream.device, self._clock.now(), self._config.max_batch_entries
        )
        if told.sequence > spool.applied:
            stream.allowance.charge(told, size, monotonic)
            if told.rejected:
                told.record_rejects = stream.rejects < _MAX_RECORDED_REJECTS
            await self._ingest.submit(Kind.SUBMISSION, told, size)
            spool.applied = told.sequence
            if told.rejected:
                stream.rejects += 1
                self._metrics.rejected.inc(len(told.rejected))
        self.counts.acks += 1
        await stream.send(replies.ack(told.sequence, from_memory, told.gap))


def _noted(future: asyncio.Future[Any]) -> None:
    if not future.cancelled() and (error := future.exception()):
        log.warning("stream's end was not recorded", error=str(error))
