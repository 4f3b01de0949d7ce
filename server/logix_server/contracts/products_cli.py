"""`logix-server contract lifecycle|vendor|version`: what holds for every product of a model."""

from __future__ import annotations

from datetime import date

import click

from logix_server import console
from logix_server.contracts import actions, history
from logix_server.contracts.cli_options import day_option, today
from logix_server.contracts.decisions.terms import Vendor
from logix_server.contracts.ledger import reference, standing
from logix_server.contracts.models import ProductLifecycle


@click.command("lifecycle")
@click.argument("model")
@day_option("--end-of-sale", text="First day on which it is no longer sold (LIF-2).")
@day_option("--end-of-life", text="First day on which it is no longer supported (LIF-3).")
@console.json_option
def lifecycle(*, model: str, end_of_sale: date | None, end_of_life: date | None, as_json: bool) -> None:
    """Announce a model's end of sale and end of life, or announce them anew; the newest holds.

    A day that is left out stays as it was announced; to take one back, withdraw the announcement.
    """
    if end_of_sale is None and end_of_life is None:
        raise click.UsageError("name --end-of-sale, --end-of-life or both")
    before = standing(ProductLifecycle).filter(model=model).last()
    if before is not None:
        end_of_sale, end_of_life = (
            end_of_sale or before.end_of_sale_on,
            end_of_life or before.end_of_life_on,
        )
    actions.announce_lifecycle(model, end_of_sale, end_of_life, now=console.now(), actor=console.operator())
    row = {"model": model, "end_of_sale_on": end_of_sale, "end_of_life_on": end_of_life}
    console.print_record(row, as_json)


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
