"""An SQLite that is full or locked: nothing is acknowledged, nothing is lost."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc
import pytest
from django.db import connection
from logix_common import reasons
from logix_common.errors import Refused
from logix_server.link.rounds import Limits

from tests.fakes.device import FakeDevice, Identity, finding, report
from tests.server.link.conftest import World, in_database, running_gateway
from tests.until import until

pytestmark = [pytest.mark.database, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def identity(world: World) -> Identity:
    return world.identity("LGX-1")


def parts() -> list[str]:
    from logix_server.health.models import Fault

    return sorted(Fault.objects.values_list("part", flat=True))


async def test_a_full_disk_under_the_database_refuses_and_later_everything_is_stored(
    identity: Identity,
) -> None:
    limits = Limits(patience_seconds=0.3, retry_seconds=0.02)
    async with running_gateway(limits=limits) as gateway:
        async with FakeDevice(identity, gateway.port) as device:
            await device.connect()
            await gateway.ingest.read(fill_up)
            entries = [device.entry(finding=finding(f"disk:{n}", evidence=())) for n in range(400)]
            # The connection that knows the limit is dropped at the first failure: keep it full.
            gateway.ingest._store.close = lambda: None
            with pytest.raises(Refused) as refused:
                await device.tell(*entries)
            assert refused.value.reason == reasons.STORE_UNAVAILABLE
            assert refused.value.retry_after
            assert await in_database(parts) == []

        await gateway.ingest.read(make_room)
        async with FakeDevice(identity, gateway.port) as again:
            again.spool_id = device.spool_id
            assert (await connected(again)).acknowledged == 0
            assert (await again.tell(*entries)).sequence == 400
            assert len(await in_database(parts)) == 400


async def connected(device: FakeDevice) -> Any:
    """Connect, as an agent does: again until the server takes it."""
    while True:
        try:
            return await device.connect()
        except Refused as error:  # the second: gRPC's word where our Hello came after the refusal
            assert error.reason in {reasons.STORE_UNAVAILABLE, grpc.StatusCode.INTERNAL.name}


def fill_up(_now: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute("VACUUM")  # what other tests have freed is no room
        pages = cursor.execute("PRAGMA page_count").fetchone()[0]
        cursor.execute(f"PRAGMA max_page_count = {pages}")


def make_room(_now: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA max_page_count = 1000000")


async def test_a_locked_database_only_delays_the_acknowledgement(identity: Identity) -> None:
    patient = Limits(patience_seconds=600)
    async with running_gateway(limits=patient) as gateway, FakeDevice(identity, gateway.port) as device:
        await device.connect()
        await gateway.ingest.read(lambda _now: connection.cursor().execute("PRAGMA busy_timeout = 1"))
        lock = await in_database_kept(lambda: connection.cursor().execute("BEGIN IMMEDIATE"))
        try:
            telling = asyncio.create_task(device.tell(device.entry(health=report())))
            await until(lambda: gateway.metrics_of("logix_database_errors_total") >= 1)
            assert not telling.done()
        finally:
            await lock(lambda: connection.cursor().execute("ROLLBACK"))
        assert (await telling).sequence == 1


async def in_database_kept(function: Any) -> Any:
    """Run in a thread of its own whose connection stays; returns how to run more there."""
    executor = ThreadPoolExecutor(1)
    loop = asyncio.get_running_loop()
    await loop.run_in_executor(executor, function)

    async def more(last: Any) -> None:
        def end() -> None:
            last()
            connection.close()

        await loop.run_in_executor(executor, end)
        executor.shutdown()

    return more
