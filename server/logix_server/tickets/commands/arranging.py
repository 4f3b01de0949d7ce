"""Whose a ticket is, how grave, what it goes with: `ticket assign`, `level`, `answers`, `merge`, `link`."""

from __future__ import annotations

import click

from logix_server import console
from logix_server.tickets.commands import options
from logix_server.tickets.decisions.levels import QUESTIONS
from logix_server.tickets.desk import assignment, levelling, merging


@click.command("assign")
@click.argument("number")
@click.argument("email", required=False)
@click.option("--nobody", is_flag=True, help="Take it from whoever has it.")
@console.json_option
def assign(*, number: str, email: str | None, nobody: bool, as_json: bool) -> None:
    """Give a ticket to an engineer of ours."""
    if (email is None) != nobody:
        raise click.UsageError("name a mail address or --nobody")
    person_id = options.person(email).pk if email else None
    assignment.assign(options.operator(), number, person_id, now=console.now())
    options.show(number, f"is assigned to {email or 'nobody'}", as_json)


@click.command("level")
@click.argument("number")
@click.argument("level", type=click.IntRange(1, 3))
@click.option(
    "--row", required=True, type=click.Choice(QUESTIONS), help="The row of the terms that gives it."
)
@click.option("--reason", required=True, help="The customer sees it.")
@console.json_option
def level_(*, number: str, level: int, row: str, reason: str, as_json: bool) -> None:
    """Change a ticket's level, with the row that gives it and a reason."""
    levelling.change_level(options.operator(), number, level, reason, row=row, now=console.now())
    options.show(number, f"is of level {level}", as_json)


@click.command("answers")
@click.argument("number")
@click.argument("told", nargs=-1, required=True, metavar="PRI-n=LEVEL…")
@console.json_option
def answers(*, number: str, told: tuple[str, ...], as_json: bool) -> None:
    """Write down what the customer answered; the level may rise by it (Reading 20)."""
    levelling.set_answers(options.operator(), number, options.answers(told), now=console.now())
    options.show(number, "has the answers", as_json)


@click.command("merge")
@click.argument("number")
@click.argument("into")
@click.option("--why", default="", help="Kept in both histories, for engineers.")
@console.json_option
def merge(*, number: str, into: str, why: str, as_json: bool) -> None:
    """Close a ticket and go on with it as INTO; faults move, the earlier deadline stays."""
    merging.merge(options.operator(), number, into, why=why, now=console.now())
    options.show(number, f"is merged into {into}", as_json)


@click.command("link")
@click.argument("number")
@click.argument("other")
@click.option("--remove", is_flag=True, help="Take the link away.")
@console.json_option
def link(*, number: str, other: str, remove: bool, as_json: bool) -> None:
    """Link two tickets that have to do with each other."""
    act = merging.unlink if remove else merging.link
    done = act(options.operator(), number, other, now=console.now())
    words = "is no longer linked to" if remove else "is linked to"
    options.show(number, f"{words} {other}" if done else f"{words} {other} as before", as_json)
