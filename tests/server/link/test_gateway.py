"""The ports of a gateway: TLS, health, enrolment, limits, and what is said when one is taken."""

from __future__ import annotations

import asyncio
import socket
import ssl
import threading
from datetime import UTC, datetime
from typing import Any

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from logix_common import reasons
from logix_common.clock import SystemClock
from logix_common.errors import Refused
from logix_common.identifiers import renewal_proof_input
from logix_common.wire.v1 import enrolment_pb2, enrolment_pb2_grpc
from logix_server.link import gateway as gateway_module
from logix_server.link.listening import PortTaken

from tests.fakes.clock import FakeClock
from tests.fakes.device import FakeDevice, csr_der, enrol, new_key, refused
from tests.server.link.conftest import World, in_database, running_gateway
from tests.until import until

pytestmark = [pytest.mark.database, pytest.mark.django_db(transaction=True)]


async def test_a_token_becomes_a_certificate_that_connects_once(world: World, gateway: Any) -> None:
    token = await in_database(lambda: world.token(world.unit("LGX-9")))
    identity = await enrol(gateway.enrolment_port, world.roots_pem, token, "LGX-9")
    async with FakeDevice(identity, gateway.port) as device:
        assert (await device.connect()).protocol == 1
    with pytest.raises(Refused, match=reasons.ENROLMENT_REFUSED):
        await enrol(gateway.enrolment_port, world.roots_pem, token, "LGX-9")


async def test_every_refusal_of_a_token_looks_alike(world: World, gateway: Any) -> None:
    token = await in_database(lambda: world.token(world.unit("LGX-9")))
    await in_database(lambda: world.unit("LGX-8"))
    answers = set()
    for wrong, serial in (("nonsense", "LGX-9"), (token, "LGX-8"), (token, "LGX-404"), ("t\x00", "LGX-9")):
        with pytest.raises(Refused) as error:
            await enrol(gateway.enrolment_port, world.roots_pem, wrong, serial)
        answers.add((error.value.reason, error.value.detail, error.value.retry_after))
    assert answers == {(reasons.ENROLMENT_REFUSED, reasons.ENROLMENT_REFUSED, None)}


async def test_guessing_tokens_is_slowed_down(world: World) -> None:
    clock = FakeClock(SystemClock().now())  # or a slow machine earns another try meanwhile
    async with running_gateway(clock, enrolment_tries_per_minute=3) as gateway:
        for _ in range(3):
            with pytest.raises(Refused, match=reasons.ENROLMENT_REFUSED):
                await enrol(gateway.enrolment_port, world.roots_pem, "guess", "LGX-9")
        with pytest.raises(Refused, match=reasons.RATE_LIMITED) as error:
            await enrol(gateway.enrolment_port, world.roots_pem, "guess", "LGX-9")
        assert error.value.retry_after
        assert error.value.retry_after >= 1


async def test_a_certificate_is_renewed_by_proof_of_its_key_and_not_without(
    world: World, gateway: Any
) -> None:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import Encoding

    identity = await in_database(lambda: world.identity("LGX-1"))
    certificate = x509.load_pem_x509_certificate(identity.chain_pem)
    key = new_key()
    request = csr_der(key)
    proof_input = renewal_proof_input(certificate.public_bytes(Encoding.DER), request)
    credentials = grpc.ssl_channel_credentials(world.roots_pem)
    async with grpc.aio.secure_channel(f"localhost:{gateway.enrolment_port}", credentials) as channel:
        stub = enrolment_pb2_grpc.EnrolmentStub(channel)

        async def renew(signer: Any) -> Any:
            proof = signer.sign(proof_input, ec.ECDSA(hashes.SHA256()))
            return await stub.RenewExpired(
                enrolment_pb2.RenewExpiredRequest(
                    certificate_pem=certificate.public_bytes(Encoding.PEM), csr_der=request, proof=proof
                )
            )

        issued = await renew(identity.key)
        assert issued.device_id == identity.device_id
        with pytest.raises(grpc.aio.AioRpcError) as error:
            await renew(new_key())
        found = refused(error.value.trailing_metadata(), "", error.value.code())
        assert found.reason == reasons.UNKNOWN_DEVICE


