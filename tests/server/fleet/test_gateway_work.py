"""What a gateway finds to do: orders, streams to end, streams that were replaced; positions and last-seen."""

from __future__ import annotations

import uuid

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from logix_common import reasons
from logix_common.errors import InvalidInput
from logix_server.audit.models import Record
from logix_server.fleet import actions, queries
from logix_server.fleet.facts import InventoryTold, LiveStream, OrderOutcome, Position, Seen
from logix_server.fleet.models import Inventory, Order, Presence, SpoolPosition, Unit

pytestmark = [pytest.mark.database, pytest.mark.django_db]

BY = "operator:test"


@pytest.fixture
def online(fleet):
    """(unit, certificate serial, its live stream)"""
    unit, serial = fleet.enrolled()
    stream, _ = fleet.connect(unit, serial)
    return unit, serial, LiveStream(unit.pk, stream.stream_id, serial)


def work(fleet, *live, gateway="gateway-1"):
    return queries.for_gateway(gateway, live, fleet.now)


def test_an_order_goes_to_the_gateway_that_holds_the_unit(fleet, online):
    unit, _, live = online
    order = actions.give_order(unit, Order.Kind.REPORT_FULL_STATE, BY, fleet.now)
    [waiting] = work(fleet, live).orders
    assert (waiting.order_id, waiting.stream_id, waiting.kind) == (
        order.order_id,
        live.stream_id,
        "report-full-state",
    )
    assert work(fleet, gateway="gateway-2").orders == ()
    fleet.connect(unit, live.certificate_serial, gateway_id="gateway-2")
    assert work(fleet).orders == ()
    assert len(work(fleet, gateway="gateway-2").orders) == 1


def test_the_same_order_is_not_given_twice(fleet, online):
    unit = online[0]
    first = actions.give_order(unit, "renew-certificate", BY, fleet.now)
    assert actions.give_order(unit, "renew-certificate", BY, fleet.now) == first
    assert actions.give_order(unit, "report-full-state", BY, fleet.now) != first


def test_an_order_is_sent_again_after_a_minute_five_times_at_most(fleet, online):
    unit, _, live = online
    order = actions.give_order(unit, "report-full-state", BY, fleet.now)
    for _ in range(5):
        assert len(work(fleet, live).orders) == 1
        actions.order_sent([order.order_id], fleet.now)
        fleet.move(seconds=59)
        assert work(fleet, live).orders == ()
        fleet.move(seconds=1)
    assert work(fleet, live).orders == ()
    assert actions.expire_orders(fleet.now) == 1
    order.refresh_from_db()
    assert order.state == Order.State.FAILED


def test_an_order_for_one_that_is_away_waits_and_expires(fleet, online):
    unit, _, live = online
    actions.closed([live.stream_id], fleet.now)
    order = actions.give_order(unit, "report-full-state", BY, fleet.now)
    assert work(fleet).orders == ()
    fleet.move(days=7)
    assert actions.expire_orders(fleet.now) == 1
    order.refresh_from_db()
    assert order.state == Order.State.EXPIRED
    assert actions.expire_orders(fleet.now) == 0
    told = Record.objects.get(action="order.expire")
    assert (told.actor, told.detail) == ("system:jobs", {"expired": 1, "sent_too_often": 0})


def test_an_answered_order_is_neither_sent_again_nor_expired(fleet, online):
    unit = online[0]
    order = actions.give_order(unit, "report-full-state", BY, fleet.now)
    actions.order_answered(unit.pk, order.order_id, OrderOutcome.DONE, "", fleet.now)
    fleet.move(days=8)
    actions.order_sent([order.order_id], fleet.now)
    assert actions.expire_orders(fleet.now) == 0
    order.refresh_from_db()
    assert (order.state, order.attempts) == (Order.State.DONE, 0)


@pytest.mark.parametrize(
    ("outcome", "state"), [("done", "done"), ("failed", "failed"), ("unsupported", "failed")]
)
def test_an_answer_closes_the_order_of_its_own_unit_only(fleet, online, outcome, state):
    unit = online[0]
    other, _ = fleet.enrolled("LGX2")
    order = actions.give_order(unit, "report-full-state", BY, fleet.now)
    actions.order_sent([order.order_id], fleet.now)
    actions.order_answered(other.pk, order.order_id, OrderOutcome(outcome), "mine", fleet.now)
    order.refresh_from_db()
    assert order.state == Order.State.SENT
    actions.order_answered(unit.pk, order.order_id, OrderOutcome(outcome), "x" * 900, fleet.now)
    actions.order_answered(unit.pk, order.order_id, OrderOutcome.FAILED, "again", fleet.now)
    order.refresh_from_db()
    assert order.state == state
    assert len(order.detail) == 500


def test_revocation_ends_the_live_stream_wherever_it_is(fleet, online):
    unit, _, live = online
    actions.revoke(unit, "stolen", BY, fleet.now)
    [ending] = work(fleet, live).endings
    assert (ending.stream_id, ending.reason) == (live.stream_id, reasons.CERTIFICATE_REVOKED)
    [ending] = work(fleet, live, gateway="gateway-9").endings
    assert ending.reason == reasons.CERTIFICATE_REVOKED


