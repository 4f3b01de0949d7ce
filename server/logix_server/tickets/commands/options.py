"""What several commands on tickets take: words, files, answers to the questions of the terms, people."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

import click
from logix_common.errors import InvalidInput

from logix_server import console
from logix_server.accounts.access import Viewer
from logix_server.accounts.access import operator as operator_of
from logix_server.accounts.models import Person
from logix_server.accounts.queries import person_by_email
from logix_server.tickets.files.attachments import Accepted, Upload, accept
from logix_server.tickets.reach import MOST_TEXT, ticket_of

_PIECE: Final = 64 * 1024

text_option = click.option("--text", help="What is said; standard input where it is left out.")
files_option = click.option(
    "--file",
    "files",
    multiple=True,
    type=click.Path(path_type=Path),
    help="A file to attach; may be repeated.",
)


def operator() -> Viewer:
    """Whoever runs the command."""
    return operator_of(console.operator())


def words(text: str | None) -> str:
    """What is said: the option, or standard input, of which no more is read than may be said."""
    return sys.stdin.read(MOST_TEXT * 2 + 1) if text is None else text


def stored(files: Iterable[Path]) -> tuple[Accepted, ...]:
    """The files, checked and stored. Raises `InvalidInput` naming one that cannot be read or is not taken."""
    return accept([Upload(path.name, _pieces(path)) for path in files])


def _pieces(path: Path) -> Iterator[bytes]:
    try:
        with path.open("rb") as file:
            while piece := file.read(_PIECE):
                yield piece
    except OSError as error:
        raise InvalidInput(str(path), f"cannot be read ({error.strerror})") from error


def answers(told: Iterable[str]) -> dict[str, int]:
    """{"PRI-3": 2} of "PRI-3=2". Raises `InvalidInput` for what is none; levels are checked by the action."""
    found = {}
    for one in told:
        row, _, level = one.partition("=")
        if not level.isascii() or not level.isdecimal() or len(level) != 1:
            raise InvalidInput(one, "expected a question and a level such as PRI-3=2")
        found[row.strip().upper()] = int(level)
    return found


def person(email: str) -> Person:
    """The person of a mail address. Raises `InvalidInput`."""
    found = person_by_email(email)
    if found is None:
        raise InvalidInput(email, "is no active person's mail address")
    return found


def show(number: str, done: str, as_json: bool) -> None:
    """What became of it: the ticket for programs, one line for people."""
    if not as_json:
        click.echo(f"{number} {done}")
        return
    found = ticket_of(operator(), number)
    record = {
        "number": found.number,
        "device": found.unit.serial,
        "customer": found.installation.customer.name,
        "subject": found.subject,
        "state": found.state,
        "level": found.level,
        "level_clauses": found.level_clauses,
        "level_answers": found.level_answers,
        "package": found.package or None,
        "deadline": found.deadline,
        "deadline_clauses": found.deadline_clauses,
        "clauses": found.clauses,
        "assignee": found.assignee.email if found.assignee else None,
        "merged_into": found.merged_into.number if found.merged_into else None,
        "follows": found.follows.number if found.follows else None,
    }
    console.print_record(record, as_json=True)