@pytest.mark.parametrize("raw", [b"\xff" * 30, b"x" * 70_000], ids=["garbage", "oversized"])
async def test_bodies_that_do_not_hold_are_refused(raw: bytes, world: World, gateway: Any) -> None:
    credentials = grpc.ssl_channel_credentials(world.roots_pem)
    async with grpc.aio.secure_channel(f"localhost:{gateway.enrolment_port}", credentials) as channel:
        call = channel.unary_unary("/logix.wire.v1.Enrolment/Enrol")
        with pytest.raises(grpc.aio.AioRpcError) as error:
            await call(raw)
        expected = {30: grpc.StatusCode.INVALID_ARGUMENT, 70_000: grpc.StatusCode.RESOURCE_EXHAUSTED}
        assert error.value.code() == expected[len(raw)]


async def test_health_is_told_without_a_client_certificate(world: World, gateway: Any) -> None:
    credentials = grpc.ssl_channel_credentials(world.roots_pem)
    async with grpc.aio.secure_channel(f"localhost:{gateway.enrolment_port}", credentials) as channel:
        answer = await health_pb2_grpc.HealthStub(channel).Check(health_pb2.HealthCheckRequest())
        assert answer.status == health_pb2.HealthCheckResponse.SERVING


async def test_the_device_port_takes_nobody_without_a_certificate(world: World, gateway: Any) -> None:
    credentials = grpc.ssl_channel_credentials(world.roots_pem)
    async with grpc.aio.secure_channel(f"localhost:{gateway.port}", credentials) as channel:
        call = channel.stream_stream("/logix.wire.v1.Link/Connect")()
        assert await call.code() == grpc.StatusCode.UNAVAILABLE


async def test_a_rotated_server_certificate_is_served_to_the_next_connection(
    world: World, gateway: Any
) -> None:
    from logix_server.pki import actions

    def served() -> bytes:
        context = ssl.create_default_context(cadata=world.roots_pem.decode())
        context.check_hostname = False
        with (
            socket.create_connection(("127.0.0.1", gateway.enrolment_port)) as raw,
            context.wrap_socket(raw, server_hostname="localhost") as secured,
        ):
            certificate = secured.getpeercert(binary_form=True)
            assert certificate
            return certificate

    def rotate() -> None:
        actions.issue_server_certificate(1)
        actions.publish_trust_bundle(datetime.now(UTC))  # what tells gateways to look

    before = await asyncio.to_thread(served)
    await in_database(rotate)

    async def another() -> bool:
        return await asyncio.to_thread(served) != before

    await until(another)


async def test_a_taken_port_is_said_clearly(world: World, gateway: Any) -> None:
    with pytest.raises(PortTaken, match=f"cannot listen on 127.0.0.1:{gateway.port}"):
        async with running_gateway(gateway_port=gateway.port):
            pass


async def test_more_streams_than_a_gateway_may_hold_are_sent_away(world: World) -> None:
    identities = await in_database(lambda: [world.identity(f"LGX-{n}") for n in range(2)])
    async with (
        running_gateway(max_streams=1) as gateway,
        FakeDevice(identities[0], gateway.port) as one,
        FakeDevice(identities[1], gateway.port) as two,
    ):
        await one.connect()
        two.open()
        refused_with = await two.until_refused()
        assert refused_with.reason == reasons.SERVER_BUSY
        assert refused_with.retry_after


async def test_a_part_that_dies_is_noticed(world: World) -> None:
    def broken(*_: object) -> int:
        raise RuntimeError("a mistake of ours")

    async with running_gateway() as gateway:
        gateway.registry.end_slow = broken
        await asyncio.wait_for(gateway.failed.wait(), 100)


async def test_a_database_that_never_answers_is_noticed(world: World) -> None:
    clock, begun, answers = FakeClock(SystemClock().now()), threading.Event(), threading.Event()

    def ask(_now: object) -> bool:
        begun.set()
        return answers.wait(250)

    async with running_gateway(clock) as gateway:
        asked = asyncio.ensure_future(gateway.ingest.read(ask))
        await until(begun.is_set)
        await clock.advance(200)
        assert not gateway.failed.is_set()
        await clock.advance(110)
        assert gateway.failed.is_set()
        answers.set()
        await asked


async def test_a_stranger_cannot_hold_a_connection_to_the_enrolment_port(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gateway_module, "ENROLMENT_AGE_SECONDS", 4.0)  # enough to be served on any machine
    async with running_gateway() as gateway:
        credentials = grpc.ssl_channel_credentials(world.roots_pem)
        async with grpc.aio.secure_channel(f"localhost:{gateway.enrolment_port}", credentials) as channel:
            watch = health_pb2_grpc.HealthStub(channel).Watch(health_pb2.HealthCheckRequest())
            assert (await watch.read()).status == health_pb2.HealthCheckResponse.SERVING
            assert await asyncio.wait_for(watch.code(), 100) != grpc.StatusCode.OK
