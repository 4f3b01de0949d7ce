"""One gateway: the device port, the enrolment port, the writer, the doorbell, and their orderly end."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Final

import grpc
import structlog
from grpc_health.v1 import health, health_pb2, health_pb2_grpc  # type: ignore[import-untyped]  # has no stubs
from logix_common.clock import Clock
from logix_common.errors import InvalidInput, Refused
from logix_common.reasons import SERVER_SHUTTING_DOWN

from logix_server.config import ServerConfig
from logix_server.fleet import actions as fleet
from logix_server.fleet import queries
from logix_server.fleet.facts import GatewayWork, LiveStream, Seen, WaitingOrder
from logix_server.link import replies
from logix_server.link.attempts import Attempts
from logix_server.link.bulk import BulkService
from logix_server.link.contests import Contests
from logix_server.link.doorbell import Doorbell
from logix_server.link.enrolment import EnrolmentService
from logix_server.link.ingest import Ingest
from logix_server.link.listening import bound, options
from logix_server.link.metrics import GatewayMetrics
from logix_server.link.pool import DatabasePool
from logix_server.link.refusal_log import RefusalLog
from logix_server.link.rounds import Limits, Store
from logix_server.link.service import LinkService
from logix_server.link.statements import Statements
from logix_server.link.streams import Registry
from logix_server.link.trust import Trust, read_material
from logix_server.pki import queries as pki

FLUSH_SECONDS: Final = 10.0
SWEEP_SECONDS: Final = 1.0
DRAIN_SECONDS: Final = 5.0
STUCK_SECONDS: Final = 300.0
_ENROLMENT_BYTES: Final = 65_536
#: Strangers may connect to the enrolment port: after so long, and a little more, any connection ends.
ENROLMENT_AGE_SECONDS: Final = 60.0
log = structlog.get_logger(__name__)


class Gateway:
    """Everything of one gateway process; several may live in one process (tests do that)."""

    def __init__(
        self,
        config: ServerConfig,
        clock: Clock,
        store: Store,
        metrics: GatewayMetrics,
        *,
        limits: Limits | None = None,
    ) -> None:
        self._config = config
        self._clock = clock
        self._metrics = metrics
        self._run_id = secrets.token_hex(16)
        self.registry = Registry(config.rate_messages_per_second, float(config.rate_burst))
        #: Set when a part that everything needs has died: the process is to end and be started again.
        self.failed = asyncio.Event()
        self.ingest = Ingest(
            store, clock, metrics, limits=limits, on_effects=self._ring, on_death=self._writer_died
        )
        self._contests = Contests(clock, self.ingest, self.registry, config.gateway_id)
        self._doorbell = Doorbell(clock, self.ingest, self._look)
        self._pool = DatabasePool()
        # Not the writer's thread: every row that is read there would make acknowledgements wait.
        self._reader = DatabasePool(1, keep=True)
        self._statements = Statements(clock, self._reader, self.registry)
        self._refused = RefusalLog(clock)
        self._tasks: list[asyncio.Task[None]] = []
        self._servers: list[grpc.aio.Server] = []
        self._trust: Trust
        self._service: LinkService
        self._bulk: BulkService
        self.port = 0
        self.enrolment_port = 0

    async def start(self) -> None:
        """Listen on both ports. Raises `PortTaken`, `LogixError` where the PKI is not there."""
        self.ingest.start()
        try:
            self._trust = Trust(await self.ingest.read(lambda _now: read_material()))
            gateway_id, run_id = self._config.gateway_id, self._run_id
            await self.ingest.write(lambda now: fleet.start_run(run_id, gateway_id, now))
            await self._listen()
        except BaseException:  # a cancelled start, too, leaves no thread behind
            await self.ingest.stop()
            await self._reader.stop()
            raise
        self._doorbell.start()
        duties = (self._sweep, self._flush_forever, self._bulk.tidy_forever)
        self._tasks += [asyncio.create_task(work()) for work in duties]
        for task in (*self._tasks, *self._doorbell.tasks):
            task.add_done_callback(self._task_ended)

    async def _listen(self) -> None:
        config = self._config
        self._service = LinkService(
            config,
            self._clock,
            self.ingest,
            self.registry,
            contests=self._contests,
            trust=self._trust,
            statements=self._statements,
            pool=self._pool,
            metrics=self._metrics,
            refused=self._refused,
            on_admitted=self._doorbell.ring,
        )
        attempts = Attempts(config.enrolment_tries_per_minute, self._clock.monotonic())
        enrolment = EnrolmentService(self._clock, self._pool, attempts, self._metrics, self._refused)
        link = grpc.aio.server(options=options(config.max_message_bytes, streams=4))
        self._bulk = BulkService(config, self._clock, self._pool, self._metrics, self._refused)
        link.add_generic_rpc_handlers((self._service.handler(), self._bulk.handler()))
        age = ("grpc.max_connection_age_ms", int(ENROLMENT_AGE_SECONDS * 1e3))
        grace = ("grpc.max_connection_age_grace_ms", int(ENROLMENT_AGE_SECONDS * 1e3 / 6))
        door = grpc.aio.server(options=[*options(_ENROLMENT_BYTES, streams=16), age, grace])
        door.add_generic_rpc_handlers((enrolment.handler(),))
        checks = health.aio.HealthServicer()
        health_pb2_grpc.add_HealthServicer_to_server(checks, door)
        await checks.set("", health_pb2.HealthCheckResponse.SERVING)
        self.port = bound(link, config.bind, config.gateway_port, self._trust.credentials(mutual=True))
        self.enrolment_port = bound(
            door, config.bind, config.enrolment_port, self._trust.credentials(mutual=False)
        )
        self._servers = [link, door]
        for server in self._servers:
            await server.start()

    async def stop(self) -> None:
        """Tell every stream to come back later, commit what is under way, note the end."""
        self._service.draining = True
        for stream in self.registry:
            stream.end(Refused(SERVER_SHUTTING_DOWN, "the server is being restarted"))
        await asyncio.gather(*(server.stop(DRAIN_SECONDS) for server in self._servers))
        await self._doorbell.stop()
        await self._contests.stop()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        run_id = self._run_id
        try:
            await self._flush()
            await self.ingest.write(lambda now: fleet.stop_run(run_id, now))
        except Refused as error:
            log.warning("the end was not recorded", reason=error.reason)
        await self._pool.stop()
        await self._reader.stop()
        await self.ingest.stop()

    def _writer_died(self, error: BaseException) -> None:
        log.critical("the writer has died", exc_info=error)
        self.failed.set()

    def _task_ended(self, task: asyncio.Task[None]) -> None:
        """None of them ever ends by itself."""
        if not task.cancelled():
            log.critical("a part of the gateway has died", exc_info=task.exception())
            self.failed.set()

    def _ring(self) -> None:
        self._doorbell.ring()

    async def _sweep(self) -> None:
        """Every second: end slow streams, hand the plain counts to the metrics."""
        counts, metrics = self._service.counts, self._metrics
        messages = acks = 0
        while True:
            await self._clock.sleep(SWEEP_SECONDS)
            self.registry.end_slow(self._clock.monotonic(), self._config.heartbeat_seconds)
            self.registry.forget_allowances(self._clock.monotonic())
            metrics.messages.inc(counts.messages - messages)
            metrics.acks.inc(counts.acks - acks)
            messages, acks = counts.messages, counts.acks
            metrics.streams.set(len(self.registry))
            metrics.queued.set(self.ingest.queued)
            self._refused.flush()
            if self.ingest.stuck_seconds > STUCK_SECONDS and not self.failed.is_set():
                log.critical("the database has not answered the writer", seconds=STUCK_SECONDS)
                self.failed.set()

    async def _flush_forever(self) -> None:
        while True:
            try:
                await self._flush()
            except Refused as error:
                log.warning("last-seen times wait", reason=error.reason)
            except Exception as error:  # the next flush tells the same, later
                log.error("last-seen times wait", exc_info=error)
            await self._clock.sleep(FLUSH_SECONDS)

    async def _flush(self) -> None:
        """Write down when streams were last heard, and that this gateway lives."""
        heard = self._heard()
        run_id, gateway_id = self._run_id, self._config.gateway_id

        def write(now: datetime) -> None:
            fleet.seen(heard)
            fleet.beat(run_id, gateway_id, now)

        await self.ingest.write(write)

    def _heard(self) -> list[Seen]:
        now, monotonic = self._clock.now(), self._clock.monotonic()
        return [
            Seen(
                stream.device.unit_id,
                stream.stream_id,
                now - timedelta(seconds=monotonic - stream.heard),
                stream.skew_us,
            )
            for stream in self.registry.heard_since_flush()
            if stream.device
        ]

    async def _look(self) -> None:
        """Act on what the database holds for this gateway."""
        live = [stream.live for stream in self.registry.admitted()]
        work, version = await self._reader.run(
            partial(_work, self._config.gateway_id, live, self._clock.now())
        )
        for ending in work.endings:
            if stream := self.registry.get(ending.stream_id):
                stream.end(Refused(ending.reason))
        for replaced in work.replaced:
            self._contests.replaced(replaced)
        if version != self._trust.version:
            await self._reload()
        await self._push_trust()
        await self._push_orders(work.orders)
        await self._statements.look()  # after the trust bundle that holds their keys

    async def _reload(self) -> None:
        """New connections get what the files and rows hold now; while that is not whole, what they had."""
        try:
            self._trust.replace(await self._reader.run(read_material))
        except InvalidInput as error:
            log.error("certificates not reloaded", error=str(error))
        else:
            log.info("certificates reloaded", version=self._trust.version)

    async def _push_trust(self) -> None:
        version = self._trust.bundle.version
        message = replies.trust_bundle(self._trust.bundle)
        for stream in self.registry.admitted():
            if stream.trust_version < version:
                stream.trust_version = version
                stream.push(message)

    async def _push_orders(self, orders: Sequence[WaitingOrder]) -> None:
        sent = []
        for order in orders:
            stream = self.registry.get(order.stream_id)
            message = replies.order(order.order_id, order.kind, order.payload)
            if stream and message:
                stream.push(message)
                sent.append(order.order_id)
        if sent:
            await self.ingest.write(lambda now: fleet.order_sent(sent, now))


def _work(
    gateway_id: str, live: Sequence[LiveStream], now: datetime
) -> tuple[GatewayWork, pki.MaterialVersion]:
    return queries.for_gateway(gateway_id, live, now), pki.material_version()
