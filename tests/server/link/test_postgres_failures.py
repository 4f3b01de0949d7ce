"""A PostgreSQL that cuts the connection: the writer connects anew and doubles nothing."""

from __future__ import annotations

import pytest
from django.db import connection
from logix_server.link.rounds import Limits

from tests.fakes.device import FakeDevice, Identity, finding
from tests.server.link.conftest import World, in_database, running_gateway

pytestmark = [pytest.mark.database, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def identity(world: World) -> Identity:
    return world.identity("LGX-1")


def parts() -> list[str]:
    from logix_server.health.models import Fault

    return sorted(Fault.objects.values_list("part", flat=True))


@pytest.fixture
def own_backend(world: World) -> int:
    """The process that serves the test itself."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return int(cursor.fetchone()[0])


async def test_a_lost_connection_is_made_anew_and_nothing_is_doubled(
    identity: Identity, own_backend: int
) -> None:
    async with (
        running_gateway(limits=Limits(patience_seconds=600)) as gateway,
        FakeDevice(identity, gateway.port) as device,
    ):
        await device.connect()
        await device.tell(device.entry(finding=finding("disk:1")))
        await in_database(lambda: cut_all_but(own_backend))
        assert (await device.tell(device.entry(finding=finding("disk:2")))).sequence == 2
        assert await in_database(parts) == ["disk:1", "disk:2"]


def cut_all_but(spared: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE pid NOT IN (pg_backend_pid(), %s) AND datname = current_database()",
            [spared],
        )
