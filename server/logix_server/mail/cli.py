"""`logix-server mail`: what was sent, what waits, and trying again."""

from __future__ import annotations

import click

from logix_server import console
from logix_server.mail import queries, sending
from logix_server.mail.lifecycle import OutgoingState

COLUMNS = ("id", "created_at", "kind", "to", "subject", "state", "attempts", "sent_at", "error")


@click.group(cls=console.Group)
def mail() -> None:
    """Mails: those of ours, and the inbox of those that wait for a person."""


@mail.command("list")
@click.option("--state", type=click.Choice([state.value for state in OutgoingState]), default=None)
@click.option("--to", default="", help="Only to this address.")
@click.option("--ticket", default="", help="Only of this ticket.")
@console.page_options
@console.json_option
def list_(*, state: str | None, to: str, ticket: str, limit: int, offset: int, as_json: bool) -> None:
    """List mails of ours, newest first."""
    rows = queries.outgoing(state=state or "", to=to, ticket=ticket, limit=limit, offset=offset)
    console.print_rows(rows, as_json, COLUMNS)


@mail.command("show")
@click.argument("mail_id", type=int)
@console.json_option
def show(mail_id: int, as_json: bool) -> None:
    """Show one mail of ours with its words."""
    console.print_record(queries.outgoing_mail(mail_id), as_json)


@mail.command("retry")
@click.argument("mail_id", type=int)
def retry(mail_id: int) -> None:
    """Send a mail that failed or was suppressed."""
    sending.retry(mail_id, actor=console.operator(), now=console.now())
    click.echo(f"mail {mail_id} is queued again")
