"""`logix-server contract` and `expiring` as an operator types them."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest
from click.testing import CliRunner, Result
from django.contrib.auth import get_user_model
from logix_server.accounts.models import Organisation
from logix_server.audit.models import Record
from logix_server.cli import cli
from logix_server.contracts.cli import contract
from logix_server.contracts.models import PackagePurchase, Purchase
from logix_server.fleet.models import Unit

from tests.server import rows
from tests.server.rows import NOW

pytestmark = [pytest.mark.database, pytest.mark.django_db]


def run(command: Any, *arguments: str, exit_code: int = 0) -> Result:
    done = CliRunner().invoke(command, arguments)
    assert done.exit_code == exit_code, (done.output, done.exception)
    return done


def answer(command: Any, *arguments: str) -> Any:
    return json.loads(run(command, *arguments, "--json").stdout)


@pytest.fixture
def unit() -> Unit:
    unit = rows.unit()
    rows.contract(unit)
    return unit


def test_a_mistake_is_set_right_in_one_step_and_stays_in_the_history(unit: Unit) -> None:
    run(contract, "add", unit.serial, "--package", "standart", "--from", "2026-02-01")
    fact = f"package:{PackagePurchase.objects.get().id}"
    right = ("--package", "profesyonel", "--from", "2026-02-01", "--years", "3")
    assert "why" in run(contract, "add", unit.serial, *right, "--instead-of", fact, exit_code=1).stderr
    shown = answer(contract, "add", unit.serial, *right, "--instead-of", fact, "--why", "misread")
    assert [term["package"] for term in shown["packages"]] == ["profesyonel"]
    told = answer(contract, "history", unit.serial)
    assert [one["withdrawn_at"] is None for one in told] == [True, False, True]
    assert "misread" in run(contract, "history", unit.serial).stdout
    rows.unit(unit.installation.customer)
    everyone = ("--customer", unit.installation.customer.name)
    assert "one SERIAL" in run(contract, "renew", *everyone, "--instead-of", fact, exit_code=2).stderr


def test_show_known_at_tells_what_was_known_then(unit: Unit) -> None:
    before = answer(contract, "show", unit.serial, "--known-at", "2026-03-01")
    then = answer(contract, "show", unit.serial, "--known-at", "2026-03-02T10:00+03:00")
    assert (before["purchased_on"], then["purchased_on"]) == (None, "2026-01-10")
    later = answer(contract, "show", unit.serial, "--at", "2030-01-01")
    assert later["runs"][0]["state"] == "ended"
    run(contract, "show", unit.serial, "--known-at", "yesterday", exit_code=2)


def test_withdrawn_purchase_ownership_exception_and_vendor(unit: Unit) -> None:
    fact = f"purchase:{Purchase.objects.get().id}"
    run(contract, "withdraw", fact, "--why", "typing error")
    assert "already" in run(contract, "withdraw", fact, "--why", "again", exit_code=1).stderr
    shown = answer(contract, "purchase", unit.serial, "--on", "2026-01-20", "--hardware", "customer")
    assert (shown["purchased_on"], shown["hardware"]) == ("2026-01-20", "customer")
    shown = answer(contract, "ownership", unit.serial, "--hardware", "logix", "--from", "2026-02-20")
    assert shown["hardware"] == "logix"
    get_user_model().objects.create_superuser("selin", password="x")
    granted = ("exception", "grant", unit.serial, "--until", "2199-01-01", "--why", "a worm")
    assert "granted_by" in run(contract, *granted, "--by", "nobody", exit_code=1).stderr
    assert "last_day" in run(contract, *granted, "--by", "selin", exit_code=1).stderr
    assert answer(contract, "exception", "list") == []
    assert answer(contract, "vendor", unit.model, "other")["vendor"] == "other"
    assert answer(contract, "show", unit.serial)["vendor"] == "other"


def test_versions_and_announcements_are_of_models(unit: Unit) -> None:
    run(
        contract,
        "version",
        "release",
        "7.1",
        "--model",
        unit.model,
        "--model",
        "FW-200",
        "--on",
        "2026-01-01",
    )
    again = run(contract, "version", "release", "v7.1", "--model", unit.model, exit_code=1)
    assert "on record" in again.stderr
    assert [row["model"] for row in answer(contract, "version", "list")] == [unit.model, "FW-200"]
    run(contract, "lifecycle", unit.model, "--end-of-sale", "2028-01-01")
    kept = answer(contract, "lifecycle", unit.model, "--end-of-life", "2030-01-01")
    assert kept["end_of_sale_on"] == "2028-01-01"
    run(contract, "lifecycle", unit.model, exit_code=2)


def test_expiring_lists_the_soonest_first(unit: Unit) -> None:
    rows.contract(rows.unit(), purchased_on=date(2026, 1, 11))
    listed = answer(cli, "expiring", "--within", "3650")
    assert [row["days_left"] for row in listed] == sorted(row["days_left"] for row in listed)
    assert set(listed[0]) == {
        *("device", "customer", "dealer", "installation", "what", "last_day", "days_left", "clause")
    }
    assert answer(cli, "expiring", "--within", "0d") == []
    assert "NOBODY" in run(cli, "expiring", "--customer", "NOBODY", exit_code=1).stderr
    for wrong in ("soon", "-1d", "9999y", ""):
        run(cli, "expiring", "--within", wrong, exit_code=2)


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
