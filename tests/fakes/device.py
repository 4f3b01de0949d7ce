"""An appliance as the server sees it: a real grpc.aio channel with a real key, speaking the wire by hand.

It does what it is told, also what no agent would do: garbage, somebody else's certificate, silence.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Any

import grpc
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from logix_common.clock import Clock, SystemClock, to_microseconds
from logix_common.errors import Refused
from logix_common.reasons import REASON_KEY, RETRY_AFTER_KEY
from logix_common.wire.v1 import enrolment_pb2, enrolment_pb2_grpc, link_pb2

BOOT_ID = "11111111-2222-4333-8444-555555555555"


def new_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def key_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def csr_der(key: ec.EllipticCurvePrivateKey) -> bytes:
    """A certificate request that says as little as an appliance's."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "appliance")])
    request = x509.CertificateSigningRequestBuilder().subject_name(name).sign(key, hashes.SHA256())
    return request.public_bytes(Encoding.DER)


@dataclass(frozen=True)
class Identity:
    """Key, certificate chain and trusted roots of one appliance."""

    device_id: str
    key: ec.EllipticCurvePrivateKey = field(repr=False)
    chain_pem: bytes = field(repr=False)
    roots_pem: bytes = field(repr=False)

    def with_chain(self, key: ec.EllipticCurvePrivateKey, chain_pem: bytes) -> Identity:
        """The same device after a renewal."""
        return replace(self, key=key, chain_pem=chain_pem)


async def enrol(port: int, roots_pem: bytes, token: str, serial: str) -> Identity:
    """Exchange a token for an identity on the enrolment port. Raises `Refused`."""
    key = new_key()
    credentials = grpc.ssl_channel_credentials(roots_pem)
    async with grpc.aio.secure_channel(f"localhost:{port}", credentials, options=_OPTIONS) as channel:
        stub = enrolment_pb2_grpc.EnrolmentStub(channel)
        request = enrolment_pb2.EnrolRequest(
            token=token, serial=serial, csr_der=csr_der(key), agent_version="test"
        )
        try:
            issued = await stub.Enrol(request, timeout=100)
        except grpc.aio.AioRpcError as error:
            raise refused(error.trailing_metadata(), error.details() or "", error.code()) from error
    return Identity(issued.device_id, key, issued.chain_pem, issued.trust_bundle.ca_pem)


def refused(metadata: Any, details: str, code: grpc.StatusCode) -> Refused:
    """A gRPC status as the error that it stands for; a status without a reason keeps its own name."""
    found = dict(metadata or ())
    retry_after = found.get(RETRY_AFTER_KEY)
    return Refused(
        str(found.get(REASON_KEY, code.name)), details, float(retry_after) if retry_after else None
    )


#: A connection of its own each: channels to one address would share it, and with it the certificate.
_OPTIONS = (("grpc.use_local_subchannel_pool", 1), ("grpc.enable_retries", 0))


