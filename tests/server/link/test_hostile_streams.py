"""Streams of a device that means harm: what it takes from others is bounded."""

from __future__ import annotations

import asyncio
from typing import Any

import grpc
import pytest
from logix_common import reasons
from logix_common.clock import SystemClock
from logix_common.errors import Refused
from logix_common.observations import MAX_PACKAGES
from logix_common.wire.v1 import link_pb2 as pb
from logix_server.link import streams

from tests.fakes.clock import FakeClock
from tests.fakes.device import FakeDevice, Identity, finding, key_pem, report
from tests.server.link.conftest import World, running_gateway
from tests.until import until

pytestmark = [pytest.mark.database, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def identity(world: World) -> Identity:
    return world.identity("LGX-1")


@pytest.fixture
def other(world: World) -> Identity:
    return world.identity("LGX-2")


#: The smallest window there is: nothing of the server's fits into it that is not read.
_NO_WINDOW = (
    ("grpc.use_local_subchannel_pool", 1),
    ("grpc.http2.lookahead_bytes", 5),
    ("grpc.http2.bdp_probe", 0),
)


def batch(*entries: pb.Entry) -> pb.DeviceMessage:
    return pb.DeviceMessage(batch=pb.Batch(entries=entries))


async def deaf(identity: Identity, port: int) -> tuple[Any, Any]:
    """A device that says Hello and never reads: not even the Welcome gets through."""
    credentials = grpc.ssl_channel_credentials(identity.roots_pem, key_pem(identity.key), identity.chain_pem)
    channel = grpc.aio.secure_channel(f"localhost:{port}", credentials, options=_NO_WINDOW)
    call: Any = channel.stream_stream("/logix.wire.v1.Link/Connect")()
    hello = FakeDevice(identity, port).hello()
    await call.write(hello.SerializeToString())
    return channel, call


async def test_a_device_that_never_reads_holds_its_own_few_streams_and_no_more(
    identity: Identity, other: Identity, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(streams, "MAX_A_DEVICE", 2)
    clock = FakeClock(SystemClock().now())
    async with running_gateway(clock, heartbeat_seconds=60) as gateway:
        channel, _call = await deaf(identity, gateway.port)
        await until(lambda: len(gateway.registry.admitted()) == 1)
        await clock.advance(200)
        assert not gateway.registry.admitted()
        assert gateway.registry.held == 1  # gRPC cannot end it while the device does not read

        second, _call = await deaf(identity, gateway.port)
        await until(lambda: gateway.registry.held == 2)
        async with FakeDevice(identity, gateway.port) as third, FakeDevice(other, gateway.port) as bystander:
            third.open()
            assert (await third.until_refused()).reason == reasons.RATE_LIMITED
            await bystander.connect()
            assert (await bystander.tell(bystander.entry(health=report()))).sequence == 1
        await second.close()
        await channel.close()
        await until(lambda: gateway.registry.held == 0)
    assert not [record for record in caplog.records if record.levelname == "ERROR"]


async def test_a_device_that_reads_late_is_told_how_its_stream_ended(identity: Identity) -> None:
    clock = FakeClock(SystemClock().now())
    async with running_gateway(clock, heartbeat_seconds=60) as gateway:
        channel, call = await deaf(identity, gateway.port)
        await until(lambda: len(gateway.registry.admitted()) == 1)
        await clock.advance(200)
        assert not gateway.registry.admitted()
        assert await call.read() is not grpc.aio.EOF  # the Welcome, after all
        with pytest.raises(grpc.aio.AioRpcError):
            await call.read()
        assert dict(await call.trailing_metadata())[reasons.REASON_KEY] == reasons.TOO_SLOW
        await channel.close()


async def test_streams_without_a_hello_are_counted_too(
    identity: Identity, other: Identity, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams, "MAX_A_DEVICE", 2)
    clock = FakeClock(SystemClock().now())  # so that none of them ends for its silence
    async with running_gateway(clock, max_streams=10) as gateway:
        mute = [FakeDevice(identity, gateway.port) for _ in range(3)]
        for device in mute:
            device.open()
        ended = [asyncio.ensure_future(device.until_refused()) for device in mute]
        done, _ = await asyncio.wait(ended, timeout=100, return_when=asyncio.FIRST_COMPLETED)
        assert [task.result().reason for task in done] == [reasons.RATE_LIMITED]
        async with FakeDevice(other, gateway.port) as bystander:
            await bystander.connect()
        for device in mute:
            await device.close()
        await asyncio.gather(*ended, return_exceptions=True)


async def test_a_flood_of_findings_is_sent_away_while_health_and_others_go_on(
    identity: Identity, other: Identity
) -> None:
    clock = FakeClock(SystemClock().now())
    rate = {"rate_messages_per_second": 4.0, "rate_burst": 20}  # 300 findings at once, 72 an hour
    async with (
        running_gateway(clock, **rate) as gateway,
        FakeDevice(identity, gateway.port, clock) as device,
        FakeDevice(other, gateway.port, clock) as bystander,
    ):
        await device.connect()
        flood = [device.entry(finding=finding(f"disk:S{n}")) for n in range(340)]
        assert (await device.tell(*flood)).sequence == 340  # taken, and owed for
        await bystander.connect()
        await bystander.tell(bystander.entry(finding=finding("disk:mine")))
        await device.tell(device.entry(health=report()))

        await device.send(batch(device.entry(finding=finding("disk:more"))))
        refused = await device.until_refused()
        assert (refused.reason, refused.retry_after) == (reasons.RATE_LIMITED, 300)

        await clock.advance(2_100)
        async with FakeDevice(identity, gateway.port, clock) as later:
            later.spool_id, later.sequence = device.spool_id, 341
            await later.connect(last_acknowledged=341)
            assert (await later.tell(later.entry(finding=finding("disk:more")))).sequence == 342


async def test_a_flood_of_inventories_is_refused_before_it_is_read(identity: Identity) -> None:
    clock = FakeClock(SystemClock().now())
    async with running_gateway(clock) as gateway, FakeDevice(identity, gateway.port, clock) as device:
        await device.connect()
        told = [pb.Inventory(packages=[pb.Package()] * MAX_PACKAGES, kernel=str(n)) for n in range(90)]
        await device.tell(*(device.entry(inventory=one) for one in told))
        await device.send(batch(device.entry(inventory=told[0])))
        assert (await device.until_refused()).reason == reasons.RATE_LIMITED


async def test_a_flood_is_held_back_then_sent_away_and_others_are_not(
    identity: Identity, other: Identity, world: World
) -> None:
    clock = FakeClock(SystemClock().now())
    limits = {"rate_messages_per_second": 2.0, "rate_burst": 20, "heartbeat_seconds": 60}
    async with (
        running_gateway(clock, **limits) as gateway,
        FakeDevice(identity, gateway.port) as flood,
        FakeDevice(other, gateway.port) as bystander,
    ):
        await flood.connect()
        await bystander.connect()
        beat = pb.DeviceMessage(heartbeat=pb.Heartbeat())
        for _ in range(300):
            await flood.send(beat)
        ended = asyncio.create_task(flood.until_refused())
        await until(lambda: gateway.metrics_of("logix_throttled_total") >= 1)
        assert (await bystander.tell(bystander.entry(health=report()))).sequence == 1

        while not ended.done():  # each step lets one message through; the stream is not kept for ever
            held = gateway.metrics_of("logix_throttled_total")
            await clock.advance(0.5)
            await until(lambda held=held: ended.done() or gateway.metrics_of("logix_throttled_total") > held)
        refused = await ended
        assert refused.reason == reasons.RATE_LIMITED
        assert refused.retry_after
        assert refused.retry_after >= 1
        assert (await bystander.tell(bystander.entry(health=report()))).sequence == 2

        with pytest.raises(Refused, match=reasons.RATE_LIMITED):  # a new stream brings no new burst
            await FakeDevice(identity, gateway.port).connect()
