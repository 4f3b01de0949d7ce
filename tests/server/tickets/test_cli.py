"""The command `ticket`."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result
from logix_server.effects.dispatch import run_pending
from logix_server.fleet.models import Unit
from logix_server.health.actions import apply_findings
from logix_server.tickets.cli import ticket

from tests.server import rows
from tests.server.health.told import finding
from tests.server.rows import NOW

pytestmark = [pytest.mark.database, pytest.mark.django_db]


def run(group: click.Command, *arguments: str, exit_code: int = 0) -> Result:
    result = CliRunner().invoke(group, arguments)
    assert result.exit_code == exit_code, result.output
    return result


def answer(group: click.Command, *arguments: str) -> Any:
    return json.loads(run(group, *arguments, "--json").stdout)


@pytest.fixture
def unit() -> Unit:
    unit = rows.unit()
    rows.contract(unit, purchased_on=date(2026, 1, 10))
    return unit


def test_tickets_are_listed_and_shown(unit: Unit) -> None:
    apply_findings([finding(unit.id, "a1"), finding(unit.id, "a2", part="disk:S2", severity=3)])
    run_pending(NOW)

    tickets = answer(ticket, "list")
    assert [(row["level"], row["part"]) for row in tickets] == [(2, "disk:S1"), (3, "disk:S2")]
    assert tickets[0]["deadline"] is None
    assert tickets[1]["deadline"] == "2026-03-02T14:00:00+00:00"
    assert tickets[0]["clauses"] == ["SUP-1", "WAR-1"]
    table = run(ticket, "list").stdout
    assert "no committed time" in table
    assert "2026-03-02 17:00" in table  # Istanbul

    shown = answer(ticket, "show", tickets[0]["number"])
    assert [event["kind"] for event in shown["events"]] == ["opened"]
    assert shown["faults"][0]["code"] == "disk.pending-sectors"
    assert tickets[0]["number"] in run(ticket, "show", tickets[0]["number"]).stdout


def test_a_ticket_that_is_not_there_is_refused() -> None:
    assert "LGX-2026-000123" in run(ticket, "show", "nope", exit_code=1).stderr
    assert answer(ticket, "list", "--open") == []
