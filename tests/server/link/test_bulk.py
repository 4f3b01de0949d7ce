"""Uploads over real mTLS: for which orders, how they go on, what is stored, what is refused."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from logix_common import reasons
from logix_common.diagnostics import CAPABILITY, MAX_BUNDLE_BYTES
from logix_common.errors import Refused
from logix_common.wire.v1 import bulk_pb2 as pb
from logix_server.link import bulk as bulk_module

from tests.fakes.device import FakeDevice, Identity, finding
from tests.fakes.uploader import Uploader
from tests.server import rows
from tests.server.link.conftest import World, in_database, running_gateway
from tests.until import until

pytestmark = [pytest.mark.database, pytest.mark.django_db(transaction=True), pytest.mark.timeout(100)]

CONTENT = os.urandom(200_000)


@dataclass
class Site:
    """A gateway and one appliance, for whose ticket a bundle was ordered."""

    gateway: Any
    folder: Path
    identity: Identity
    order_id: str
    number: str

    def uploader(self, identity: Identity | None = None) -> Uploader:
        return Uploader(identity or self.identity, self.gateway.port)

    @property
    def partials(self) -> list[Path]:
        return sorted((self.folder / "uploads").glob("*"))


def covered(serial: str) -> None:
    from logix_server.fleet.models import Unit

    rows.contract(Unit.objects.get(serial=serial), purchased_on=datetime.now(UTC).date())


def asked(serial: str) -> Any:
    from logix_server.fleet.models import Order

    return Order.objects.filter(unit__serial=serial, kind="collect-diagnostics").first()


async def ordered(world: World, gateway: Any, folder: Path, serial: str = "LGX-1") -> Site:
    """A device reports a fault that opens a ticket; what it is ordered for it."""
    identity = await in_database(lambda: world.identity(serial))
    await in_database(lambda: covered(serial))
    async with FakeDevice(identity, gateway.port) as device:
        await device.connect(capabilities=[CAPABILITY])
        await device.tell(device.entry(finding=finding(f"disk:{serial}")))
        order = (await device.answer("order")).order
        assert order.collect_diagnostics.codes == ["disk.pending-sectors"]
        assert order.collect_diagnostics.parts == [f"disk:{serial}"]
        return Site(gateway, folder, identity, order.order_id.hex(), order.collect_diagnostics.ticket)


@pytest.fixture
async def site(world: World, tmp_path: Path) -> AsyncIterator[Site]:
    async with running_gateway(data=tmp_path) as gateway:
        yield await ordered(world, gateway, tmp_path)


def attachments() -> list[dict[str, Any]]:
    from logix_server.tickets.models import Attachment

    fields = ("ticket__number", "size", "sha256", "origin", "public", "event__kind", "event__public")
    return list(Attachment.objects.order_by("id").values(*fields))


def state_of(order_id: str) -> str:
    from logix_server.fleet.models import Order

    return Order.objects.get(order_id=order_id).state


async def refusal(work: Any) -> str:
    with pytest.raises(Refused) as caught:
        await work
    return caught.value.reason


async def test_a_bundle_is_attached_to_the_ticket_it_was_ordered_for(site: Site) -> None:
    from logix_server.audit.models import Record

    async with site.uploader() as device:
        begun = await device.begin(site.order_id, CONTENT)
        assert (begun.offset, begun.stored) == (0, False)
        await device.chunks(CONTENT)
        done = await device.state()
        assert (done.offset, done.stored) == (len(CONTENT), True)
    [attached] = await in_database(attachments)
    assert (attached["ticket__number"], attached["size"]) == (site.number, len(CONTENT))
    assert (attached["origin"], attached["public"], attached["event__public"]) == (
        "diagnostics",
        False,
        False,
    )
    assert attached["event__kind"] == "attached"
    stored = site.folder / "blobs" / attached["sha256"][:2] / attached["sha256"][2:]
    assert stored.read_bytes() == CONTENT
    assert await in_database(lambda: state_of(site.order_id)) == "done"
    assert await in_database(Record.objects.filter(action="ticket.attach").count) == 1
    assert site.partials == []


async def test_the_same_order_is_stored_once_whatever_is_offered_again(site: Site) -> None:
    async with site.uploader() as device:
        assert (await device.upload(site.order_id, CONTENT)).stored
        assert (await device.begin(site.order_id, CONTENT)).stored
        assert (await device.begin(site.order_id, b"another")).stored
    assert len(await in_database(attachments)) == 1


async def test_an_upload_goes_on_where_it_broke_off(site: Site) -> None:
    async with site.uploader() as device:
        await device.begin(site.order_id, CONTENT)
        await device.chunks(CONTENT[:131_072])
        await until(lambda: site.partials and site.partials[0].stat().st_size == 131_072)
    async with site.uploader() as device:
        begun = await device.begin(site.order_id, CONTENT)
        assert begun.offset == 131_072
        await device.chunks(CONTENT[131_072:])
        assert (await device.state()).stored


async def test_an_upload_goes_on_at_another_gateway_once_the_first_has_ended(site: Site) -> None:
    async with running_gateway(data=site.folder) as first, Uploader(site.identity, first.port) as device:
        await device.begin(site.order_id, CONTENT)
        await device.chunks(CONTENT[:65_536])
        await until(lambda: site.partials and site.partials[0].stat().st_size == 65_536)
        async with site.uploader() as again:  # the first one still holds the file
            assert await refusal(again.begin(site.order_id, CONTENT)) == reasons.SERVER_BUSY
    async with site.uploader() as again:
        begun = await again.begin(site.order_id, CONTENT)
        assert begun.offset == 65_536
        await again.chunks(CONTENT[65_536:])
        assert (await again.state()).stored
    assert len(await in_database(attachments)) == 1


async def test_other_content_for_the_same_order_begins_anew(site: Site) -> None:
    async with site.uploader() as device:
        await device.begin(site.order_id, CONTENT)
        await device.chunks(CONTENT[:65_536])
        await until(lambda: site.partials and site.partials[0].stat().st_size == 65_536)
        again = b"collected anew"
        assert (await device.begin(site.order_id, again)).offset == 0
        assert len(site.partials) == 1
        await device.chunks(again)
        assert (await device.state()).stored
    assert (await in_database(attachments))[0]["size"] == len(again)


async def test_the_newer_of_two_calls_goes_on(site: Site) -> None:
    async with site.uploader() as old, site.uploader() as new:
        await old.begin(site.order_id, CONTENT)
        begun = await new.begin(site.order_id, CONTENT)
        assert begun.offset == 0
        assert await refusal(old.state()) == reasons.REPLACED_BY_NEWER_STREAM
        await new.chunks(CONTENT)
        assert (await new.state()).stored
    assert len(await in_database(attachments)) == 1


async def test_what_is_not_as_announced_is_refused_and_may_come_again(site: Site) -> None:
    async with site.uploader() as device:
        await device.begin(site.order_id, CONTENT)
        await device.chunks(bytes(len(CONTENT)))
        assert await refusal(device.state()) == reasons.UPLOAD_REFUSED
        assert site.partials == []
        assert (await device.upload(site.order_id, CONTENT)).stored
    assert [one["size"] for one in await in_database(attachments)] == [len(CONTENT)]


async def test_eight_megabytes_and_no_more(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk_module, "BYTES_PER_SECOND", 1e9)
    async with site.uploader() as device:
        begin = device.begin(site.order_id, b"x", size=MAX_BUNDLE_BYTES + 1)
        assert await refusal(begin) == reasons.UPLOAD_REFUSED
        whole = os.urandom(MAX_BUNDLE_BYTES)
        assert (await device.upload(site.order_id, whole)).stored
    assert [one["size"] for one in await in_database(attachments)] == [MAX_BUNDLE_BYTES]


async def test_a_device_sends_nothing_for_the_order_of_another(site: Site, world: World) -> None:
    other = await in_database(lambda: world.identity("LGX-2"))
    async with site.uploader(other) as stranger:
        assert await refusal(stranger.begin(site.order_id, CONTENT)) == reasons.UPLOAD_UNKNOWN
        assert await refusal(stranger.begin("ab" * 16, CONTENT)) == reasons.UPLOAD_UNKNOWN
    assert site.partials == []
    async with site.uploader() as device:
        assert (await device.upload(site.order_id, CONTENT)).stored
    async with site.uploader(other) as stranger:  # also where it is there already
        assert await refusal(stranger.begin(site.order_id, CONTENT)) == reasons.UPLOAD_UNKNOWN


async def test_an_order_of_another_kind_takes_nothing(site: Site) -> None:
    from logix_server.fleet import actions
    from logix_server.fleet.models import Unit

    def renew() -> str:
        unit = Unit.objects.get(serial="LGX-1")
        order = actions.give_order(unit, "renew-certificate", "operator:test", datetime.now(UTC))
        return str(order.order_id)

    order_id = await in_database(renew)
    async with site.uploader() as device:
        assert await refusal(device.begin(order_id, CONTENT)) == reasons.UPLOAD_UNKNOWN


async def test_an_order_that_is_over_takes_nothing(site: Site) -> None:
    from logix_server.fleet import actions

    await in_database(lambda: actions.expire_orders(datetime.now(UTC) + timedelta(days=8)))
    async with site.uploader() as device:
        assert await refusal(device.begin(site.order_id, CONTENT)) == reasons.UPLOAD_UNKNOWN


async def test_a_revoked_device_is_refused_also_between_two_chunks(site: Site) -> None:
    from logix_server.fleet import actions
    from logix_server.fleet.models import Unit

    def revoke() -> None:
        unit = Unit.objects.get(serial="LGX-1")
        actions.revoke(unit, "stolen", "operator:test", datetime.now(UTC))

    async with site.uploader() as device:
        await device.begin(site.order_id, CONTENT)
        await device.chunks(CONTENT[:65_536])
        await in_database(revoke)
        await device.chunks(CONTENT[65_536:])
        assert await refusal(device.state()) == reasons.CERTIFICATE_REVOKED
    assert await in_database(attachments) == []


@pytest.mark.parametrize(
    "changes",
    [{"order_id": b""}, {"order_id": bytes(17)}, {"sha256": b"short"}, {"size": 0}, {"sha256": b""}],
)
async def test_a_malformed_beginning_is_refused(site: Site, changes: dict[str, Any]) -> None:
    async with site.uploader() as device:
        assert await refusal(device.begin(site.order_id, CONTENT, **changes)) == reasons.INVALID_MESSAGE


async def test_garbage_in_an_upload_is_refused_and_what_was_good_is_kept(site: Site) -> None:
    wrong = [
        b"\xff\xff\xff",
        pb.UploadMessage().SerializeToString(),
        pb.UploadMessage(chunk=b"").SerializeToString(),
        pb.UploadMessage(chunk=bytes(262_145)).SerializeToString(),
        pb.UploadMessage(begin=pb.UploadBegin()).SerializeToString(),
    ]
    async with site.uploader() as device:
        await device.begin(site.order_id, CONTENT)
        await device.chunks(CONTENT[:65_536])
        await until(lambda: site.partials and site.partials[0].stat().st_size == 65_536)
        for raw in wrong:
            assert (await device.begin(site.order_id, CONTENT)).offset == 65_536
            await device.send_raw(raw)
            assert await refusal(device.state()) == reasons.INVALID_MESSAGE


async def test_more_than_was_announced_is_refused(site: Site) -> None:
    async with site.uploader() as device:
        await device.begin(site.order_id, CONTENT[:100])
        await device.chunks(CONTENT[:101])
        assert await refusal(device.state()) == reasons.INVALID_MESSAGE


async def test_nothing_is_acknowledged_where_nothing_can_be_stored(site: Site) -> None:
    (site.folder / "blobs").write_text("no directory")
    async with site.uploader() as device:
        await device.begin(site.order_id, CONTENT)
        await device.chunks(CONTENT)
        assert await refusal(device.state()) == reasons.STORE_UNAVAILABLE
        assert await in_database(attachments) == []
        (site.folder / "blobs").unlink()
        begun = await device.begin(site.order_id, CONTENT)
        assert begun.offset == len(CONTENT)  # nothing is sent twice
        assert (await device.state()).stored


async def test_a_device_that_sends_nothing_is_sent_away(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bulk_module, "IDLE_SECONDS", 0.1)
    async with site.uploader() as device:
        await device.begin(site.order_id, CONTENT)
        assert await refusal(device.state()) == reasons.TOO_SLOW


async def test_a_device_that_sends_by_drops_is_sent_away_and_keeps_what_it_sent(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk_module, "GRACE_SECONDS", 0.0)
    monkeypatch.setattr(bulk_module, "SLOWEST", 1e12)
    async with site.uploader() as device:
        await device.begin(site.order_id, CONTENT)
        await device.chunks(CONTENT[:1])
        assert await refusal(device.state()) == reasons.TOO_SLOW
        monkeypatch.undo()
        assert (await device.begin(site.order_id, CONTENT)).offset == 1
        await device.chunks(CONTENT[1:])
        assert (await device.state()).stored


async def test_one_device_holds_few_uploads(site: Site) -> None:
    async with site.uploader() as first, site.uploader() as second, site.uploader() as third:
        for one in (first, second):  # they have said nothing yet, and hold their places
            one.call = one._channel.stream_stream("/logix.wire.v1.Bulk/Upload")()
            await one.call.write(b"")
        held = site.gateway._bulk._held
        assert await refusal(first.state()) == reasons.INVALID_MESSAGE
        await until(lambda: not held)
        held += [site.identity.device_id] * 2
        assert await refusal(third.begin(site.order_id, CONTENT)) == reasons.RATE_LIMITED
        held.clear()
        assert (await third.upload(site.order_id, CONTENT)).stored


async def test_two_tickets_at_once_each_get_their_bundle(site: Site, world: World) -> None:
    second = await ordered(world, site.gateway, site.folder, "LGX-2")
    async with site.uploader() as one, second.uploader() as two:
        await one.begin(site.order_id, CONTENT)
        await two.begin(second.order_id, CONTENT)  # even the same content
        await one.chunks(CONTENT)
        await two.chunks(CONTENT)
        assert (await one.state()).stored
        assert (await two.state()).stored
    told = await in_database(attachments)
    assert {one["ticket__number"] for one in told} == {site.number, second.number}


async def test_an_agent_that_does_not_know_the_order_is_not_asked(world: World, gateway: Any) -> None:
    from logix_server.effects.models import Effect
    from logix_server.tickets.models import Ticket

    identity = await in_database(lambda: world.identity("LGX-9"))
    await in_database(lambda: covered("LGX-9"))
    async with FakeDevice(identity, gateway.port) as device:
        await device.connect()
        await device.tell(device.entry(finding=finding()))
        opened = Effect.objects.filter(kind="ticket.opened", done_at__isnull=False)
        await until(lambda: in_database(opened.exists))
    assert await in_database(Ticket.objects.count) == 1
    assert await in_database(lambda: asked("LGX-9")) is None
