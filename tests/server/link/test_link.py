"""Streams over real mTLS: who gets in, what is stored, what is acknowledged."""

from __future__ import annotations

import secrets
from typing import Any

import grpc
import pytest
from logix_common import reasons
from logix_common.clock import SystemClock
from logix_common.errors import Refused
from logix_common.wire.v1 import link_pb2 as pb

from tests.fakes.device import FakeDevice, Identity, finding, new_key, report
from tests.server.link.conftest import World, in_database, running_gateway
from tests.until import until

pytestmark = [pytest.mark.database, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def identity(world: World) -> Identity:
    return world.identity("LGX-1")


@pytest.fixture
def other(world: World) -> Identity:
    return world.identity("LGX-2")


def stored_reports() -> int:
    from logix_server.health.models import InboxReport

    return InboxReport.objects.count()


def stored_parts() -> list[str]:
    from logix_server.health.models import Fault

    return sorted(Fault.objects.values_list("part", flat=True))


async def test_a_report_is_stored_before_it_is_acknowledged(identity: Identity, gateway: Any) -> None:
    async with FakeDevice(identity, gateway.port) as device:
        welcome = await device.connect()
        ack = await device.tell(device.entry(health=report()))

        assert (welcome.protocol, welcome.acknowledged, welcome.trust_bundle.version) == (1, 0, 1)
        assert (ack.sequence, ack.want_full_state) == (1, False)
        assert await in_database(stored_reports) == 1


async def test_a_finding_becomes_a_fault_and_its_effect_is_run(identity: Identity, gateway: Any) -> None:
    from logix_server.effects.models import Effect

    async with FakeDevice(identity, gateway.port) as device:
        await device.connect()
        await device.tell(device.entry(finding=finding("disk:S1")))

        assert await in_database(stored_parts) == ["disk:S1"]
        waiting = Effect.objects.filter(done_at__isnull=True)
        await until(lambda: in_database(lambda: Effect.objects.exists() and not waiting.exists()))


async def test_what_was_applied_is_acknowledged_and_not_applied_again(
    identity: Identity, gateway: Any
) -> None:
    async with FakeDevice(identity, gateway.port) as device:
        await device.connect()
        entries = [device.entry(finding=finding(f"disk:S{n}")) for n in range(3)]
        assert (await device.tell(*entries)).sequence == 3
        assert (await device.tell(*entries)).sequence == 3

    async with FakeDevice(identity, gateway.port) as again:
        again.spool_id = device.spool_id
        welcome = await again.connect(last_acknowledged=3)
        again.sequence = 3
        ack = await again.tell(*entries, again.entry(finding=finding("disk:S9")))

        assert (welcome.acknowledged, welcome.want_full_state) == (3, False)
        assert (ack.sequence, ack.want_full_state) == (4, False)
        assert await in_database(stored_parts) == ["disk:S0", "disk:S1", "disk:S2", "disk:S9"]


async def test_a_gap_is_acknowledged_and_asks_for_full_state(identity: Identity, gateway: Any) -> None:
    async with FakeDevice(identity, gateway.port) as device:
        await device.connect()
        await device.tell(device.entry(health=report()))
        device.sequence = 10
        ack = await device.tell(device.entry(health=report()))
        assert (ack.sequence, ack.want_full_state) == (11, True)

        state = pb.FullState(open_findings=[finding("disk:S1")], inventory=pb.Inventory(serial="LGX-1"))
        assert not (await device.tell(device.entry(full_state=state))).want_full_state
        assert await in_database(stored_parts) == ["disk:S1"]


async def test_entries_from_memory_count_in_a_spool_of_their_own(identity: Identity, gateway: Any) -> None:
    async with FakeDevice(identity, gateway.port) as device:
        await device.connect()
        await device.tell(device.entry(health=report()), device.entry(health=report()))
        device.sequence = 0
        ack = await device.tell(device.entry(finding=finding("disk:M")), from_memory=True)

        assert (ack.sequence, ack.from_memory) == (1, True)
        assert await in_database(stored_parts) == ["disk:M"]


async def test_an_entry_that_does_not_hold_is_recorded_and_does_not_block_the_spool(
    identity: Identity, gateway: Any
) -> None:
    from logix_server.audit.models import Record

    def spoil(told: pb.Finding) -> None:
        told.severity = 9

    async with FakeDevice(identity, gateway.port) as device:
        await device.connect()
        ack = await device.tell(
            device.entry(finding=finding(change=spoil)), device.entry(finding=finding("disk:good"))
        )

        assert ack.sequence == 2
        assert await in_database(stored_parts) == ["disk:good"]
        record = await in_database(lambda: Record.objects.get(action="link.entries-rejected"))
        assert record.detail["entries"][0]["field"] == "finding.severity"


async def test_heartbeats_are_answered_and_pongs_unasked_are_passed_over(
    identity: Identity, gateway: Any
) -> None:
    async with FakeDevice(identity, gateway.port) as device:
        await device.connect()
        await device.send(pb.DeviceMessage(pong=pb.Pong(nonce=b"?")))
        await device.send(pb.DeviceMessage.FromString(b"\xf2\x3f\x03abc"))  # newer than this server
        await device.send(pb.DeviceMessage(heartbeat=pb.Heartbeat(device_time_us=1)))
        assert (await device.answer("heartbeat")).heartbeat.server_time_us > 0


@pytest.mark.parametrize(
    "raw",
    [
        b"\xff" * 40,
        pb.DeviceMessage(heartbeat=pb.Heartbeat()).SerializeToString(),
        pb.DeviceMessage(batch=pb.Batch()).SerializeToString(),
        b"",
    ],
)
async def test_a_stream_that_does_not_begin_with_a_hello_ends(
    raw: bytes, identity: Identity, gateway: Any
) -> None:
    async with FakeDevice(identity, gateway.port) as device:
        device.open()
        await device.send_raw(raw)
        assert (await device.until_refused()).reason == reasons.INVALID_MESSAGE


async def test_a_second_hello_garbage_or_a_bad_sequence_end_the_stream(
    identity: Identity, gateway: Any
) -> None:
    for spoil in (
        lambda device: device.send(device.hello()),
        lambda device: device.send_raw(b"\x12\xff\xff"),
        lambda device: device.send(pb.DeviceMessage(batch=pb.Batch())),
    ):
        async with FakeDevice(identity, gateway.port) as device:
            await device.connect()
            await spoil(device)
            refused = await device.until_refused()
            assert refused.reason == reasons.INVALID_MESSAGE
            assert refused.detail


async def test_an_oversized_message_ends_that_stream_alone(
    identity: Identity, other: Identity, world: World
) -> None:
    async with (
        running_gateway(max_message_bytes=20_000) as gateway,
        FakeDevice(identity, gateway.port) as device,
        FakeDevice(other, gateway.port) as bystander,
    ):
        await bystander.connect()
        await device.connect()
        await device.send_raw(secrets.token_bytes(30_000))
        assert (await device.until_refused()).reason == grpc.StatusCode.RESOURCE_EXHAUSTED.name
        assert (await bystander.tell(bystander.entry(health=report()))).sequence == 1


async def test_a_protocol_that_we_do_not_speak_is_refused(identity: Identity, gateway: Any) -> None:
    async with FakeDevice(identity, gateway.port) as device:
        with pytest.raises(Refused, match=reasons.PROTOCOL_UNSUPPORTED):
            await device.connect(protocol_min=2, protocol_max=3)


async def test_a_certificate_of_another_authority_does_not_pass_tls(
    identity: Identity, gateway: Any, tmp_path: Any
) -> None:
    from datetime import UTC, datetime, timedelta

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.serialization import Encoding
    from cryptography.x509.oid import NameOID

    key, now = new_key(), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "stranger")])
    uri = x509.UniformResourceIdentifier(f"spiffe://logix.example/device/{identity.device_id}")
    forged = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([uri]), critical=False)
        .sign(key, hashes.SHA256())
    )
    stranger = identity.with_chain(key, forged.public_bytes(Encoding.PEM))
    async with FakeDevice(stranger, gateway.port) as device:
        device.open()
        assert (await device.until_refused()).reason == grpc.StatusCode.UNAVAILABLE.name
    assert len(gateway.registry) == 0