def test_a_stream_replaced_on_another_gateway_is_found(fleet, online):
    unit, serial, live = online
    second, _ = fleet.connect(unit, serial, gateway_id="gateway-2")
    [replaced] = work(fleet, live).replaced
    assert (replaced.stream_id, replaced.by_stream_id) == (live.stream_id, second.stream_id)
    assert replaced.same_certificate
    assert work(fleet, live).endings == ()


def test_an_answered_ping_is_a_conflict_until_an_operator_decides(fleet, online):
    unit, serial, live = online
    assert not actions.declare_conflict(unit.pk, {}, fleet.now, old_stream_id=live.stream_id)
    second, _ = fleet.connect(unit, serial, gateway_id="gateway-2")
    assert actions.declare_conflict(unit.pk, {"why": "both live"}, fleet.now, old_stream_id=live.stream_id)
    both = [live, LiveStream(unit.pk, second.stream_id, serial)]
    assert {ending.reason for ending in work(fleet, *both).endings} == {reasons.IDENTITY_CONFLICT}
    assert fleet.connect(unit, serial)[1].reason == reasons.IDENTITY_CONFLICT
    with pytest.raises(InvalidInput, match="resolve"):
        fleet.token(unit)
    assert actions.resolve_conflict(unit, BY, fleet.now, keep_current=True) is None
    assert fleet.connect(unit, serial)[1].unit_id == unit.pk


def test_a_conflict_that_is_over_by_itself_is_none(fleet, online):
    unit, serial, live = online
    second, _ = fleet.connect(unit, serial)
    actions.closed([second.stream_id], fleet.now)
    assert not actions.declare_conflict(unit.pk, {}, fleet.now, old_stream_id=live.stream_id)
    unit.refresh_from_db()
    assert unit.state == Unit.State.ACTIVE


def test_resolving_by_enrolling_anew_ends_every_old_certificate(fleet, online):
    unit, serial, _ = online
    actions.declare_conflict(unit.pk, {}, fleet.now)
    token = actions.resolve_conflict(unit, BY, fleet.now, keep_current=False)
    assert fleet.connect(unit, serial)[1].reason == reasons.CERTIFICATE_REVOKED
    assert fleet.enrol(token.token).device_id == unit.device_id


def test_the_work_of_many_streams_takes_few_statements(fleet, online):
    live = [LiveStream(n, uuid.uuid4().hex, "1") for n in range(10**9, 10**9 + 2_000)]
    with CaptureQueriesContext(connection) as captured:
        found = work(fleet, online[2], *live)
    assert len(captured) <= 6
    assert len(found.endings) == 2_000


def test_positions_only_rise_and_belong_to_their_spool(fleet, online):
    unit = online[0]
    actions.advance([Position(unit.pk, "a" * 32, 5), Position(unit.pk, "a" * 32, 3)], fleet.now)
    actions.advance([Position(unit.pk, "a" * 32, 4), Position(unit.pk, "b" * 32, 1)], fleet.now)
    assert queries.applied(unit.pk, "a" * 32) == 5
    assert queries.applied(unit.pk, "b" * 32) == 1
    assert queries.applied(unit.pk, "c" * 32) == 0
    big = 2**62
    actions.advance([Position(unit.pk, "a" * 32, big)], fleet.now)
    assert SpoolPosition.objects.get(spool_id="a" * 32).sequence == big


def test_last_seen_is_that_of_the_standing_stream(fleet, online):
    unit, _, live = online
    fleet.move(seconds=10)
    actions.seen([Seen(unit.pk, live.stream_id, fleet.now, -7), Seen(unit.pk, "other", fleet.now, 9)])
    presence = Presence.objects.get()
    assert (presence.last_seen_at, presence.skew_us) == (fleet.now, -7)
    actions.closed(["other"], fleet.now)
    presence.refresh_from_db()
    assert presence.disconnected_at is None
    actions.seen([])
    actions.closed([], fleet.now)


def told(fleet, unit, version: str, content=None) -> InventoryTold:
    return InventoryTold(unit.pk, fleet.now, version, "p1", content or {"disks": [{"serial": "S1"}]})


def test_an_inventory_is_kept_when_it_differs(fleet, online):
    unit = online[0]
    assert actions.store_inventories([told(fleet, unit, "1"), told(fleet, unit, "1")]) == 1
    assert actions.store_inventories([told(fleet, unit, "1")]) == 0
    assert actions.store_inventories([told(fleet, unit, "2"), told(fleet, unit, "1")]) == 2
    assert queries.newest_inventory(unit).product_version == "1"
    assert queries.newest_inventory(unit).content == {"disks": [{"serial": "S1"}]}


def test_old_inventories_are_pruned(fleet, online):
    unit = online[0]
    actions.store_inventories([told(fleet, unit, str(n)) for n in range(103)])
    assert actions.prune_inventories(fleet.now) == 3
    assert Inventory.objects.count() == 100
    assert queries.newest_inventory(unit).product_version == "102"
