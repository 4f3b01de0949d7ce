"""`logix-server contract`: what was bought, and what runs until when."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any, TypeVar

import click
from logix_common.errors import InvalidInput

from logix_server import console
from logix_server.accounts.queries import organisation_by_name
from logix_server.contracts import actions, history
from logix_server.contracts.cli_options import correction_options, day_option, from_option, moment, today
from logix_server.contracts.decisions import terms
from logix_server.contracts.decisions.entries import (
    Bought,
    Entry,
    Extended,
    HandedOver,
    PackageBought,
    Renewed,
)
from logix_server.contracts.decisions.standing import standing
from logix_server.contracts.decisions.terms import ContractFacts, Hardware, Package, Term
from logix_server.contracts.exceptions_cli import exception
from logix_server.contracts.products_cli import lifecycle, list_products, vendor, version
from logix_server.contracts.queries import contract_facts, facts_of_installations
from logix_server.fleet.models import Unit
from logix_server.fleet.queries import unit_by_serial, units_at_installations

CommandT = TypeVar("CommandT", bound=Callable[..., Any])
HARDWARE = click.Choice([hardware.value for hardware in Hardware])


def _target_options(command: CommandT) -> CommandT:
    command = click.argument("serial", required=False)(command)
    option = click.option("--customer", default="", help="Every installation of this customer instead.")
    return option(command)


def _units(serial: str | None, customer: str) -> list[Unit]:
    """One unit an installation: facts belong to the installation, whichever unit names it."""
    if bool(serial) == bool(customer):
        raise click.UsageError("name either a SERIAL or --customer")
    if serial:
        return [unit_by_serial(serial)]
    found = units_at_installations(customer=organisation_by_name(customer).name)
    if not found:
        raise InvalidInput(customer, "has no installation yet; register a device first")
    return found


def _enter(units: list[Unit], entry: Entry, as_json: bool, instead_of: str = "", why: str = "") -> None:
    if instead_of:
        if len(units) != 1:
            raise click.UsageError("--instead-of corrects a fact of one SERIAL")
        actions.enter(
            units[0].installation_id,
            entry,
            now=console.now(),
            actor=console.operator(),
            instead_of=instead_of,
            why=why,
        )
    else:
        places = {unit.installation_id: unit.model for unit in units}
        actions.enter_all(places, entry, now=console.now(), actor=console.operator())
    _show_all(units, as_json)


@click.group(cls=console.Group)
def contract() -> None:
    """Packages, renewals, warranty: facts that are added and never changed."""


for _command in (exception, lifecycle, list_products, vendor, version):
    contract.add_command(_command)


@contract.command("purchase")
@click.argument("serial")
@day_option("--on", "purchased_on", text="Day of purchase.", required=True)
@click.option("--hardware", type=HARDWARE, required=True, help="Whose hardware.")
@correction_options
@console.json_option
def purchase(
    *, serial: str, purchased_on: date, hardware: str, instead_of: str, why: str, as_json: bool
) -> None:
    """Record that the product was bought: a new one for the place, or what was mistaken, set right."""
    entry = Bought(purchased_on, Hardware(hardware))
    _enter([unit_by_serial(serial)], entry, as_json, instead_of, why)


@contract.command("add")
@_target_options
@click.option("--package", type=click.Choice([package.value for package in Package]), required=True)
@from_option
@click.option("--years", type=int, default=1, show_default=True, help="1 or 3 (SUP-2).")
@correction_options
@console.json_option
def add(
    *,
    serial: str | None,
    customer: str,
    package: str,
    starts_on: date | None,
    years: int,
    instead_of: str,
    why: str,
    as_json: bool,
) -> None:
    """Record that a support package was bought; none is sold without the update service (UPD-5)."""
    entry = PackageBought(Package(package), starts_on or today(), years)
    _enter(_units(serial, customer), entry, as_json, instead_of, why)


@contract.command("renew")
@_target_options
@from_option
@click.option("--years", type=int, default=1, show_default=True)
@correction_options
@console.json_option
def renew(
    *,
    serial: str | None,
    customer: str,
    starts_on: date | None,
    years: int,
    instead_of: str,
    why: str,
    as_json: bool,
) -> None:
    """Record that the update service was renewed."""
    _enter(_units(serial, customer), Renewed(starts_on or today(), years), as_json, instead_of, why)


@contract.command("extend-warranty")
@click.argument("serial")
@from_option
@correction_options
@console.json_option
def extend_warranty(*, serial: str, starts_on: date | None, instead_of: str, why: str, as_json: bool) -> None:
    """Record that the Extended Hardware Warranty was bought."""
    _enter([unit_by_serial(serial)], Extended(starts_on or today()), as_json, instead_of, why)


@contract.command("ownership")
@click.argument("serial")
@click.option("--hardware", type=HARDWARE, required=True, help="Whose hardware stands there from then on.")
@from_option
@correction_options
@console.json_option
def ownership(
    *, serial: str, hardware: str, starts_on: date | None, instead_of: str, why: str, as_json: bool
) -> None:
    """Record that the hardware changed hands: ours in a customer's place, or the other way (WAR-3)."""
    entry = HandedOver(starts_on or today(), Hardware(hardware))
    _enter([unit_by_serial(serial)], entry, as_json, instead_of, why)


