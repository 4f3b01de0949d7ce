"""`logix-server contract`: what was bought, and what runs until when."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any, TypeVar

import click
from logix_common.errors import InvalidInput

from logix_server import console
from logix_server.accounts.queries import organisation_by_name
from logix_server.contracts import actions, terms
from logix_server.contracts.queries import contract_facts, facts_of_installations
from logix_server.contracts.standing import standing
from logix_server.contracts.terms import ContractFacts, Package, Term
from logix_server.fleet.models import Unit
from logix_server.fleet.queries import unit_by_serial, units_at_installations

CommandT = TypeVar("CommandT", bound=Callable[..., Any])


def _day(_context: click.Context, parameter: click.Parameter, value: str | None) -> date | None:
    if value is None:
        return None
    try:
        return date.fromisoformat(value)
    except ValueError as error:
        raise click.BadParameter(
            f"expected a day such as 2026-03-02, got {value!r}", param=parameter
        ) from error


def _target_options(command: CommandT) -> CommandT:
    command = click.argument("serial", required=False)(command)
    option = click.option("--customer", default="", help="Every installation of this customer instead.")
    return option(command)


def _from_option(command: CommandT) -> CommandT:
    text = "First day; today where it is left out."
    return click.option("--from", "starts_on", callback=_day, help=text, metavar="DAY")(command)


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


def _today() -> date:
    return terms.local_day(console.now())


@click.group(cls=console.Group)
def contract() -> None:
    """Packages, renewals, warranty: facts that are added and never changed."""


@contract.command("add")
@_target_options
@click.option("--package", type=click.Choice([package.value for package in Package]), required=True)
@_from_option
@click.option("--years", type=int, default=1, show_default=True, help="1 or 3 (SUP-2).")
@console.json_option
def add(
    *, serial: str | None, customer: str, package: str, starts_on: date | None, years: int, as_json: bool
) -> None:
    """Record that a support package was bought."""
    units, first = _units(serial, customer), starts_on or _today()
    for unit in units:
        actions.add_package(
            unit.installation_id, Package(package), first, years, now=console.now(), actor=console.operator()
        )
    _show_all(units, as_json)


@contract.command("renew")
@_target_options
@_from_option
@click.option("--years", type=int, default=1, show_default=True)
@console.json_option
def renew(*, serial: str | None, customer: str, starts_on: date | None, years: int, as_json: bool) -> None:
    """Record that the update service was renewed."""
    units, first = _units(serial, customer), starts_on or _today()
    for unit in units:
        actions.renew_updates(unit.installation_id, first, years, now=console.now(), actor=console.operator())
    _show_all(units, as_json)


@contract.command("extend-warranty")
@click.argument("serial")
@_from_option
@console.json_option
def extend_warranty(*, serial: str, starts_on: date | None, as_json: bool) -> None:
    """Record that the Extended Hardware Warranty was bought."""
    unit = unit_by_serial(serial)
    actions.extend_warranty(
        unit.installation_id,
        unit.model,
        starts_on or _today(),
        now=console.now(),
        actor=console.operator(),
    )
    _show_all([unit], as_json)


@contract.command("lifecycle")
@click.argument("model")
@click.option("--end-of-sale", callback=_day, metavar="DAY")
@click.option("--end-of-life", callback=_day, metavar="DAY")
@console.json_option
def lifecycle(*, model: str, end_of_sale: date | None, end_of_life: date | None, as_json: bool) -> None:
    """Announce a model's end of sale and end of life; the newest announcement holds."""
    actions.announce_lifecycle(model, end_of_sale, end_of_life, now=console.now(), actor=console.operator())
    row = {"model": model, "end_of_sale_on": end_of_sale, "end_of_life_on": end_of_life}
    console.print_record(row, as_json)


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
@console.json_option
def show(serial: str, as_json: bool) -> None:
    """Show what was bought for a device, and what runs until when, with clauses."""
    _show_all([unit_by_serial(serial)], as_json)


def _show_all(units: list[Unit], as_json: bool) -> None:
    records = [_record(unit, console.now()) for unit in units]
    if as_json:
        console.print_json(records[0] if len(records) == 1 else records)
        return
    for record in records:
        console.print_record(record, as_json)


def _record(unit: Unit, at: datetime) -> dict[str, Any]:
    facts = contract_facts(unit.installation_id, unit.model)
    return _row(unit, facts, at) | {
        "packages": [{"package": term.package.value} | _term(term) for term in facts.packages],
        "update_renewals": [_term(term) for term in facts.update_renewals],
    }


def _row(unit: Unit, facts: ContractFacts, at: datetime) -> dict[str, Any]:
    return {
        "device": unit.serial,
        "customer": unit.installation.customer.name,
        "installation": unit.installation.name,
        "model": unit.model,
        "hardware": facts.hardware.value,
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
