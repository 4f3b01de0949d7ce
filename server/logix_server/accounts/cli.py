"""`logix-server customer`: customers and dealers."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import click

from logix_server import console
from logix_server.accounts import actions, queries, reading
from logix_server.accounts import consent as consenting
from logix_server.accounts.models import Organisation

KINDS = click.Choice(["customer", "dealer"])


@click.group(cls=console.Group)
def customer() -> None:
    """Customers and dealers."""


def _row(organisation: Organisation) -> dict[str, Any]:
    return {
        "name": organisation.name,
        "kind": organisation.kind,
        "email": organisation.email,
        "language": organisation.language,
        "dealer": organisation.dealer.name if organisation.dealer else None,
        "created_at": organisation.created_at,
    }


@customer.command("add")
@click.argument("name")
@click.option("--email", default="", help="Where notices go.")
@click.option("--dealer", default="", help="Name of the dealer that serves this customer.")
@click.option("--language", type=click.Choice(["tr", "en"]), default="tr", show_default=True)
@click.option("--kind", type=KINDS, default="customer", show_default=True)
@console.json_option
def add(*, name: str, email: str, dealer: str, language: str, kind: str, as_json: bool) -> None:
    """Add a customer (or, with --kind dealer, a dealer)."""
    added = actions.add_organisation(
        kind,
        name,
        email=email,
        dealer=dealer,
        language=language,
        by=console.operator(),
        now=console.now(),
    )
    console.print_record(_row(added), as_json)


@customer.command("list")
@click.option("--kind", type=KINDS, default=None, help="Only these.")
@console.page_options
@console.json_option
def list_(kind: str | None, limit: int, offset: int, as_json: bool) -> None:
    """List customers and dealers by name."""
    found = queries.list_organisations(kind=kind or "", limit=limit, offset=offset)
    console.print_rows([_row(organisation) for organisation in found], as_json)


@customer.command("show")
@click.argument("name")
@console.json_option
def show(name: str, as_json: bool) -> None:
    """Show one customer or dealer, with the customers that a dealer serves."""
    organisation = queries.organisation_by_name(name)
    customers = [{"name": one.name, "email": one.email} for one in queries.customers_of(organisation)]
    console.print_record(_row(organisation) | {"customers": customers}, as_json)


@customer.group()
def consent() -> None:
    """What customers let their dealers see."""


@consent.command("give")
@click.argument("name")
@click.option("--why", required=True, help="Where the customer has said so: a letter, a mail, of which day.")
def give(name: str, why: str) -> None:
    """Let the dealer of a customer see, on the customer's word."""
    consenting.give_for(_customer_id(name), by=console.operator(), now=console.now(), why=why[:500])


@consent.command("withdraw")
@click.argument("name")
@click.option("--why", required=True, help="Where the customer has said so.")
def withdraw(name: str, why: str) -> None:
    """Let the dealer of a customer see nothing any more."""
    consenting.withdraw_for(_customer_id(name), by=console.operator(), now=console.now(), why=why[:500])


@consent.command("list")
@click.argument("name", required=False)
@console.page_options
@console.json_option
def consents(*, name: str | None, limit: int, offset: int, as_json: bool) -> None:
    """List consents, newest first: of one customer, or all."""
    found = reading.consents(_customer_id(name) if name else None, limit=limit, offset=offset)
    console.print_rows([asdict(row) for row in found], as_json)


def _customer_id(name: str) -> int:
    return queries.organisation_by_name(name, "customer").pk
