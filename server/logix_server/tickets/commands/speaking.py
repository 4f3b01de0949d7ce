"""Opening a ticket, and words and files on it: `ticket open`, `message`, `note`, `attach`, `reopen`."""

from __future__ import annotations

from pathlib import Path

import click
from logix_common.findings import Component

from logix_server import console
from logix_server.contracts import wording
from logix_server.contracts.decisions.coverage import NotCovered
from logix_server.fleet.queries import unit_by_serial
from logix_server.tickets.commands import options
from logix_server.tickets.desk import handling, requests
from logix_server.tickets.desk.requests import Request
from logix_server.tickets.files import attachments
from logix_server.tickets.models import Ticket

_ORIGINS = (Ticket.Origin.PHONE.value, Ticket.Origin.MAIL.value, Ticket.Origin.WEB.value)
origin_option = click.option(
    "--origin", type=click.Choice(_ORIGINS), default=Ticket.Origin.PHONE.value, show_default=True
)


def _refusal(error: NotCovered) -> click.ClickException:
    clauses = ", ".join(dict.fromkeys(reason.clause for reason in error.reasons))
    return click.ClickException(f"not covered ({clauses}): {wording.sentences(error.reasons)['en']}")


@click.command("open")
@click.argument("serial")
@click.option("--subject", required=True)
@options.text_option
@click.option("--answer", "told", multiple=True, metavar="PRI-n=LEVEL", help="May be repeated.")
@origin_option
@click.option("--reporter", default="", metavar="EMAIL", help="Who called or wrote.")
@click.option("--component", type=click.Choice([one.value for one in Component]), default="system")
@options.files_option
@console.json_option
def open_(
    *,
    serial: str,
    subject: str,
    text: str | None,
    told: tuple[str, ...],
    origin: str,
    reporter: str,
    component: str,
    files: tuple[Path, ...],
    as_json: bool,
) -> None:
    """Open a ticket for a customer's device; without any --answer it gets level 3 (PRI-6)."""
    request = Request(
        unit_by_serial(serial).installation_id,
        subject,
        options.words(text),
        answers=options.answers(told),
        origin=origin,
        reporter_id=options.person(reporter).pk if reporter else None,
        component=component,
    )
    try:
        opened = requests.open_as(options.operator(), request, now=console.now(), files=options.stored(files))
    except NotCovered as error:
        raise _refusal(error) from error
    options.show(opened.number, "is opened", as_json)


@click.command("message")
@click.argument("number")
@options.text_option
@origin_option
@options.files_option
@console.json_option
def message(*, number: str, text: str | None, origin: str, files: tuple[Path, ...], as_json: bool) -> None:
    """Write down what the customer said; a solved ticket is taken up again, a closed one followed."""
    try:
        event = handling.message(
            options.operator(),
            number,
            options.words(text),
            now=console.now(),
            origin=Ticket.Origin(origin),
            files=options.stored(files),
        )
    except NotCovered as error:
        raise _refusal(error) from error
    options.show(event.ticket.number, "has the message", as_json)


@click.command("note")
@click.argument("number")
@options.text_option
@options.files_option
@console.json_option
def note(*, number: str, text: str | None, files: tuple[Path, ...], as_json: bool) -> None:
    """Note something for engineers; no customer sees it."""
    said, kept = options.words(text), options.stored(files)
    handling.note(options.operator(), number, said, now=console.now(), files=kept)
    options.show(number, "has the note", as_json)


@click.command("attach")
@click.argument("number")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--internal", is_flag=True, help="For engineers alone.")
@console.json_option
def attach(*, number: str, files: tuple[Path, ...], internal: bool, as_json: bool) -> None:
    """Attach files; all of them, or none."""
    kept = options.stored(files)
    attachments.attach(options.operator(), number, kept, now=console.now(), public=not internal)
    options.show(number, f"has {len(kept)} more files", as_json)


@click.command("reopen")
@click.argument("number")
@click.option("--why", default="", help="Kept in the history, for engineers.")
@console.json_option
def reopen(*, number: str, why: str, as_json: bool) -> None:
    """Take a solved ticket up again, within 14 days."""
    handling.reopen(options.operator(), number, why, now=console.now())
    options.show(number, "is open", as_json)
