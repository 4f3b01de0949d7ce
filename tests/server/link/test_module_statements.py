"""Module statements on the stream: after the Welcome, on change, never an old one; and what devices tell."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from logix_common.module_statement import MAX_COUNTER, ModuleStatement, parsed
from logix_common.wire.v1 import link_pb2

from tests.fakes.device import FakeDevice
from tests.server.link.conftest import World, in_database
from tests.until import until

pytestmark = [pytest.mark.database, pytest.mark.django_db(transaction=True)]


def contract(serial: str, purchased_on: date) -> Any:
    from logix_server.fleet.models import Unit

    from tests.server import rows

    unit = Unit.objects.get(serial=serial)
    rows.contract(unit, purchased_on=purchased_on)
    return unit


def review(now: datetime | None = None) -> None:
    from logix_server.modules import actions

    actions.review(now or datetime.now(UTC))


def renew(serial: str, now: datetime | None = None) -> None:
    from logix_server.contracts.models import UpdateRenewal
    from logix_server.fleet.models import Unit

    today = now or datetime.now(UTC)
    UpdateRenewal.objects.create(
        installation=Unit.objects.get(serial=serial).installation,
        starts_on=today.date() - timedelta(days=1),
        years=1,
        recorded_at=today,
        recorded_by="operator:test",
    )
    review(now)


def report_of(serial: str) -> Any:
    from logix_server.modules.models import ModuleReport

    return ModuleReport.objects.filter(unit__serial=serial).first()


async def statement(device: FakeDevice) -> ModuleStatement:
    for message in device.pushed:
        if message.HasField("module_statement"):
            device.pushed.remove(message)
            return parsed(message.module_statement.payload)
    return parsed((await device.answer("module_statement")).module_statement.payload)


async def test_it_comes_after_the_welcome_and_again_on_change(world: World, gateway: Any) -> None:
    identity = await in_database(lambda: world.identity("LGX1"))
    unit = await in_database(lambda: contract("LGX1", date(2020, 1, 1)))
    await in_database(review)
    async with FakeDevice(identity, gateway.port) as device:
        await device.connect()
        first = await statement(device)
        assert (first.device_id, first.counter) == (unit.device_id, 1)
        await in_database(lambda: renew("LGX1"))
        assert (await statement(device)).counter == 2


async def test_it_comes_whatever_the_clock_said_where_it_was_issued(world: World, gateway: Any) -> None:
    """A host whose clock is behind, or a review of so many units that it began long ago."""
    identity = await in_database(lambda: world.identity("LGX1"))
    await in_database(lambda: contract("LGX1", date(2020, 1, 1)))
    async with FakeDevice(identity, gateway.port) as device:
        await device.connect()
        await in_database(lambda: review(datetime.now(UTC) - timedelta(minutes=10)))
        assert (await statement(device)).counter == 1
        await in_database(lambda: renew("LGX1", datetime.now(UTC) - timedelta(minutes=9)))
        assert (await statement(device)).counter == 2


async def test_a_device_that_has_accepted_it_is_not_sent_it_again(world: World, gateway: Any) -> None:
    identity = await in_database(lambda: world.identity("LGX1"))
    await in_database(lambda: contract("LGX1", date(2020, 1, 1)))
    await in_database(review)
    async with FakeDevice(identity, gateway.port) as device:
        await device.connect(module_statement_counter=1)
        await in_database(lambda: renew("LGX1"))
        assert (await statement(device)).counter == 2


async def test_one_device_is_never_sent_anothers(world: World, gateway: Any) -> None:
    first = await in_database(lambda: world.identity("LGX1"))
    second = await in_database(lambda: world.identity("LGX2"))
    for serial in ("LGX1", "LGX2"):
        await in_database(lambda serial=serial: contract(serial, date(2020, 1, 1)))
    await in_database(review)
    async with FakeDevice(first, gateway.port) as one, FakeDevice(second, gateway.port) as two:
        await one.connect()
        await two.connect()
        assert (await statement(one)).device_id == first.device_id
        assert (await statement(two)).device_id == second.device_id


async def test_what_a_device_tells_of_its_modules_is_kept(world: World, gateway: Any) -> None:
    identity = await in_database(lambda: world.identity("LGX1"))
    async with FakeDevice(identity, gateway.port) as device:
        await device.connect()
        report = link_pb2.ModuleReport(counter=3, problem="bad\x1b[31m signature")
        report.modules.add(
            name="webfilter",
            security=False,
            wanted=link_pb2.MODULE_WANTED_DISABLED,
            running=link_pb2.MODULE_RUNNING_NO,
        )
        await device.send(link_pb2.DeviceMessage(module_report=report))
        await until(lambda: in_database(lambda: report_of("LGX1") is not None))
        kept = await in_database(lambda: report_of("LGX1"))
        assert kept.counter == 3
        assert "\x1b" not in kept.problem
        assert kept.modules == [
            {"name": "webfilter", "security": False, "wanted": "disabled", "running": "no", "problem": ""}
        ]


async def test_hostile_reports_are_bounded(world: World, gateway: Any) -> None:
    identity = await in_database(lambda: world.identity("LGX1"))
    async with FakeDevice(identity, gateway.port) as device:
        await device.connect(module_statement_counter=2**64 - 1)
        report = link_pb2.ModuleReport(counter=2**64 - 1, problem="x" * 5_000)
        report.modules.add(name="n" * 5_000, wanted=99, running=99, problem="p" * 5_000)
        await device.send(link_pb2.DeviceMessage(module_report=report))
        await until(lambda: in_database(lambda: report_of("LGX1") is not None))
        kept = await in_database(lambda: report_of("LGX1"))
        assert kept.counter == MAX_COUNTER
        assert (len(kept.problem), len(kept.modules[0]["name"])) == (500, 64)
        assert (kept.modules[0]["wanted"], kept.modules[0]["running"]) == (None, None)
        many = link_pb2.ModuleReport()
        for number in range(201):
            many.modules.add(name=f"m{number}")
        await device.send(link_pb2.DeviceMessage(module_report=many))
        refusal = await device.until_refused()
        assert refusal.reason == "invalid-message"


async def test_the_trust_bundle_brings_the_keys(world: World, gateway: Any) -> None:
    from logix_server.fleet import statement_rotation
    from logix_server.pki import queries

    identity = await in_database(lambda: world.identity("LGX1"))
    async with FakeDevice(identity, gateway.port) as device:
        welcome = await device.connect()
        known = await in_database(queries.newest_bundle)
        assert welcome.trust_bundle.statement_keys_pem == known.statement_keys_pem
        await in_database(lambda: statement_rotation.add_statement_key("operator:test", datetime.now(UTC)))
        pushed = (await device.answer("trust_bundle")).trust_bundle
        assert pushed.version == known.version + 1
        assert pushed.statement_keys_pem.startswith(known.statement_keys_pem)
        assert len(pushed.endorsements) == 1  # by the key that the device knows
