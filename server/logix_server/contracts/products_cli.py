"""`logix-server contract lifecycle|vendor|version`: what holds for every product of a model."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from typing import Any

import click

from logix_server import console
from logix_server.contracts import actions, history, products
from logix_server.contracts.cli_options import day_option, today
from logix_server.contracts.decisions.terms import Vendor
from logix_server.contracts.ledger import reference, standing
from logix_server.contracts.models import ProductLifecycle


@click.command("lifecycle")
@click.argument("model")
@day_option("--on-sale-since", text="First day on which it was sold (LIF-1).")
@day_option("--end-of-sale", text="First day on which it is no longer sold (LIF-2).")
@day_option("--end-of-life", text="First day on which it is no longer supported (LIF-3).")
@click.option("--successor", default="", help="The model that takes its place.")
@console.json_option
def lifecycle(
    *,
    model: str,
    on_sale_since: date | None,
    end_of_sale: date | None,
    end_of_life: date | None,
    successor: str,
    as_json: bool,
) -> None:
    """Announce a model's life and what takes its place, or announce them anew; the newest holds.

    What is left out stays as it was announced; to take one back, withdraw the announcement.
    """
    if not (on_sale_since or end_of_sale or end_of_life or successor):
        raise click.UsageError("name --on-sale-since, --end-of-sale, --end-of-life or --successor")
    before = standing(ProductLifecycle).filter(model=model).last()
    if before is not None:
        on_sale_since = on_sale_since or before.on_sale_since
        end_of_sale, end_of_life = end_of_sale or before.end_of_sale_on, end_of_life or before.end_of_life_on
        successor = successor or before.successor
    actions.announce_lifecycle(
        model,
        end_of_sale,
        end_of_life,
        on_sale_since=on_sale_since,
        successor=successor,
        now=console.now(),
        actor=console.operator(),
    )
    console.print_record(_product(products.product(model)), as_json)


@click.command("products")
@click.argument("model", required=False)
@console.json_option
def list_products(*, model: str | None, as_json: bool) -> None:
    """List products: since when and until when they are sold and supported, and how many are in service.

    With MODEL that one, with its versions and until when each gets patches (UPD-7).
    """
    if model:
        console.print_record(_product(products.product(model)), as_json)
        return
    rows = [_product(one) for one in products.products()]
    console.print_rows([{k: v for k, v in row.items() if k != "versions"} for row in rows], as_json)


def _product(found: products.Product) -> dict[str, Any]:
    return asdict(found)


@click.command("vendor")
@click.argument("model")
@click.argument("vendor", type=click.Choice([vendor.value for vendor in Vendor]))
@console.json_option
def vendor(*, model: str, vendor: str, as_json: bool) -> None:
    """Say whose product a model is (SUP-3); without a word it is ours."""
    actions.name_vendor(model, Vendor(vendor), now=console.now(), actor=console.operator())
    console.print_record({"model": model, "vendor": vendor}, as_json)


@click.group(cls=console.Group)
def version() -> None:
    """Versions of a model's software: the one before a new one is retired in a year (UPD-7)."""


@version.command("release")
@click.argument("number")
@click.option("--model", "models", multiple=True, required=True, help="Of this model; may be repeated.")
@day_option("--on", "released_on", text="Day of the release; today where it is left out.")
@console.json_option
def release(*, number: str, models: tuple[str, ...], released_on: date | None, as_json: bool) -> None:
    """Record that a version was released."""
    first = released_on or today()
    actions.release_versions(models, number, first, now=console.now(), actor=console.operator())
    rows = [{"model": model, "version": number, "released_on": first} for model in models]
    console.print_rows(rows, as_json)


@version.command("list")
@click.option("--model", default="", help="Only this model's.")
@console.json_option
def list_(*, model: str, as_json: bool) -> None:
    """List the versions that were released."""
    rows = [
        {
            "fact": reference(row),
            "model": row.model,
            "version": row.version,
            "released_on": row.released_on,
            "withdrawn_at": withdrawal.recorded_at if withdrawal else None,
        }
        for row, withdrawal in history.releases(model)
    ]
    console.print_rows(rows, as_json)
