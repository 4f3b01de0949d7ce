"""The commands `contract`, `fault` and `ticket`."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result
from logix_server.accounts.models import Organisation
from logix_server.audit.models import Record
from logix_server.contracts.cli import contract
from logix_server.contracts.models import PackagePurchase
from logix_server.effects.dispatch import run_pending
from logix_server.fleet.models import Unit
from logix_server.health.actions import apply_findings
from logix_server.health.cli import fault
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


def test_a_package_is_added_and_shown_with_what_runs(unit: Unit) -> None:
    added = answer(
        contract, "add", unit.serial, "--package", "standart", "--from", "2026-01-10", "--years", "3"
    )
    assert added["packages"] == [
        {"package": "standart", "from": "2026-01-10", "years": 3, "last_day": "2029-01-10"}
    ]
    assert answer(contract, "show", unit.serial)["packages"] == added["packages"]
    record = Record.objects.get(action="contract.package")
    assert record.actor.startswith("operator:")
    assert "2029-01-10" in run(contract, "show", unit.serial).stdout


def test_a_customer_means_every_installation(unit: Unit) -> None:
    other = rows.unit(unit.installation.customer)
    run(contract, "add", "--customer", unit.installation.customer.name, "--package", "temel", exit_code=1)
    assert PackagePurchase.objects.count() == 0  # one place without a purchase: none gets the package
    rows.contract(other, renewals=((date(2027, 1, 10), 1),))
    run(contract, "add", "--customer", unit.installation.customer.name, "--package", "temel")
    bought = set(PackagePurchase.objects.values_list("installation_id", flat=True))
    assert bought == {unit.installation_id, other.installation_id}


def test_contracts_are_listed_by_installation(unit: Unit, django_assert_max_num_queries: Any) -> None:
    replacement = rows.unit(installation=unit.installation)
    last = Organisation.objects.create(kind="customer", name="Zirve", created_at=NOW)
    lapsed = rows.unit(last)
    rows.contract(lapsed, purchased_on=date(2022, 1, 1), hardware="customer")
    with django_assert_max_num_queries(6):
        listed = answer(contract, "list")
    assert [row["device"] for row in listed] == [replacement.serial, lapsed.serial]
    assert listed[0]["runs"] == answer(contract, "show", unit.serial)["runs"]
    assert listed[0]["runs"][0]["clauses"] == ["SUP-1"]
    mine = answer(contract, "list", "--customer", "Zirve")
    assert mine == answer(contract, "list", "--offset", "1") == listed[1:]
    table = run(contract, "list").stdout
    assert "none (WAR-3)" in table
    assert "ended 2023-01-01 (UPD-3)" in table


@pytest.mark.parametrize(
    ("arguments", "exit_code", "says"),
    [
        (["add", "SERIAL", "--package", "temel", "--years", "2"], 1, "SUP-2"),
        (["add", "SERIAL", "--package", "gold"], 2, "profesyonel"),
        (["add", "--package", "temel"], 2, "SERIAL"),
        (["add", "SERIAL", "--package", "temel", "--from", "yesterday"], 2, "2026-03-02"),
        (["renew", "SERIAL", "--years", "0"], 1, "years"),
        (["show", "NOBODY"], 1, "NOBODY"),
    ],
)
def test_what_is_refused_says_why(unit: Unit, arguments: list[str], exit_code: int, says: str) -> None:
    named = [unit.serial if word == "SERIAL" else word for word in arguments]
    result = run(contract, *named, exit_code=exit_code)
    assert says in result.stderr
    assert result.stdout == ""
    assert PackagePurchase.objects.count() == 0


def test_warranty_is_extended_once_and_only_while_the_model_is_sold(unit: Unit) -> None:
    run(contract, "extend-warranty", unit.serial, "--from", "2026-02-01")
    assert "WAR-2" in run(contract, "extend-warranty", unit.serial, exit_code=1).stderr
    run(contract, "lifecycle", "FW-100", "--end-of-sale", "2026-02-15", "--end-of-life", "2030-01-01")
    other = rows.unit()
    rows.contract(other)
    refused = run(contract, "extend-warranty", other.serial, "--from", "2026-02-20", exit_code=1)
    assert "LIF-2" in refused.stderr
    customers = rows.unit()
    rows.contract(customers, hardware="customer")
    assert "WAR-3" in run(contract, "extend-warranty", customers.serial, exit_code=1).stderr
    backwards = run(
        contract, "lifecycle", "X", "--end-of-sale", "2027-01-01", "--end-of-life", "2026-01-01", exit_code=1
    )
    assert "LIF" in backwards.stderr


def test_tickets_and_faults_are_listed_and_shown(unit: Unit) -> None:
    lapsed = rows.unit()
    rows.contract(lapsed, purchased_on=date(2022, 1, 1))
    apply_findings([finding(unit.id, "a1"), finding(unit.id, "a2", part="disk:S2", severity=3)])
    apply_findings([finding(lapsed.id, "b1")])
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

    refused = answer(fault, "list", "--refused")
    assert [(row["device"], row["clauses"]) for row in refused] == [(lapsed.serial, ["WAR-1", "SUP-1"])]
    assert "not covered" in run(fault, "list", "--device", lapsed.serial).stdout
    one = answer(fault, "show", str(refused[0]["id"]))
    assert one["evidence"][0]["value"] == "8"
    assert one["reason"]["tr"]
    assert "2024" in run(fault, "show", str(refused[0]["id"])).stdout


def test_what_is_not_there_is_refused(unit: Unit) -> None:
    assert "LGX-2026-000123" in run(ticket, "show", "nope", exit_code=1).stderr
    assert "fault list" in run(fault, "show", "999999", exit_code=1).stderr
    assert answer(ticket, "list", "--open") == []
