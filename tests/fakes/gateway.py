"""The far end of the agent's link: a real grpc.aio server with real TLS that remembers what it was told.

It plays by the wire's rules unless a test tells it otherwise, and then says whatever bytes it is given.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import grpc
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from logix_common import reasons
from logix_common.identifiers import device_id_of, renewal_proof_input
from logix_common.wire.v1 import enrolment_pb2, link_pb2

from tests.fakes.authority import TRUST_DOMAIN, Authority
from tests.ports import free_port

DEVICE_ID = "0123456789abcdef0123456789abcdef"


@dataclass
class Connection:
    """One stream as the server sees it."""

    device_id: str
    certificate_serial: int
    hello: link_pb2.Hello
    messages: list[link_pb2.DeviceMessage] = field(default_factory=list)
    out: asyncio.Queue[bytes | None] = field(default_factory=asyncio.Queue)
    closed: bool = False
    end_with: grpc.StatusCode | None = None  # at the next message

    def say(self, message: link_pb2.ServerMessage) -> None:
        self.out.put_nowait(message.SerializeToString())

    def bodies(self, name: str) -> list[Any]:
        """What the device said of one kind."""
        return [getattr(m, name) for m in self.messages if m.WhichOneof("body") == name]


class FakeGateway:
    """Gateway and enrolment port."""

    def __init__(self, authority: Authority | None = None) -> None:
        self.authority = authority or Authority()
        self.trust_version = 1
        self.trust_pem = self.authority.root_pem
        self.connections: list[Connection] = []
        self.entries: dict[tuple[bytes, int], link_pb2.Entry] = {}
        self.positions: dict[bytes, int] = defaultdict(int)
        self.repeated = 0
        self.tokens: dict[str, str] = {}
        self.enrolments: list[enrolment_pb2.EnrolRequest] = []
        self.expired_renewals = 0
        self.refuse: Callable[[Connection], tuple[str, str] | None] = lambda _connection: None
        self.refuse_with = grpc.StatusCode.PERMISSION_DENIED
        self.refuse_renewal = ""
        self.not_in_use: set[str] = set()  # chains whose expired certificate is not renewed
        self.acknowledge = True
        self.mute = False
        self.drop_enrolment_answers = 0
        self.welcome: dict[str, Any] = {}
        self.issue_to = ""  # another device id than the one that asks for a renewal
        self.ports: tuple[int, int] = (0, 0)
        self._servers: list[grpc.aio.Server] = []

    async def start(self, gateway_port: int = 0) -> None:
        key, chain = self.authority.server()
        link = grpc.aio.server()
        link.add_generic_rpc_handlers(
            (_handlers("logix.wire.v1.Link", Connect=grpc.stream_stream_rpc_method_handler(self._connect)),)
        )
        credentials = grpc.ssl_server_credentials([(key, chain)], self.trust_pem, True)
        # A port of its own: one that the kernel picks may be another's between a `stop` and this.
        first = link.add_secure_port(f"localhost:{gateway_port or free_port()}", credentials)
        enrolment = grpc.aio.server()
        enrolment.add_generic_rpc_handlers(
            (
                _handlers(
                    "logix.wire.v1.Enrolment",
                    Enrol=grpc.unary_unary_rpc_method_handler(self._enrol),
                    RenewExpired=grpc.unary_unary_rpc_method_handler(self._renew_expired),
                ),
            )
        )
        second = enrolment.add_secure_port("localhost:0", grpc.ssl_server_credentials([(key, chain)]))
        self.ports = (first, second)
        self._servers = [link, enrolment]
        for server in self._servers:
            await server.start()

    async def stop(self) -> None:
        for server in self._servers:
            await server.stop(0)
        self._servers = []

    @property
    def live(self) -> list[Connection]:
        return [connection for connection in self.connections if not connection.closed]

    def told(self, kind: str) -> list[link_pb2.Entry]:
        """Every applied entry of one kind, in order."""
        return [entry for entry in self.entries.values() if entry.WhichOneof("payload") == kind]

    def bundle(self, token: str = "token", serial: str = "LX1") -> dict[str, Any]:
        self.tokens[token] = serial
        return {
            "format": 1,
            "token": token,
            "serial": serial,
            "trust_domain": TRUST_DOMAIN,
            "trust_version": self.trust_version,
            "ca_pem": self.trust_pem.decode(),
            "server": {"host": "localhost", "gateway_port": self.ports[0], "enrolment_port": self.ports[1]},
        }

    async def _connect(self, requests: AsyncIterator[bytes], context: Any) -> None:
        certificate = x509.load_pem_x509_certificate(context.auth_context()["x509_pem_cert"][0])
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        (uri,) = names.get_values_for_type(x509.UniformResourceIdentifier)
        first = link_pb2.DeviceMessage.FromString(await context.read())
        connection = Connection(device_id_of(uri, TRUST_DOMAIN) or "", certificate.serial_number, first.hello)
        self.connections.append(connection)
        sender = None
        try:
            refusal = self.refuse(connection)
            if refusal:
                reason, retry_after = refusal
                trailing = [(reasons.REASON_KEY, reason)]
                if retry_after:
                    trailing.append((reasons.RETRY_AFTER_KEY, retry_after))
                await context.abort(self.refuse_with, "refused", tuple(trailing))
            connection.say(self._welcome(connection))
            sender = asyncio.ensure_future(self._send(connection, context))
            while (data := await context.read()) is not grpc.aio.EOF:
                if connection.end_with:
                    await context.abort(connection.end_with, "ended")
                self._take(connection, link_pb2.DeviceMessage.FromString(data))
        finally:
            connection.closed = True
            if sender:
                sender.cancel()

    async def _send(self, connection: Connection, context: Any) -> None:
        while (message := await connection.out.get()) is not None:
            await context.write(message)

    def _welcome(self, connection: Connection) -> link_pb2.ServerMessage:
        welcome = link_pb2.Welcome(
            protocol=1,
            server_time_us=time.time_ns() // 1000,
            heartbeat_seconds=30,
            acknowledged=self.positions[connection.hello.spool_id],
        )
        if connection.hello.trust_version < self.trust_version:
            welcome.trust_bundle.version, welcome.trust_bundle.ca_pem = self.trust_version, self.trust_pem
        for name, value in self.welcome.items():
            setattr(welcome, name, value)
        return link_pb2.ServerMessage(welcome=welcome)

    def _take(self, connection: Connection, message: link_pb2.DeviceMessage) -> None:
        connection.messages.append(message)
        kind = message.WhichOneof("body")
        if kind == "batch":
            self._apply(connection, message.batch)
        elif kind == "heartbeat" and not self.mute:
            reply = link_pb2.HeartbeatReply(server_time_us=time.time_ns() // 1000)
            connection.say(link_pb2.ServerMessage(heartbeat=reply))
        elif kind == "renewal":
            issued = link_pb2.CertificateIssued(refused=self.refuse_renewal)
            if not self.refuse_renewal:
                issued.chain_pem = self.authority.device(
                    message.renewal.csr_der, self.issue_to or connection.device_id
                )
            connection.say(link_pb2.ServerMessage(certificate=issued))

    def _apply(self, connection: Connection, batch: link_pb2.Batch) -> None:
        spool = connection.hello.memory_spool_id if batch.from_memory else connection.hello.spool_id
        for entry in batch.entries:
            if entry.sequence <= self.positions[spool]:
                self.repeated += 1
                continue
            self.entries[(spool, entry.sequence)] = entry
            self.positions[spool] = entry.sequence
        if self.acknowledge:
            ack = link_pb2.Ack(sequence=self.positions[spool], from_memory=batch.from_memory)
            connection.say(link_pb2.ServerMessage(ack=ack))

    async def _enrol(self, data: bytes, context: Any) -> bytes:
        request = enrolment_pb2.EnrolRequest.FromString(data)
        self.enrolments.append(request)
        if self.tokens.get(request.token) != request.serial:
            trailing = ((reasons.REASON_KEY, reasons.ENROLMENT_REFUSED),)
            await context.abort(grpc.StatusCode.PERMISSION_DENIED, "refused", trailing)
        if self.drop_enrolment_answers:
            self.drop_enrolment_answers -= 1
            await context.abort(grpc.StatusCode.UNAVAILABLE, "the answer is lost")
        return self._issued(request.csr_der, DEVICE_ID)

    async def _renew_expired(self, data: bytes, context: Any) -> bytes:
        request = enrolment_pb2.RenewExpiredRequest.FromString(data)
        old = x509.load_pem_x509_certificate(request.certificate_pem)
        told = renewal_proof_input(old.public_bytes(Encoding.DER), request.csr_der)
        key = old.public_key()
        assert isinstance(key, ec.EllipticCurvePublicKey)
        try:
            key.verify(request.proof, told, ec.ECDSA(hashes.SHA256()))
        except InvalidSignature:
            await context.abort(
                grpc.StatusCode.PERMISSION_DENIED, "no proof", ((reasons.REASON_KEY, reasons.UNKNOWN_DEVICE),)
            )
        if any(chain.encode().startswith(request.certificate_pem) for chain in self.not_in_use):
            trailing = ((reasons.REASON_KEY, reasons.CERTIFICATE_SUPERSEDED),)
            await context.abort(grpc.StatusCode.PERMISSION_DENIED, "not in use", trailing)
        self.expired_renewals += 1
        return self._issued(request.csr_der, DEVICE_ID)

    def _issued(self, csr_der: bytes, device_id: str) -> bytes:
        return enrolment_pb2.IssuedIdentity(
            device_id=device_id,
            chain_pem=self.authority.device(csr_der, device_id, valid_for=timedelta(days=90)),
            trust_bundle=link_pb2.TrustBundle(version=self.trust_version, ca_pem=self.trust_pem),
        ).SerializeToString()


def order(kind: str = "report_full_state") -> link_pb2.ServerMessage:
    """An order with a fresh id."""
    message = link_pb2.Order(order_id=secrets.token_bytes(16))
    if kind:
        getattr(message, kind).SetInParent()
    return link_pb2.ServerMessage(order=message)


def _handlers(service: str, **methods: Any) -> grpc.GenericRpcHandler:
    return grpc.method_handlers_generic_handler(service, methods)