class FakeDevice:
    """One appliance with at most one stream. Every wait ends by an answer or by the stream's end."""

    def __init__(self, identity: Identity, port: int, clock: Clock | None = None) -> None:
        self.identity = identity
        self.clock = clock or SystemClock()
        self.spool_id = secrets.token_bytes(16)
        self.memory_spool_id = secrets.token_bytes(16)
        self.sequence = 0
        self.trust_version = 0
        self.answer_pings = True
        self.pushed: list[link_pb2.ServerMessage] = []  # orders and bundles that came unasked
        credentials = grpc.ssl_channel_credentials(
            identity.roots_pem, key_pem(identity.key), identity.chain_pem
        )
        self._channel = grpc.aio.secure_channel(f"localhost:{port}", credentials, options=_OPTIONS)
        self._call: Any = None

    async def __aenter__(self) -> FakeDevice:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Hang up."""
        await self._channel.close()

    def open(self) -> None:
        """Open a stream and say nothing yet.

        Where a gateway refuses before it reads, nothing must be said: of a write that comes after the
        end gRPC keeps "INTERNAL: Internal error from Core" and forgets what the server said.
        """
        self._call = self._channel.stream_stream("/logix.wire.v1.Link/Connect")()

    def hello(self, **changes: Any) -> link_pb2.DeviceMessage:
        """A proper Hello, but for `changes`."""
        said = {
            "protocol_min": 1,
            "protocol_max": 1,
            "agent_version": "0.1.0",
            "boot_id": BOOT_ID,
            "spool_id": self.spool_id,
            "memory_spool_id": self.memory_spool_id,
            "last_acknowledged": 0,
            "last_written": self.sequence,
            "trust_version": self.trust_version,
            "device_time_us": to_microseconds(self.clock.now()),
            "boottime_us": int(self.clock.monotonic() * 1e6),
        }
        return link_pb2.DeviceMessage(hello=link_pb2.Hello(**(said | changes)))

    async def connect(self, **changes: Any) -> link_pb2.Welcome:
        """Open a stream and say Hello. Raises `Refused`."""
        self.open()
        await self.send(self.hello(**changes))
        answer = await self.answer("welcome")
        if answer.welcome.HasField("trust_bundle"):
            self.trust_version = answer.welcome.trust_bundle.version
        return answer.welcome

    async def send(self, message: link_pb2.DeviceMessage) -> None:
        await self.send_raw(message.SerializeToString())

    async def send_raw(self, raw: bytes) -> None:
        """Send bytes, whatever they are; a stream that has ended shows at the next `answer`."""
        try:
            await self._call.write(raw)
        except (grpc.aio.AioRpcError, grpc.aio.UsageError, grpc.aio.InternalError):
            pass

    async def answer(self, kind: str) -> link_pb2.ServerMessage:
        """The next message of `kind`; pings are answered, other pushes kept. Raises `Refused` at the end."""
        while True:
            message = await self.next()
            found = message.WhichOneof("body")
            if found == kind:
                return message
            if found == "ping" and self.answer_pings:
                await self.send(link_pb2.DeviceMessage(pong=link_pb2.Pong(nonce=message.ping.nonce)))
            else:
                self.pushed.append(message)

    async def next(self) -> link_pb2.ServerMessage:
        """The next message of any kind. Raises `Refused` when the stream has ended."""
        try:
            raw = await self._call.read()
        except grpc.aio.AioRpcError as error:
            raise refused(error.trailing_metadata(), error.details() or "", error.code()) from error
        if raw is grpc.aio.EOF:
            raise await self.ended()
        return link_pb2.ServerMessage.FromString(raw)

    async def ended(self) -> Refused:
        """How the stream ended; waits for it."""
        code = await self._call.code()
        return refused(await self._call.trailing_metadata(), await self._call.details() or "", code)

    async def until_refused(self) -> Refused:
        """Go on answering pings until the stream ends."""
        try:
            while True:
                await self.answer("")
        except Refused as error:
            return error

    def entry(self, **payload: Any) -> link_pb2.Entry:
        """The next entry of the durable spool."""
        self.sequence += 1
        return link_pb2.Entry(
            sequence=self.sequence,
            device_time_us=to_microseconds(self.clock.now()),
            boottime_us=int(self.clock.monotonic() * 1e6),
            **payload,
        )

    async def tell(self, *entries: link_pb2.Entry, from_memory: bool = False) -> link_pb2.Ack:
        """Send entries in one batch and return its acknowledgement."""
        await self.send(
            link_pb2.DeviceMessage(batch=link_pb2.Batch(entries=entries, from_memory=from_memory))
        )
        return (await self.answer("ack")).ack

    async def renew(self) -> Identity:
        """Ask for a candidate certificate on the stream. Raises `Refused`."""
        key = new_key()
        request = link_pb2.RenewalRequest(csr_der=csr_der(key))
        await self.send(link_pb2.DeviceMessage(renewal=request))
        issued = (await self.answer("certificate")).certificate
        if issued.refused:
            raise Refused(issued.refused)
        return self.identity.with_chain(key, issued.chain_pem)


def report(points: int = 21) -> link_pb2.HealthReport:
    """A health report of `points` values."""
    return link_pb2.HealthReport(metric=range(1, points + 1), value=[float(n) for n in range(points)])


def finding(
    part: str = "disk:S1",
    code: str = "disk.pending-sectors",
    *,
    severity: int = 2,
    event: int = link_pb2.FINDING_EVENT_RAISED,
    finding_id: bytes | None = None,
    evidence: Iterable[link_pb2.Evidence] = (),
    change: Callable[[link_pb2.Finding], object] | None = None,
) -> link_pb2.Finding:
    """A disk finding; `change` spoils it where a test wants that."""
    told = link_pb2.Finding(
        finding_id=finding_id or secrets.token_bytes(16),
        event=event,
        component="disk",
        part=part,
        code=code,
        severity=severity,
        evidence=list(evidence),
    )
    if change:
        change(told)
    return told
