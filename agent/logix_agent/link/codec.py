"""Bytes of the wire into facts and back. With the other codecs the only place that touches messages.

What the server says is checked as strictly as what a stranger says: garbage is `InvalidInput`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from google.protobuf.message import DecodeError, Message
from logix_common.errors import InvalidInput
from logix_common.module_statement import MAX_KEYS
from logix_common.wire.v1 import enrolment_pb2 as enrolment_wire
from logix_common.wire.v1 import link_pb2 as wire

from logix_agent.link import module_codec, order_codec
from logix_agent.link.spool_facts import SpooledEntry
from logix_agent.modules.facts import SignedStatement

CONNECT: Final = "/logix.wire.v1.Link/Connect"
ENROL: Final = "/logix.wire.v1.Enrolment/Enrol"
RENEW_EXPIRED: Final = "/logix.wire.v1.Enrolment/RenewExpired"

_MAX_DETAIL: Final = 512
_MAX_CA_PEM: Final = 256 * 1024


@dataclass(frozen=True)
class HelloFacts:
    """How a stream begins; times in µs."""

    agent_version: str
    boot_id: str
    spool_id: bytes
    memory_spool_id: bytes
    last_acknowledged: int
    last_written: int
    capabilities: tuple[str, ...]
    trust_version: int
    device_time_us: int
    boottime_us: int
    protocol_min: int
    protocol_max: int
    module_counter: int = 0


@dataclass(frozen=True)
class TrustFacts:
    """Every CA certificate that the device shall trust, the statement keys, and who vouches for these."""

    version: int
    ca_pem: bytes
    statement_keys_pem: bytes = b""
    endorsements: tuple[tuple[str, bytes], ...] = ()  # key id and signature


@dataclass(frozen=True)
class WelcomeFacts:
    """The server's first answer; 0 where it named no limit."""

    protocol: int
    server_time_us: int
    heartbeat_seconds: int
    acknowledged: int
    want_full_state: bool
    trust: TrustFacts | None
    max_batch_bytes: int
    max_batch_entries: int
    renew_now: bool
    renew_at_us: int


@dataclass(frozen=True)
class AckFacts:
    """Everything up to `sequence` is committed."""

    sequence: int
    from_memory: bool
    want_full_state: bool


@dataclass(frozen=True)
class PingFacts:
    """To be answered at once."""

    nonce: bytes


@dataclass(frozen=True)
class IssuedFacts:
    """A renewed certificate, or the reason why there is none."""

    chain_pem: bytes
    refused: str


@dataclass(frozen=True)
class HeartbeatReplyFacts:
    """The server's clock."""

    server_time_us: int


@dataclass(frozen=True)
class UnknownFacts:
    """A message newer than this agent: ignored."""


ServerFacts = (
    WelcomeFacts
    | AckFacts
    | PingFacts
    | IssuedFacts
    | order_codec.OrderFacts
    | HeartbeatReplyFacts
    | TrustFacts
    | SignedStatement
    | UnknownFacts
)


@dataclass(frozen=True)
class IdentityIssued:
    """The enrolment port's answer."""

    device_id: str
    chain_pem: bytes
    trust: TrustFacts


def hello(facts: HelloFacts) -> bytes:
    """The first message of a stream."""
    return wire.DeviceMessage(
        hello=wire.Hello(
            protocol_min=facts.protocol_min,
            protocol_max=facts.protocol_max,
            agent_version=facts.agent_version,
            boot_id=facts.boot_id,
            spool_id=facts.spool_id,
            memory_spool_id=facts.memory_spool_id,
            last_acknowledged=facts.last_acknowledged,
            last_written=facts.last_written,
            capabilities=facts.capabilities,
            trust_version=facts.trust_version,
            device_time_us=facts.device_time_us,
            boottime_us=facts.boottime_us,
            module_statement_counter=facts.module_counter,
        )
    ).SerializeToString()


def batch(entries: Sequence[SpooledEntry], from_memory: bool) -> bytes:
    """Entries as they lie in a spool, each given its sequence."""
    message = wire.DeviceMessage()
    message.batch.from_memory = from_memory
    for entry in entries:
        added = message.batch.entries.add(sequence=entry.sequence)
        added.MergeFromString(entry.payload)
    return message.SerializeToString()


