"""The command `fault`."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result
from logix_server.effects.dispatch import run_pending
from logix_server.health.actions import apply_findings
from logix_server.health.cli import fault

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
