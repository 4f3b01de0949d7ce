"""Streams that must end: revoked, replaced, cloned; and what moves between gateways."""

from __future__ import annotations

import asyncio
import ssl
from datetime import UTC, datetime
from typing import Any

import pytest
from logix_common import reasons
from logix_common.clock import SystemClock
from logix_common.errors import Refused
from logix_common.wire.v1 import link_pb2 as pb

from tests.fakes.clock import FakeClock
from tests.fakes.device import FakeDevice, Identity, report
from tests.server.link.conftest import World, in_database, running_gateway
from tests.until import until

pytestmark = [pytest.mark.database, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def identity(world: World) -> Identity:
    return world.identity("LGX-1")


def unit_of(identity: Identity) -> Any:
    from logix_server.fleet.models import Unit

    return Unit.objects.get(device_id=identity.device_id)


def revoke(identity: Identity) -> None:
    from logix_server.fleet.actions import revoke

    revoke(unit_of(identity), "stolen", "operator:test", datetime.now(UTC))


def order(identity: Identity, kind: str = "report-full-state") -> str:
    from logix_server.fleet.actions import give_order

    return str(give_order(unit_of(identity), kind, "operator:test", datetime.now(UTC)).order_id)


async def test_revocation_ends_the_live_stream_within_seconds_and_for_good(
    identity: Identity, gateway: Any
) -> None:
    async with FakeDevice(identity, gateway.port) as device:
        await device.connect()
        await in_database(lambda: revoke(identity))
        refused = await asyncio.wait_for(device.until_refused(), 30)
        assert refused.reason == reasons.CERTIFICATE_REVOKED
    async with FakeDevice(identity, gateway.port) as again:
        with pytest.raises(Refused, match=reasons.CERTIFICATE_REVOKED):
            await again.connect()


async def test_an_order_reaches_a_connected_device_and_its_answer_is_kept(
    identity: Identity, gateway: Any
) -> None:
    from logix_server.fleet.models import Order

    async with FakeDevice(identity, gateway.port) as device:
        await device.connect()
        order_id = await in_database(lambda: order(identity))
        told = (await asyncio.wait_for(device.answer("order"), 100)).order
        assert told.order_id.hex() == order_id
        assert told.WhichOneof("kind") == "report_full_state"

        result = pb.OrderResult(order_id=told.order_id, outcome=pb.ORDER_OUTCOME_DONE, detail="done\x00")
        await device.send(pb.DeviceMessage(order_result=result))
        await until(lambda: in_database(lambda: Order.objects.get().state == "done"))


async def test_an_order_reaches_a_device_wherever_it_is(identity: Identity, world: World) -> None:
    from logix_server.fleet.models import Order

    async with (
        running_gateway(gateway_id="a") as first,
        running_gateway(gateway_id="b") as second,
    ):
        given = []
        for gateway in (first, second):
            async with FakeDevice(identity, gateway.port) as device:
                await device.connect()
                given.append(await in_database(lambda: order(identity)))
                told = (await asyncio.wait_for(device.answer("order"), 100)).order
                assert told.order_id.hex() == given[-1]
                result = pb.OrderResult(order_id=told.order_id, outcome=pb.ORDER_OUTCOME_DONE)
                await device.send(pb.DeviceMessage(order_result=result))
                await until(lambda: in_database(lambda: not Order.objects.exclude(state="done").exists()))
        assert len(set(given)) == 2


async def test_a_reconnect_takes_over_from_a_stream_that_is_dead(identity: Identity, world: World) -> None:
    clock = FakeClock(SystemClock().now())
    async with running_gateway(clock) as gateway, FakeDevice(identity, gateway.port) as old:
        await old.connect()
        old.answer_pings = False
        ended = asyncio.create_task(old.until_refused())
        async with FakeDevice(identity, gateway.port) as new:
            await new.connect()
            await until(lambda: [told.WhichOneof("body") for told in old.pushed] == ["ping"])
            await clock.advance(10)
            assert (await ended).reason == reasons.REPLACED_BY_NEWER_STREAM
            assert (await new.tell(new.entry(health=report()))).sequence == 1


@pytest.mark.parametrize("gateways", [1, 2])
async def test_two_live_streams_of_one_identity_are_both_ended_until_an_operator_decides(
    gateways: int, identity: Identity, world: World
) -> None:
    async with running_gateway(gateway_id="a") as first, running_gateway(gateway_id="b") as second:
        where = [first, second][gateways - 1]
        async with FakeDevice(identity, first.port) as original, FakeDevice(identity, where.port) as clone:
            await original.connect()
            ended = asyncio.create_task(original.until_refused())
            await clone.connect()
            refusals = await asyncio.wait_for(asyncio.gather(ended, clone.until_refused()), 100)
            assert [refusal.reason for refusal in refusals] == [reasons.IDENTITY_CONFLICT] * 2
        async with FakeDevice(identity, first.port) as again:
            with pytest.raises(Refused, match=reasons.IDENTITY_CONFLICT):
                await again.connect()


async def test_a_renewed_certificate_takes_over_quietly(identity: Identity, gateway: Any) -> None:
    async with FakeDevice(identity, gateway.port) as device:
        await device.connect()
        renewed = await device.renew()
        ended = asyncio.create_task(device.until_refused())
        async with FakeDevice(renewed, gateway.port) as candidate:
            await candidate.connect()
            assert (await ended).reason == reasons.REPLACED_BY_NEWER_STREAM
            assert (await candidate.tell(candidate.entry(health=report()))).sequence == 1
    async with FakeDevice(identity, gateway.port) as old:
        with pytest.raises(Refused, match=reasons.CERTIFICATE_SUPERSEDED):
            await old.connect()
    assert (await in_database(lambda: unit_of(identity))).state == "active"


async def test_a_trust_bundle_of_a_rotation_is_pushed_and_tls_follows_without_a_restart(
    identity: Identity, gateway: Any
) -> None:
    from logix_server.pki import actions, queries

    def publish() -> None:
        actions.publish_trust_bundle(datetime.now(UTC))

    async with FakeDevice(identity, gateway.port) as device:
        await device.connect()
        await in_database(publish)
        pushed = (await asyncio.wait_for(device.answer("trust_bundle"), 100)).trust_bundle
        assert pushed.version == 2
        assert pushed.ca_pem == (await in_database(queries.trust_bundle))[1]


async def test_a_new_server_certificate_is_shown_without_a_restart(identity: Identity, gateway: Any) -> None:
    from logix_server.pki.actions import replace_server_certificate
    from logix_server.pki.queries import server_credentials

    async def shown() -> str:
        address = ("localhost", gateway.enrolment_port)
        return await asyncio.to_thread(ssl.get_server_certificate, address)

    async with FakeDevice(identity, gateway.port) as device:
        await device.connect()
        before = await shown()
        await in_database(lambda: replace_server_certificate("operator:test", datetime.now(UTC)))
        chain = (await in_database(server_credentials))[1].decode()
        assert before not in chain

        async def follows() -> bool:
            return await shown() in chain

        await until(follows)
        await device.tell(device.entry(health=report()))  # a stream that stands goes on
    async with FakeDevice(identity, gateway.port) as device:
        await device.connect()


async def test_presence_is_written_and_closed(identity: Identity, gateway: Any) -> None:
    from logix_server.fleet.models import GatewayRun, Presence

    async with FakeDevice(identity, gateway.port) as device:
        await device.connect(capabilities=["orders"])
        presence = await in_database(Presence.objects.get)
        assert (presence.disconnected_at, presence.capabilities) == (None, ["orders"])
    await until(lambda: in_database(lambda: Presence.objects.get().disconnected_at is not None))
    assert await in_database(lambda: GatewayRun.objects.get().stopped_at) is None


async def test_a_gateway_that_stops_tells_its_streams_when_to_come_back(
    identity: Identity, world: World
) -> None:
    from logix_server.fleet.models import GatewayRun, Presence

    async with running_gateway() as gateway:
        device = FakeDevice(identity, gateway.port)
        await device.connect()
        await device.tell(device.entry(health=report()))
        ended = asyncio.create_task(device.until_refused())
    refused = await ended
    await device.close()
    assert refused.reason == reasons.SERVER_SHUTTING_DOWN
    assert refused.retry_after
    assert refused.retry_after >= 1
    assert await in_database(lambda: GatewayRun.objects.get().stopped_at)
    presence = await in_database(Presence.objects.get)
    assert presence.disconnected_at is not None
    assert presence.last_seen_at > presence.connected_at
