"""Facts to messages, serialised: a part of the codec."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from logix_common.clock import to_microseconds
from logix_common.wire.v1 import link_pb2 as pb

from logix_server.fleet.facts import Admitted, StreamOpened
from logix_server.pki.facts import Bundle


def welcome(
    opened: StreamOpened,
    admitted: Admitted,
    now: datetime,
    *,
    heartbeat_seconds: int,
    max_batch_bytes: int,
    max_batch_entries: int,
    trust_bundle: Bundle | None,
) -> bytes:
    """The Welcome, serialised; `trust_bundle` where the device's is older."""
    message = pb.Welcome(
        protocol=opened.protocol,
        server_time_us=to_microseconds(now),
        heartbeat_seconds=heartbeat_seconds,
        acknowledged=admitted.applied,
        want_full_state=admitted.want_full_state,
        max_batch_bytes=max_batch_bytes,
        max_batch_entries=max_batch_entries,
        renew_now=admitted.renew_at <= now,
        renew_at_us=to_microseconds(admitted.renew_at),
    )
    if trust_bundle:
        message.trust_bundle.CopyFrom(bundle(trust_bundle))
    return pb.ServerMessage(welcome=message).SerializeToString()


def ack(sequence: int, from_memory: bool, want_full_state: bool) -> bytes:
    """An Ack, serialised."""
    if from_memory or want_full_state or not sequence:
        return pb.ServerMessage(
            ack=pb.Ack(sequence=sequence, from_memory=from_memory, want_full_state=want_full_state)
        ).SerializeToString()
    # One answers every report, and building it from messages costs a third of reading the report.
    number = _varint(sequence)
    return b"\x12%c\x08%b" % (len(number) + 1, number)


def _varint(number: int) -> bytes:
    """A non-negative number in base 128, the low digits first (the Protocol Buffers encoding)."""
    if number < 0x80:
        return b"%c" % number
    digits = bytearray()
    while number >= 0x80:
        digits.append(number & 0x7F | 0x80)
        number >>= 7
    digits.append(number)
    return bytes(digits)


def ping(nonce: bytes) -> bytes:
    return pb.ServerMessage(ping=pb.Ping(nonce=nonce)).SerializeToString()


def heartbeat_reply(now: datetime) -> bytes:
    return pb.ServerMessage(
        heartbeat=pb.HeartbeatReply(server_time_us=to_microseconds(now))
    ).SerializeToString()


def certificate_issued(chain_pem: bytes = b"", refused: str = "") -> bytes:
    return pb.ServerMessage(
        certificate=pb.CertificateIssued(chain_pem=chain_pem, refused=refused)
    ).SerializeToString()


def bundle(trust: Bundle) -> pb.TrustBundle:
    """A trust bundle as a message."""
    message = pb.TrustBundle(
        version=trust.version, ca_pem=trust.ca_pem, statement_keys_pem=trust.statement_keys_pem
    )
    for key_id, signature in trust.endorsements:
        message.endorsements.add(key_id=key_id, signature=signature)
    return message


def trust_bundle(trust: Bundle) -> bytes:
    return pb.ServerMessage(trust_bundle=bundle(trust)).SerializeToString()


def module_statement(payload: bytes, signature: bytes, key_id: str) -> bytes:
    """A signed statement, as it was stored."""
    statement = pb.ModuleStatement(payload=payload, signature=signature, key_id=key_id)
    return pb.ServerMessage(module_statement=statement).SerializeToString()


def order(order_id: str, kind: str, payload: Mapping[str, Any]) -> bytes | None:
    """An Order, serialised; None for a kind that this server's wire does not know."""
    message = pb.Order(order_id=bytes.fromhex(order_id))
    if kind == "report-full-state":
        message.report_full_state.SetInParent()
    elif kind == "renew-certificate":
        message.renew_certificate.SetInParent()
    elif kind == "collect-diagnostics":
        message.collect_diagnostics.CopyFrom(pb.CollectDiagnostics(**payload))
    else:
        return None
    return pb.ServerMessage(order=message).SerializeToString()