@contract.command("withdraw")
@click.argument("fact")
@click.option("--why", required=True, help="Why it was a mistake.")
@console.json_option
def withdraw(*, fact: str, why: str, as_json: bool) -> None:
    """Withdraw a FACT that was recorded by mistake, such as package:12; it stays on record as withdrawn."""
    actions.withdraw(fact, why, now=console.now(), actor=console.operator())
    console.print_record({"fact": fact, "withdrawn": True, "why": why}, as_json)


@contract.command("history")
@click.argument("serial")
@console.json_option
def history_(*, serial: str, as_json: bool) -> None:
    """List all that was ever recorded of a device's installation and model, withdrawn facts too."""
    unit = unit_by_serial(serial)
    console.print_rows(history.history(unit.installation_id, unit.model), as_json)


@contract.command("list")
@click.option("--customer", default="", help="Only this customer's.")
@console.page_options
@console.json_option
def list_(*, customer: str, limit: int, offset: int, as_json: bool) -> None:
    """List installations by customer, each with the state of package, update service and warranty."""
    units = units_at_installations(customer=customer, limit=limit, offset=offset)
    facts = facts_of_installations({unit.installation_id: unit.model for unit in units})
    at = console.now()
    rows = [_row(unit, facts[unit.installation_id], at) for unit in units]
    console.print_rows(rows if as_json else [_for_people(row) for row in rows], as_json)


@contract.command("show")
@click.argument("serial")
@click.option("--known-at", callback=moment, metavar="T", help="As it was known at this moment or day.")
@click.option(
    "--at", callback=moment, metavar="T", help="What runs at this moment; default: known-at, or now."
)
@console.json_option
def show(*, serial: str, known_at: datetime | None, at: datetime | None, as_json: bool) -> None:
    """Show what was bought for a device, and what runs until when, with clauses."""
    record = _record(unit_by_serial(serial), at or known_at or console.now(), known_at)
    console.print_record(record, as_json)


def _show_all(units: list[Unit], as_json: bool) -> None:
    records = [_record(unit, console.now()) for unit in units]
    if as_json:
        console.print_json(records[0] if len(records) == 1 else records)
        return
    for record in records:
        console.print_record(record, as_json)


def _record(unit: Unit, at: datetime, known_at: datetime | None = None) -> dict[str, Any]:
    facts = contract_facts(unit.installation_id, unit.model, known_at=known_at)
    return _row(unit, facts, at) | {
        "packages": [{"package": term.package.value} | _term(term) for term in facts.packages],
        "update_renewals": [_term(term) for term in facts.update_renewals],
        "ownership": [{"from": one.starts_on, "hardware": one.hardware.value} for one in facts.ownership],
        "exceptions": [{"from": one.starts_on, "last_day": one.last_day} for one in facts.patch_exceptions],
    }


def _row(unit: Unit, facts: ContractFacts, at: datetime) -> dict[str, Any]:
    return {
        "device": unit.serial,
        "customer": unit.installation.customer.name,
        "installation": unit.installation.name,
        "model": unit.model,
        "vendor": facts.vendor.value,
        "hardware": terms.as_on(facts, terms.local_day(at)).hardware.value,
        "purchased_on": facts.purchased_on,
        "runs": [
            {"what": line.what, "state": line.state, "until": line.until, "clauses": list(line.clauses)}
            for line in standing(facts, at)
        ],
    }


def _for_people(row: dict[str, Any]) -> dict[str, Any]:
    """A row of the list: package, update service and warranty in a column each."""
    package, updates, warranty, *_ = row["runs"]
    return {key: row[key] for key in ("device", "customer", "installation", "model")} | {
        "package": _said(package, "support package"),
        "update_service": _said(updates, "update service"),
        "warranty": _said(warranty, "hardware warranty"),
    }


def _said(line: dict[str, Any], column: str) -> str:
    kind, until = line["what"].removeprefix(column).strip(" ,"), line["until"] and str(line["until"])
    return " ".join(filter(None, (kind, line["state"], until, f"({', '.join(line['clauses'])})")))


def _term(term: Term) -> dict[str, Any]:
    return {"from": term.starts_on, "years": term.years, "last_day": term.last_day}
