"""`logix-server page`: who was called about what, acknowledge it, test the channels."""

from __future__ import annotations

import secrets

import click
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext

from logix_server import console
from logix_server.accounts.models import Organisation
from logix_server.config import current
from logix_server.oncall import pages, pages_listed, queries
from logix_server.oncall.pagers.configured import pagers_of
from logix_server.oncall.pages import NewPage

_COLUMNS = ("id", "about", "state", "steps", "created_at", "next_at", "acknowledged_by", "why")


@click.group(cls=console.Group)
def page() -> None:
    """Pages: calls to those on duty, until a person acknowledges."""


@page.command("list")
@click.option("--open", "open_only", is_flag=True, help="Only those that nobody has acknowledged.")
@console.page_options
@console.json_option
def list_(*, open_only: bool, limit: int, offset: int, as_json: bool) -> None:
    """List pages, the newest first."""
    found = pages_listed.listed(open_only=open_only, limit=limit, offset=offset)
    console.print_rows([pages_listed.plain(one) for one in found], as_json, _COLUMNS)


@page.command("show")
@click.argument("page_id", type=click.IntRange(1, 2**63 - 1), metavar="PAGE")
@console.json_option
def show(*, page_id: int, as_json: bool) -> None:
    """Show a page with every try to reach somebody."""
    console.print_record(pages_listed.shown(page_id), as_json)


@page.command("ack")
@click.argument("page_id", type=click.IntRange(1, 2**63 - 1), metavar="PAGE")
@click.option("--by", required=True, metavar="EMAIL", help="Who has taken it up.")
def ack(*, page_id: int, by: str) -> None:
    """Acknowledge a page for a person of ours: nobody is called any more."""
    how = f"command line ({console.operator()})"
    done = pages.acknowledge(page_id, queries.person_on_duty(by), how, now=console.now())
    name = done.acknowledged_by.name if done.acknowledged_by else "-"
    click.echo(f"page {done.pk} about {done.about} is acknowledged by {name}")


@page.command("cancel")
@click.argument("page_id", type=click.IntRange(1, 2**63 - 1), metavar="PAGE")
@click.option("--reason", required=True)
def cancel(*, page_id: int, reason: str) -> None:
    """Call nobody any more about what nobody has to take up."""
    if pages.cancel(page_id, reason, actor=console.operator(), now=console.now()):
        click.echo(f"page {page_id} is cancelled")
    else:
        click.echo(f"page {page_id} was over already")


@page.command("test")
@click.argument("person", metavar="EMAIL")
def test(*, person: str) -> None:
    """Call a person on every channel to see that it works; climbs no rota."""
    called = queries.person_on_duty(person)
    texts = {}
    for language in Organisation.Language.values:
        with translation.override(language):
            texts[language] = gettext("This is a test of the on-call channel; please acknowledge it.")
    about = f"test:{secrets.token_hex(4)}"
    with transaction.atomic():
        made = pages.call(
            NewPage(about, about, texts, first=(called.pk,), drill=True),
            actor=console.operator(),
            now=console.now(),
        )
    assert made is not None
    click.echo(f"page {made.pk}: the jobs role sends it; see `logix-server page show {made.pk}`")
    if not any(pager.reaches(queries.duty(called).called) for pager in pagers_of(current())):
        click.echo(f"{called.name} cannot be reached: no channel, or no phone number is known", err=True)