def pong(nonce: bytes) -> bytes:
    """The answer to a ping."""
    return wire.DeviceMessage(pong=wire.Pong(nonce=nonce)).SerializeToString()


def heartbeat(device_time_us: int, boottime_us: int, trust_version: int = 0) -> bytes:
    """The device's clocks; `trust_version` where another trust bundle was taken since the Hello."""
    beat = wire.Heartbeat(device_time_us=device_time_us, boottime_us=boottime_us, trust_version=trust_version)
    return wire.DeviceMessage(heartbeat=beat).SerializeToString()


def renewal(csr_der: bytes) -> bytes:
    """A request for the next certificate."""
    return wire.DeviceMessage(renewal=wire.RenewalRequest(csr_der=csr_der)).SerializeToString()


def server_message(data: bytes) -> ServerFacts:
    """What the server said; raises `InvalidInput` for what is no message or breaks its bounds."""
    message = wire.ServerMessage()
    _parse(message, data, "server message")
    kind = message.WhichOneof("body")
    read = _BODIES.get(kind) if kind else None
    return read(getattr(message, kind)) if kind and read else UnknownFacts()


def enrol_request(token: str, serial: str, csr_der: bytes, agent_version: str) -> bytes:
    """A one-time token for a certificate."""
    return enrolment_wire.EnrolRequest(
        token=token, serial=serial, csr_der=csr_der, agent_version=agent_version
    ).SerializeToString()


def renew_expired_request(certificate_pem: bytes, csr_der: bytes, proof: bytes) -> bytes:
    """An expired certificate, and proof of its key, for a new one."""
    return enrolment_wire.RenewExpiredRequest(
        certificate_pem=certificate_pem, csr_der=csr_der, proof=proof
    ).SerializeToString()


def issued_identity(data: bytes) -> IdentityIssued:
    """The enrolment port's answer; raises `InvalidInput`."""
    message = enrolment_wire.IssuedIdentity()
    _parse(message, data, "enrolment answer")
    return IdentityIssued(message.device_id, message.chain_pem, _trust(message.trust_bundle))


def _parse(message: Message, data: bytes, where: str) -> None:
    try:
        message.ParseFromString(data)
    except DecodeError as error:
        raise InvalidInput(where, f"is not a {type(message).__name__} ({error})") from error


def _welcome(welcome: wire.Welcome) -> WelcomeFacts:
    return WelcomeFacts(
        protocol=welcome.protocol,
        server_time_us=welcome.server_time_us,
        heartbeat_seconds=welcome.heartbeat_seconds,
        acknowledged=welcome.acknowledged,
        want_full_state=welcome.want_full_state,
        trust=_trust(welcome.trust_bundle) if welcome.HasField("trust_bundle") else None,
        max_batch_bytes=welcome.max_batch_bytes,
        max_batch_entries=welcome.max_batch_entries,
        renew_now=welcome.renew_now,
        renew_at_us=welcome.renew_at_us,
    )


def _trust(bundle: wire.TrustBundle) -> TrustFacts:
    if not bundle.ca_pem or len(bundle.ca_pem) > _MAX_CA_PEM:
        raise InvalidInput("trust bundle", f"expected 1 to {_MAX_CA_PEM} bytes of CA certificates")
    endorsements = tuple((each.key_id[:64], each.signature) for each in bundle.endorsements[:MAX_KEYS])
    return TrustFacts(bundle.version, bundle.ca_pem, bundle.statement_keys_pem[:_MAX_CA_PEM], endorsements)


def _ack(ack: wire.Ack) -> AckFacts:
    return AckFacts(ack.sequence, ack.from_memory, ack.want_full_state)


def _issued(issued: wire.CertificateIssued) -> IssuedFacts:
    return IssuedFacts(issued.chain_pem, issued.refused[:_MAX_DETAIL])


_BODIES: Final[dict[str, Callable[[Any], ServerFacts]]] = {
    "welcome": _welcome,
    "ack": _ack,
    "ping": lambda ping: PingFacts(ping.nonce[:64]),
    "certificate": _issued,
    "order": order_codec.order,
    "heartbeat": lambda reply: HeartbeatReplyFacts(reply.server_time_us),
    "trust_bundle": _trust,
    "module_statement": module_codec.statement,
}
