"""The commands `fault` and `device maintenance`."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result
from logix_server.contracts.decisions.terms import ISTANBUL
from logix_server.effects.dispatch import run_pending
from logix_server.health.actions import apply_findings
from logix_server.health.maintenance_cli import device
from logix_server.health.mute_cli import fault

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


def test_faults_are_listed_and_shown_with_what_was_decided() -> None:
    lapsed, covered = rows.unit(), rows.unit()
    rows.contract(lapsed, purchased_on=date(2022, 1, 1))
    rows.contract(covered)
    apply_findings([finding(lapsed.id, "b1"), finding(covered.id, "a1")])
    run_pending(NOW)

    refused = answer(fault, "list", "--refused")
    assert [(row["device"], row["clauses"]) for row in refused] == [(lapsed.serial, ["WAR-1", "SUP-1"])]
    assert "not covered" in run(fault, "list", "--device", lapsed.serial).stdout
    one = answer(fault, "show", str(refused[0]["id"]))
    assert one["evidence"][0]["value"] == "8"
    assert one["reason"]["tr"]
    assert "2024" in run(fault, "show", str(refused[0]["id"])).stdout


def test_a_fault_that_is_not_there_is_refused() -> None:
    assert "fault list" in run(fault, "show", "999999", exit_code=1).stderr


def test_mutes_are_made_listed_and_lifted() -> None:
    unit = rows.unit()
    rows.contract(unit)
    apply_findings([finding(unit.id, "a1")])
    run_pending(NOW)
    until = (datetime.now(UTC) + timedelta(days=30)).date()
    said = ["--part", "disk:S1", "--until", str(until), "--why", "a loose cable"]
    made = answer(fault, "mute", unit.serial, *said)
    assert (made["level"], made["urgent_too"], made["kept_back"]) == (2, False, 1)
    assert datetime.fromisoformat(made["until"]).astimezone(ISTANBUL).date() == until
    assert [row["id"] for row in answer(fault, "mutes", "--device", unit.serial)] == [made["id"]]
    table = run(fault, "mutes").stdout
    assert "a loose cable" in table
    (row,) = answer(fault, "list", "--device", unit.serial)
    assert row["state"] == "muted"
    shown = answer(fault, "show", str(row["id"]))
    assert (shown["suppressed_by"]["id"], shown["suppressed_by"]["why"]) == (made["id"], "a loose cable")
    lifted = run(fault, "unmute", str(made["id"]), "--why", "the cable is new").stdout
    assert "judged now: 1" in lifted
    assert answer(fault, "mutes") == []
    (ended,) = answer(fault, "mutes", "--all")
    assert (ended["state"], ended["ended_why"]) == ("lifted", "the cable is new")


def test_a_mute_needs_an_end_and_a_reason() -> None:
    unit = rows.unit()
    run(fault, "mute", unit.serial, "--why", "x", exit_code=2)
    run(fault, "mute", unit.serial, "--until", "2026-03-04", exit_code=2)
    assert "--level" in run(fault, "mute", unit.serial, *ahead(), "--why", "x", exit_code=1).stderr
    assert "no unit" in run(fault, "mute", "nope", *ahead(), "--why", "x", exit_code=1).stderr


def ahead() -> tuple[str, str]:
    return "--until", str((datetime.now(UTC) + timedelta(days=3)).date())


def test_a_maintenance_window_is_opened_shown_and_ended() -> None:
    unit = rows.unit()
    assert answer(device, "maintenance", unit.serial)["maintenance"] is None
    opened = answer(device, "maintenance", unit.serial, "--for", "1h30m", "--why", "a new fan")["maintenance"]
    lasts = datetime.fromisoformat(opened["until"]) - datetime.fromisoformat(opened["since"])
    assert (lasts, opened["why"], opened["kept_back"]) == (timedelta(minutes=90), "a new fan", 0)
    now = datetime.now(UTC)
    apply_findings([finding(unit.id, "a1", at=now)])
    assert answer(device, "show", unit.serial)["maintenance"]["kept_back"] == 1
    (row,) = answer(fault, "list", "--device", unit.serial)
    assert row["state"] == "suppressed"
    assert answer(device, "maintenance", unit.serial, "--end")["raised"] == 1
    assert answer(device, "show", unit.serial)["maintenance"] is None
    assert "no maintenance" in run(device, "maintenance", unit.serial, "--end", exit_code=1).stderr


@pytest.mark.parametrize(
    ("given", "exit_code"),
    [
        (["--for", "2d", "--why", "x"], 2),
        (["--for", "25h", "--why", "x"], 1),
        (["--for", "2h"], 1),
        (["--for", "2h", "--end"], 2),
    ],
)
def test_what_is_no_maintenance_window(given: list[str], exit_code: int) -> None:
    unit = rows.unit()
    run(device, "maintenance", unit.serial, *given, exit_code=exit_code)
    assert answer(device, "maintenance", unit.serial)["maintenance"] is None