async def test_the_certificate_says_who_speaks_and_nothing_else(
    identity: Identity, other: Identity, gateway: Any
) -> None:
    from logix_server.fleet.models import SpoolPosition

    async with FakeDevice(identity, gateway.port) as one, FakeDevice(other, gateway.port) as two:
        two.spool_id = one.spool_id  # another's spool id gains nothing: positions are the unit's own
        await one.connect()
        await two.connect()
        await one.tell(*(one.entry(health=report()) for _ in range(5)))
        ack = await two.tell(two.entry(finding=finding("disk:two")))

        assert ack.sequence == 1
        positions = await in_database(
            lambda: dict(SpoolPosition.objects.values_list("unit__device_id", "sequence"))
        )
        assert positions == {identity.device_id: 5, other.device_id: 1}


async def test_a_stream_that_says_nothing_or_falls_silent_is_ended(
    identity: Identity, other: Identity, world: World
) -> None:
    from tests.fakes.clock import FakeClock

    clock = FakeClock(SystemClock().now())
    async with (
        running_gateway(clock, heartbeat_seconds=60) as gateway,
        FakeDevice(identity, gateway.port) as mute,
        FakeDevice(other, gateway.port) as device,
    ):
        mute.open()
        await device.connect()
        await until(lambda: len(gateway.registry) == 2)
        await clock.advance(12)
        assert (await mute.until_refused()).reason == reasons.TOO_SLOW
        await device.tell(device.entry(health=report()))

        await clock.advance(170)
        await device.tell(device.entry(health=report()))
        await clock.advance(182)
        assert (await device.until_refused()).reason == reasons.TOO_SLOW
