"""The Enrolment servicer: for devices without a valid certificate; every refusal of a token looks alike."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Final

import grpc
import structlog
from google.protobuf.message import DecodeError
from logix_common import reasons
from logix_common.clock import Clock
from logix_common.errors import InvalidInput, Refused
from logix_common.wire.v1 import enrolment_pb2 as pb

from logix_server.fleet import actions as fleet
from logix_server.fleet.enrolment import MAX_TOKEN
from logix_server.fleet.facts import Issued
from logix_server.link import refusals, replies, texts
from logix_server.link.attempts import Attempts
from logix_server.link.metrics import GatewayMetrics
from logix_server.link.peers import address_of
from logix_server.link.pool import DatabasePool
from logix_server.link.refusal_log import RefusalLog
from logix_server.pki.profiles import MAX_CERTIFICATE_BYTES
from logix_server.pki.requests import MAX_CSR_BYTES, MAX_PROOF_BYTES

_MAX_SERIAL: Final = 64
#: Requests in the threads or before them; more are sent away, as they would only wait.
_MAX_UNDER_WAY: Final = 64
log = structlog.get_logger(__name__)

Context = grpc.aio.ServicerContext[Any, Any]


class EnrolmentService:
    """Serves `logix.wire.v1.Enrolment`; bodies come as bytes, bounded by the server's message limit."""

    def __init__(
        self,
        clock: Clock,
        pool: DatabasePool,
        attempts: Attempts,
        metrics: GatewayMetrics,
        refused: RefusalLog,
    ) -> None:
        self._clock = clock
        self._pool = pool
        self._attempts = attempts
        self._metrics = metrics
        self._refused = refused
        self._under_way = 0

    def handler(self) -> grpc.GenericRpcHandler:
        """The generic handler for a server."""
        unary: Any = grpc.unary_unary_rpc_method_handler
        handlers = {"Enrol": unary(self.enrol), "RenewExpired": unary(self.renew_expired)}
        return grpc.method_handlers_generic_handler("logix.wire.v1.Enrolment", handlers)

    async def enrol(self, raw: bytes, context: Context) -> bytes:
        return await self._answer(raw, context, self._enrol_call)

    async def renew_expired(self, raw: bytes, context: Context) -> bytes:
        return await self._answer(raw, context, self._renew_call)

    async def _answer(
        self, raw: bytes, context: Context, prepare: Callable[[bytes], Callable[[], Issued]]
    ) -> bytes:
        address = address_of(context)
        try:
            wait = self._attempts.seconds_to_wait(address, self._clock.monotonic())
            if wait:
                raise Refused(reasons.RATE_LIMITED, "too many tries", wait)
            return await self._run(prepare(raw))
        except Refused as error:
            refusal = error
        except InvalidInput as error:
            refusal = Refused(reasons.INVALID_MESSAGE, str(error))
        except Exception as error:  # a stranger learns nothing of our mistakes
            log.error("enrolment failed", peer=address, exc_info=error)
            refusal = Refused(reasons.STORE_UNAVAILABLE, "cannot be answered now")
        self._metrics.refusals.labels(refusal.reason).inc()
        self._refused.note("enrolment refused", address, refusal)
        return await refusals.abort(context, refusal)

    async def _run(self, call: Callable[[], Issued]) -> bytes:
        if self._under_way >= _MAX_UNDER_WAY:
            raise Refused(reasons.SERVER_BUSY, "too many enrolments at once")
        self._under_way += 1
        try:
            issued = await self._pool.run(call)
        finally:
            self._under_way -= 1
        log.info("certificate issued", device=issued.device_id)
        answer = pb.IssuedIdentity(device_id=issued.device_id, chain_pem=issued.chain_pem)
        answer.trust_bundle.CopyFrom(replies.bundle(issued.trust))
        return answer.SerializeToString()

    def _enrol_call(self, raw: bytes) -> Callable[[], Issued]:
        request = _parsed(pb.EnrolRequest, raw)
        _bounded("csr_der", request.csr_der, MAX_CSR_BYTES)
        try:
            token = texts.key("token", request.token, MAX_TOKEN)
            serial = texts.key("serial", request.serial, _MAX_SERIAL)
        except InvalidInput as error:
            # What a token or a serial looks like is nobody's business who has none.
            raise Refused(reasons.ENROLMENT_REFUSED) from error
        version = texts.prose(request.agent_version, 64)
        return partial(fleet.enrol, token, serial, request.csr_der, version, self._clock.now())

    def _renew_call(self, raw: bytes) -> Callable[[], Issued]:
        request = _parsed(pb.RenewExpiredRequest, raw)
        _bounded("certificate_pem", request.certificate_pem, MAX_CERTIFICATE_BYTES)
        _bounded("csr_der", request.csr_der, MAX_CSR_BYTES)
        _bounded("proof", request.proof, MAX_PROOF_BYTES)
        now = self._clock.now()
        return partial(fleet.renew_expired, request.certificate_pem, request.csr_der, request.proof, now)


def _parsed(kind: Any, raw: bytes) -> Any:
    try:
        return kind.FromString(raw)
    except DecodeError as error:
        raise InvalidInput("message", f"is no {kind.DESCRIPTOR.name} ({error})") from error


def _bounded(where: str, value: bytes, limit: int) -> None:
    if not 0 < len(value) <= limit:
        raise InvalidInput(where, f"expected 1 to {limit} bytes, got {len(value)}")
