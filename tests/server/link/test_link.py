"""Streams over real mTLS: who gets in, what is stored, what is acknowledged."""

from __future__ import annotations

from typing import Any

import pytest

from tests.fakes.device import FakeDevice, report
from tests.server.link.conftest import World, in_database

pytestmark = [pytest.mark.database, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def identity(world: World) -> Any:
    return world.identity("LGX-1")


async def test_a_device_is_admitted_and_its_report_is_stored_before_the_ack(
    identity: Any, gateway: Any
) -> None:
    async with FakeDevice(identity, gateway.port) as device:
        welcome = await device.connect()
        ack = await device.tell(device.entry(health=report()))

        assert welcome.protocol == 1
        assert welcome.trust_bundle.version == 1
        assert ack.sequence == 1
        assert await in_database(stored_reports) == 1


def stored_reports() -> int:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM health_inbox")
        return int(cursor.fetchone()[0])
