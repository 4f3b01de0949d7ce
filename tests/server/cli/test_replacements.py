"""`logix-server replacement`."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest
from logix_server.effects.dispatch import run_pending
from logix_server.health.actions import apply_findings
from logix_server.tickets.models import Ticket

from tests.server import rows
from tests.server.cli.conftest import Console
from tests.server.health.told import finding
from tests.server.rows import NOW

pytestmark = [pytest.mark.database, pytest.mark.django_db]


@pytest.fixture
def ticket() -> Ticket:
    unit = rows.unit()
    rows.contract(unit, package="profesyonel", package_years=3, renewals=((rows.NOW.date(), 3),))
    apply_findings([finding(unit.id, "a1")])
    run_pending(NOW)
    return Ticket.objects.get()


def test_the_whole_way_of_an_advance_replacement(console: Console, ticket: Ticket, tmp_path: Path) -> None:
    asked = console.json(
        "replacement", "request", ticket.number, "--fault", "disk.smart-failed", "--why", "dead"
    )
    number, old = asked["number"], ticket.unit.serial
    decided = console.json("replacement", "decide", number, "--confirmed", "--found", "dead board")
    assert (decided["state"], decided["course"]) == ("confirmed", "advance")
    console.ok("replacement", "ship", number, "--carrier", "Aras", "--tracking", "TR1")
    bundle = tmp_path / "new.json"
    console.ok("replacement", "fit", number, "--serial", "LGX-NEW", "--bundle-out", str(bundle))
    assert stat.S_IMODE(bundle.stat().st_mode) == 0o600
    assert json.loads(bundle.read_text())["serial"] == "LGX-NEW"
    assert console.json("device", "show", old)["state"] == "decommissioned"
    console.ok("replacement", "receive", number, "--serial", old)
    closed = console.json("replacement", "close", number)
    assert [step["state"] for step in closed["steps"]][-2:] == ["received", "closed"]
    assert [one["number"] for one in console.json("replacement", "list", "--device", old)] == [number]
    assert console.json("replacement", "list", "--open") == []


def test_refusals_say_what_to_do(console: Console, ticket: Ticket) -> None:
    assert "RMA-000123" in console.refused("replacement", "show", "RMA-1")
    assert "no fault has the code" in console.refused(
        "replacement", "request", ticket.number, "--fault", "x.y"
    )
    number = console.json("replacement", "request", ticket.number)["number"]
    assert "not allowed" in console.refused("replacement", "ship", number)
    refused = console.json(
        "replacement", "decide", number, "--confirmed", "--cause", "electrical", "--found", "burnt"
    )
    assert (refused["state"], refused["clauses"]) == ("refused", ["WAR-5"])
