"""A unit that fell silent gets its ticket, where its contract gives one."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from logix_server.audit.models import Record
from logix_server.effects import outbox
from logix_server.effects.dispatch import run_pending
from logix_server.fleet.models import Presence, Unit
from logix_server.tickets.models import Ticket

from tests.server import rows
from tests.server.rows import NOW

pytestmark = [pytest.mark.database, pytest.mark.django_db]


def kinds(ticket: Ticket) -> list[str]:
    return list(ticket.events.order_by("id").values_list("kind", flat=True))


def silent(unit: Unit, last_seen: datetime, now: datetime) -> None:
    outbox.put("unit.silent", {"unit_id": unit.id, "last_seen_at": last_seen.isoformat()}, now)
    run_pending(now)


def test_a_silent_unit_gets_a_level_3_ticket_once() -> None:
    unit = rows.unit()
    rows.contract(unit, package="standart")
    silent(unit, NOW - timedelta(days=1), NOW)
    silent(unit, NOW - timedelta(days=1), NOW)
    ticket = Ticket.objects.get()
    assert (ticket.level, ticket.level_clauses, ticket.part) == (3, ["PRI-2"], "unit")
    assert ticket.clauses == ["MAT-2", "SUP-2"]
    assert kinds(ticket) == ["opened"]
    silent(unit, NOW + timedelta(days=1), NOW + timedelta(days=2))
    assert kinds(ticket) == ["opened", "note"]


def test_a_silent_unit_without_support_gets_no_ticket() -> None:
    unit = rows.unit()
    rows.contract(unit, purchased_on=date(2024, 6, 1))
    silent(unit, NOW - timedelta(days=1), NOW)
    assert Ticket.objects.count() == 0
    assert Record.objects.get(action="unit.silence-not-covered").detail["clauses"] == ["SUP-1"]


def test_a_unit_heard_again_in_the_meantime_gets_no_ticket() -> None:
    unit = rows.unit()
    rows.contract(unit)
    Presence.objects.create(
        unit=unit, gateway_id="g", stream_id="s", certificate_serial="1", boot_id="b", agent_version="1",
        protocol=1, trust_version=1, connected_at=NOW, last_seen_at=NOW, skew_us=0,
    )  # fmt: skip
    silent(unit, NOW - timedelta(days=1), NOW)
    assert Ticket.objects.count() == 0
