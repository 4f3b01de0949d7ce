"""`logix-server effects`: what the outbox could not do, and trying it again."""

from __future__ import annotations

import click

from logix_server import console
from logix_server.effects import dispatch

COLUMNS = ("id", "kind", "created_at", "attempts", "run_after", "parked", "error")


@click.group(cls=console.Group)
def effects() -> None:
    """Effects that wait or have failed."""


@effects.command("list")
@click.option("--parked", "parked_only", is_flag=True, help="Only those that are not tried any more.")
@console.page_options
@console.json_option
def list_(*, parked_only: bool, limit: int, offset: int, as_json: bool) -> None:
    """List effects that are not done, oldest first."""
    rows = dispatch.undone(parked_only=parked_only, limit=limit, offset=offset)
    console.print_rows(rows, as_json, COLUMNS)


@effects.command("retry")
@click.argument("ids", type=int, nargs=-1)
@click.option("--all", "everything", is_flag=True, help="Every parked effect.")
def retry(ids: tuple[int, ...], everything: bool) -> None:
    """Give parked effects their tries again."""
    if bool(ids) == everything:
        raise click.UsageError("name the effects' ids or --all")
    count = dispatch.retry(None if everything else ids, console.now(), by=console.operator())
    click.echo(f"{count} will be tried again")
