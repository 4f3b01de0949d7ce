"""What a device says beside its batches, and what it is answered.

Heartbeats, answers to pings, renewals of its certificate, results of orders, and how its modules are.
"""

from __future__ import annotations

from datetime import datetime
from functools import partial

import structlog
from logix_common import reasons
from logix_common.clock import Clock, to_microseconds
from logix_common.errors import InvalidInput, Refused
from logix_common.wire.v1 import link_pb2 as pb

from logix_server.fleet import actions as fleet
from logix_server.link import codec, replies
from logix_server.link.ingest import Ingest
from logix_server.link.module_reports import modules_told
from logix_server.link.pool import DatabasePool
from logix_server.link.reckoning import bounded
from logix_server.link.streams import Stream
from logix_server.link.throttle import HELLO_TOKENS
from logix_server.modules import actions as modules

log = structlog.get_logger(__name__)


class Answers:
    """One for all streams of a gateway; it keeps nothing but on the stream itself."""

    def __init__(self, clock: Clock, ingest: Ingest, pool: DatabasePool) -> None:
        self._clock = clock
        self._ingest = ingest
        self._pool = pool

    async def hear(self, stream: Stream, message: pb.DeviceMessage) -> None:
        """Take in one message of an admitted stream that is no batch, and answer it where it wants an answer.

        Raises `InvalidInput` for one that has no place here or is malformed, and what `Ingest.write` raises.
        """
        kind = message.WhichOneof("body")
        if kind == "heartbeat":
            now = self._clock.now()
            stream.skew_us = bounded(message.heartbeat.device_time_us - to_microseconds(now))
            await self._trusts(stream, message.heartbeat.trust_version)
            await stream.send(replies.heartbeat_reply(now))
        elif kind == "pong":
            if stream.pong and stream.pong[0] == message.pong.nonce and not stream.pong[1].done():
                stream.pong[1].set_result(True)
        elif kind == "renewal":
            stream.bucket.take(HELLO_TOKENS, self._clock.monotonic())  # a signature and a transaction
            await stream.send(await self._renewed(stream, message.renewal.csr_der))
        elif kind == "order_result":
            await self._answered(stream, message.order_result)
        elif kind == "module_report":
            await self._modules(stream, message.module_report)
        elif kind == "hello":
            raise InvalidInput("hello", "expected once a stream")
        # Anything else is newer than this server and passed over.

    async def _trusts(self, stream: Stream, version: int) -> None:
        """The device holds another bundle than it said before: a rotation waits to know."""
        if not version or version == stream.trust_confirmed:
            return
        version = min(version, 2**31 - 1)
        stream_id = stream.stream_id
        await self._ingest.write(lambda _now: fleet.trusts(stream_id, version))
        stream.trust_confirmed = version

    async def _renewed(self, stream: Stream, csr_der: bytes) -> bytes:
        now: datetime = self._clock.now()
        try:
            issued = await self._pool.run(
                partial(fleet.renew, stream.device_id, stream.certificate_serial, csr_der, now)
            )
        except Refused as error:
            return replies.certificate_issued(refused=error.reason)
        except InvalidInput as error:
            log.warning("renewal refused", device=stream.device_id, error=str(error))
            return replies.certificate_issued(refused=reasons.INVALID_MESSAGE)
        return replies.certificate_issued(chain_pem=issued.chain_pem)

    async def _modules(self, stream: Stream, report: pb.ModuleReport) -> None:
        assert stream.device is not None
        stream.bucket.take(HELLO_TOKENS, self._clock.monotonic())  # a transaction of its own
        told = modules_told(report, stream.device.unit_id)
        await self._ingest.write(lambda now: modules.told(told, now))

    async def _answered(self, stream: Stream, result: pb.OrderResult) -> None:
        order_id, outcome, detail = codec.order_result(result)
        assert stream.device is not None
        unit_id = stream.device.unit_id
        await self._ingest.write(lambda now: fleet.order_answered(unit_id, order_id, outcome, detail, now))
