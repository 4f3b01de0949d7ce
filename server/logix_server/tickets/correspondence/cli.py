"""`logix-server mail inbox|read|release|discard`: mails that came in and wait for a person of ours."""

from __future__ import annotations

import click

from logix_server import console
from logix_server.accounts.access import operator
from logix_server.mail import queries
from logix_server.mail.cli import mail
from logix_server.mail.lifecycle import IncomingState
from logix_server.tickets.correspondence import inbox_actions
from logix_server.tickets.correspondence.inbox_actions import Release

__all__ = ["mail"]

COLUMNS = ("id", "received_at", "from", "organisation", "subject", "state", "reason", "ticket")


@mail.command("inbox")
@click.option("--state", type=click.Choice([state.value for state in IncomingState]), default=None)
@console.page_options
@console.json_option
def inbox(*, state: str | None, limit: int, offset: int, as_json: bool) -> None:
    """List mails that wait for a person of ours, oldest first; with --state any others."""
    rows = queries.inbox(operator(console.operator()), state=state or "", limit=limit, offset=offset)
    console.print_rows(rows, as_json, COLUMNS)


@mail.command("read")
@click.argument("mail_id", type=int)
@console.json_option
def read(mail_id: int, as_json: bool) -> None:
    """Show a mail that came in with its words."""
    found = queries.incoming_mail(operator(console.operator()), mail_id)
    console.print_record(
        found if as_json else {**found, "html": "see --json" if found["html"] else ""}, as_json
    )


@mail.command("release")
@click.argument("mail_id", type=int)
@click.option("--ticket", default="", help="Onto this ticket.")
@click.option("--device", default="", help="As a new ticket for the device of this serial.")
@click.option("--person", default="", help="In the name of the person of this address, not the sender's.")
@click.option("--hardware", is_flag=True, help="A hardware fault of level 3 (PRI-4): what warranty covers.")
def release(mail_id: int, *, ticket: str, device: str, person: str, hardware: bool) -> None:
    """File a mail that waits, was ignored or discarded."""
    to = Release(ticket, device, person, {"PRI-4": 3} if hardware else None)
    viewer = operator(console.operator())
    number = inbox_actions.release(viewer, mail_id, to, now=console.now())
    click.echo(
        f"mail {mail_id} is on {number}" if number else f"mail {mail_id}: the contract gives no ticket"
    )


@mail.command("discard")
@click.argument("mail_ids", type=int, nargs=-1, required=True)
@click.option("--why", required=True, help="Kept in the audit.")
def discard(mail_ids: tuple[int, ...], why: str) -> None:
    """Put mails away; they stay on record for their days."""
    viewer = operator(console.operator())
    for mail_id in mail_ids:
        inbox_actions.discard(viewer, mail_id, why, now=console.now())
        click.echo(f"mail {mail_id} is discarded")
