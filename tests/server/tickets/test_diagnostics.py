"""What a ticket asks of its device, what is attached, how long it is kept and who took it out."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from logix_common import reasons
from logix_common.diagnostics import CAPABILITY, MAX_BUNDLE_BYTES
from logix_common.errors import Refused
from logix_server.audit.models import Record
from logix_server.blob_directory import BlobDirectory
from logix_server.blobs import BlobRef
from logix_server.effects.dispatch import run_pending
from logix_server.fleet import actions as fleet
from logix_server.fleet import queries
from logix_server.fleet.facts import OrderOutcome
from logix_server.fleet.models import Order, Presence, Unit
from logix_server.health.actions import apply_findings
from logix_server.pki.models import Certificate
from logix_server.tickets import aging, diagnostics
from logix_server.tickets.cli import ticket as command
from logix_server.tickets.models import Attachment, Ticket, TicketEvent

from tests.fakes.blobs import FakeBlobs
from tests.server import rows
from tests.server.health.told import finding
from tests.server.rows import NOW

pytestmark = [pytest.mark.database, pytest.mark.django_db]

SERIAL = "c0ffee"
REF = BlobRef("ab" * 32, 1_000)


def online(unit: Unit, *capabilities: str) -> None:
    Presence.objects.create(
        unit=unit,
        gateway_id="g",
        stream_id="s",
        certificate_serial=SERIAL,
        boot_id="b",
        agent_version="1",
        capabilities=list(capabilities),
        protocol=1,
        trust_version=1,
        connected_at=NOW,
        last_seen_at=NOW,
        skew_us=0,
    )
    Certificate.objects.create(
        serial_number=SERIAL,
        device_id=unit.device_id,
        state=Certificate.State.ACTIVE,
        state_at=NOW,
        not_before=NOW,
        not_after=NOW + timedelta(days=400),
        issued_at=NOW,
        public_key_sha256="0" * 64,
        pem="",
    )


@pytest.fixture
def unit() -> Unit:
    unit = rows.unit()
    rows.contract(unit)
    online(unit, CAPABILITY, "renewal")
    return unit


def tell(unit: Unit, name: str = "a1", at: datetime = NOW, **told: Any) -> None:
    apply_findings([finding(unit.id, name, at=at, **told)])
    while run_pending(at):
        pass


def orders() -> list[Order]:
    return list(Order.objects.filter(kind="collect-diagnostics").order_by("created_at", "order_id"))


def attach(unit: Unit, order: Order, ref: BlobRef = REF, now: datetime = NOW) -> None:
    diagnostics.attach(unit.device_id, SERIAL, order.order_id, ref, now)


def test_a_ticket_asks_its_device_for_what_bears_on_its_fault(unit: Unit) -> None:
    tell(unit)
    [order] = orders()
    ticket = Ticket.objects.get()
    fault = ticket.fault_links.get().fault
    assert order.unit == unit
    assert order.payload == {"ticket": ticket.number, "codes": [fault.code], "parts": [fault.part]}


@pytest.mark.parametrize("capabilities", [[], ["renewal"], "diagnostics", None])
def test_an_older_agent_is_not_asked(capabilities: Any) -> None:
    unit = rows.unit()
    rows.contract(unit)
    if capabilities is not None:
        online(unit)
        Presence.objects.update(capabilities=capabilities)
    tell(unit)
    assert Ticket.objects.count() == 1
    assert orders() == []


def test_a_device_that_floods_us_is_asked_so_often_a_day(unit: Unit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(diagnostics, "MOST_A_DAY", 2)
    for number in range(3):
        tell(unit, f"{number:032x}"[-8:], part=f"disk:S{number}")
    assert Ticket.objects.count() == 3
    assert len(orders()) == 2
    assert "2" in TicketEvent.objects.get(key__startswith="no-diagnostics:").detail["text"]


@pytest.mark.parametrize("how", ["failed", "expired"])
def test_a_ticket_says_that_nothing_comes_and_why(unit: Unit, how: str) -> None:
    tell(unit)
    [order] = orders()
    if how == "failed":
        fleet.order_answered(unit.pk, order.order_id, OrderOutcome.FAILED, "no disk takes it", NOW)
    else:
        fleet.expire_orders(NOW + timedelta(days=7))
    while run_pending(NOW + timedelta(days=7)):
        pass
    told = TicketEvent.objects.get(key__startswith="no-diagnostics:")
    assert ("no disk takes it" if how == "failed" else "not answered in time") in told.detail["text"]
    assert not told.public


def test_a_device_that_only_says_that_it_has_sent_them_is_not_believed(unit: Unit) -> None:
    tell(unit)
    [order] = orders()
    fleet.order_answered(unit.pk, order.order_id, OrderOutcome.DONE, "300000 bytes", NOW)
    while run_pending(NOW):
        pass
    order.refresh_from_db()
    assert order.state == Order.State.FAILED
    assert "nothing has come" in TicketEvent.objects.get(key__startswith="no-diagnostics:").detail["text"]


def test_its_word_changes_nothing_once_they_have_come(unit: Unit) -> None:
    tell(unit)
    [order] = orders()
    attach(unit, order)
    fleet.order_answered(unit.pk, order.order_id, OrderOutcome.DONE, "300000 bytes", NOW)
    order.refresh_from_db()
    assert order.state == Order.State.DONE
    assert not TicketEvent.objects.filter(key__startswith="no-diagnostics:").exists()


def test_an_order_is_handed_out_until_it_is_done_or_out_of_date(unit: Unit) -> None:
    tell(unit)
    [order] = orders()
    for _ in range(20):
        [waiting] = queries.for_gateway("g", (), now := order.created_at).orders
        assert waiting.payload == order.payload
        fleet.order_sent([order.order_id], now)
        assert queries.for_gateway("g", (), now + timedelta(seconds=119)).orders == ()
        Order.objects.update(sent_at=now - timedelta(seconds=120))
    assert fleet.expire_orders(NOW) == 0
    Order.objects.update(sent_at=now)
    assert queries.for_gateway("g", (), now + timedelta(seconds=60)).orders == ()
    Presence.objects.update(connected_at=now + timedelta(seconds=1))  # a new stream is told at once
    assert len(queries.for_gateway("g", (), now + timedelta(seconds=60)).orders) == 1
    attach(unit, order)
    assert queries.for_gateway("g", (), NOW + timedelta(hours=1)).orders == ()


def test_what_came_is_attached_once(unit: Unit) -> None:
    tell(unit)
    [order] = orders()
    assert diagnostics.awaited(unit.device_id, SERIAL, order.order_id, 1_000, NOW)
    attach(unit, order)
    attach(unit, order)
    attach(unit, order, BlobRef("cd" * 32, 5))
    attached = Attachment.objects.get()
    assert (attached.sha256, attached.size, attached.public) == (REF.sha256, REF.size, False)
    assert attached.expires_at == NOW + timedelta(days=90)
    assert attached.event is not None
    assert attached.event.detail == {"names": [attached.name]}
    assert not attached.event.public
    order.refresh_from_db()
    assert order.state == Order.State.DONE
    assert not diagnostics.awaited(unit.device_id, SERIAL, order.order_id, 1_000, NOW)
    assert Record.objects.filter(action="ticket.attach").count() == 1


def test_too_much_is_refused_before_it_is_sent(unit: Unit) -> None:
    tell(unit)
    [order] = orders()
    assert diagnostics.awaited(unit.device_id, SERIAL, order.order_id, MAX_BUNDLE_BYTES, NOW)
    with pytest.raises(Refused, match=reasons.UPLOAD_REFUSED):
        diagnostics.awaited(unit.device_id, SERIAL, order.order_id, MAX_BUNDLE_BYTES + 1, NOW)


def test_who_may_send_is_looked_at_when_it_is_stored(unit: Unit) -> None:
    tell(unit)
    [order] = orders()
    other = rows.unit()
    with pytest.raises(Refused, match=reasons.UNKNOWN_DEVICE):  # another's certificate
        diagnostics.attach(other.device_id, SERIAL, order.order_id, REF, NOW)
    Certificate.objects.update(device_id=other.device_id)
    with pytest.raises(Refused, match=reasons.UPLOAD_UNKNOWN):  # another's order
        diagnostics.attach(other.device_id, SERIAL, order.order_id, REF, NOW)
    Certificate.objects.update(device_id=unit.device_id, state=Certificate.State.REVOKED)
    with pytest.raises(Refused, match=reasons.CERTIFICATE_REVOKED):
        attach(unit, order)
    Certificate.objects.update(state=Certificate.State.ACTIVE)
    with pytest.raises(Refused, match=reasons.UPLOAD_UNKNOWN):
        attach(unit, order, now=NOW + timedelta(days=8))
    Unit.objects.filter(pk=unit.pk).update(state=Unit.State.CONFLICT)
    with pytest.raises(Refused, match=reasons.IDENTITY_CONFLICT):
        attach(unit, order)
    assert not Attachment.objects.exists()


def test_a_bundle_is_forgotten_after_its_days_and_its_mention_stays(unit: Unit) -> None:
    tell(unit)
    attach(unit, orders()[0], ref := FakeBlobs().put([b"bundle"]))
    store = FakeBlobs()
    store.put([b"bundle"])
    store.put_at[ref.sha256] = NOW
    aging.forget_files(NOW + timedelta(days=89))
    aging.sweep(NOW + timedelta(days=89), store)
    assert ref.sha256 in store.contents
    aging.forget_files(NOW + timedelta(days=90))
    aging.sweep(NOW + timedelta(days=92), store)
    assert store.contents == {}
    assert Attachment.objects.get().removed_at is not None


# -- taking out --------------------------------------------------------------------------------------------


@pytest.fixture
def stored(unit: Unit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> BlobDirectory:
    """A bundle in a store that the command uses."""
    store = BlobDirectory(tmp_path / "blobs")
    monkeypatch.setattr("logix_server.blob_directory.store", lambda: store)
    tell(unit)
    attach(unit, orders()[0], store.put([b"a bundle"]))
    return store


def run(*arguments: str) -> Result:
    return CliRunner().invoke(command, ["attachment", *arguments])


def test_attachments_are_listed_and_taken_out_on_record(stored: BlobDirectory, tmp_path: Path) -> None:
    number, found = Ticket.objects.get().number, Attachment.objects.get()
    [listed] = json.loads(run("list", number, "--json").stdout)
    assert (listed["id"], listed["origin"], listed["size"]) == (found.id, "diagnostics", 8)
    out = tmp_path / "out.tar.gz"
    done = run("get", number, str(found.id), "--out", str(out))
    assert done.exit_code == 0, done.output
    assert out.read_bytes() == b"a bundle"
    assert out.stat().st_mode & 0o777 == 0o600
    read = Record.objects.get(action="ticket.attachment-read")
    assert read.subject == f"ticket:{number}"
    assert read.actor.startswith("operator:")


def test_nothing_is_written_over_and_nothing_of_another_ticket_is_taken(
    stored: BlobDirectory, unit: Unit, tmp_path: Path
) -> None:
    tell(unit, "b2", part="disk:S2")
    first, second = Ticket.objects.order_by("id")
    found = Attachment.objects.get()
    out = tmp_path / "there"
    out.write_text("mine")
    assert run("get", first.number, str(found.id), "--out", str(out)).exit_code != 0
    assert out.read_text() == "mine"
    other = run("get", second.number, str(found.id), "--out", str(tmp_path / "new"))
    assert other.exit_code != 0
    assert not (tmp_path / "new").exists()


def test_a_blob_that_was_changed_is_not_handed_out(stored: BlobDirectory, tmp_path: Path) -> None:
    found = Attachment.objects.get()
    place = tmp_path / "blobs" / found.sha256[:2] / found.sha256[2:]
    place.write_bytes(b"A BUNDLE")
    done = run("get", found.ticket.number, str(found.id), "--out", str(tmp_path / "new"))
    assert done.exit_code != 0
    assert not (tmp_path / "new").exists()
