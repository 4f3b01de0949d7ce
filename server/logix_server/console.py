"""How commands speak: tables on a terminal, JSON for programs, errors on stderr; exit 0, 1 or 2.

Times are shown in Europe/Istanbul; JSON has them in UTC, ISO 8601.
"""

from __future__ import annotations

import getpass
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import UTC, date, datetime
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import click
from logix_common.errors import LogixError
from rich.console import Console
from rich.table import Table
from rich.text import Text

ISTANBUL = ZoneInfo("Europe/Istanbul")
CommandT = TypeVar("CommandT", bound=Callable[..., Any])


class Group(click.Group):
    """A group whose commands end with exit code 1 and one line on stderr when we refuse."""

    def invoke(self, ctx: click.Context) -> Any:
        from django.db import DatabaseError

        try:
            with _in_english(ctx):
                return super().invoke(ctx)
        except LogixError as error:
            raise click.ClickException(str(error)) from error
        except DatabaseError as error:
            advice = "was `logix-server init` run here (LOGIX_DATA, LOGIX_DATABASE_URL), is it up to date?"
            raise click.ClickException(f"the database refuses: {error}\n{advice}") from error


def _in_english(ctx: click.Context) -> AbstractContextManager[None]:
    """What pages say, too, is said in the commands' language. Before the first group Django is not set up."""
    if ctx.parent is None:
        return nullcontext()
    from django.utils.translation import override

    return override("en")


json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON for programs.")


def page_options(command: CommandT) -> CommandT:
    """`--limit` and `--offset` of a list."""
    command = click.option("--offset", type=click.IntRange(0), default=0, help="Rows to pass over.")(command)
    limit = click.IntRange(1, 10_000)
    return click.option("--limit", type=limit, default=100, show_default=True, help="Rows at most.")(command)


def operator() -> str:
    """The actor of what is done on the command line."""
    try:
        return f"operator:{getpass.getuser()}"
    except (KeyError, OSError):  # a user id without a name
        return "operator:unknown"


def now() -> datetime:
    """The moment at which a command acts."""
    return datetime.now(UTC)


def shown(value: object) -> str:
    """`value` for people."""
    if value is None or value == "":
        return "-"
    if isinstance(value, datetime):
        return value.astimezone(ISTANBUL).strftime("%Y-%m-%d %H:%M:%S")
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return ", ".join(shown(item) for item in value) or "-"
    if isinstance(value, dict):
        if value.keys() == {"tr", "en"}:  # a sentence in both languages; JSON has both
            return shown(value["en"])
        return ", ".join(f"{key}={shown(item)}" for key, item in value.items()) or "-"
    return str(value)


def _plain(value: object) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    return str(value)


def print_json(value: object) -> None:
    """JSON on stdout; the only thing there."""
    click.echo(json.dumps(value, default=_plain, ensure_ascii=False, indent=2))


def print_rows(rows: Sequence[Mapping[str, Any]], as_json: bool, columns: Sequence[str] = ()) -> None:
    """A list: JSON array, or a table of `columns` (all keys of the first row where none are named)."""
    if as_json:
        print_json(list(rows))
        return
    if not rows:
        click.echo("nothing to show", err=True)
        return
    names = list(columns) or list(rows[0])
    table = Table(*(name.replace("_", " ") for name in names), box=None, pad_edge=False)
    for row in rows:
        table.add_row(*(Text(shown(row.get(name))) for name in names))
    _console().print(table)


def print_record(record: Mapping[str, Any], as_json: bool) -> None:
    """One thing with all its fields; lists of things are shown as tables below."""
    if as_json:
        print_json(record)
        return
    nested = {
        key: value
        for key, value in record.items()
        if isinstance(value, list) and value and isinstance(value[0], dict)
    }
    table = Table(box=None, show_header=False, pad_edge=False)
    for key, value in record.items():
        if key not in nested:
            table.add_row(Text(key.replace("_", " "), style="bold"), Text(shown(value)))
    _console().print(table)
    for key, rows in nested.items():
        click.echo(f"\n{key.replace('_', ' ')}")
        print_rows(rows, as_json=False)


def _console() -> Console:
    # Piped output is not cut to 80 columns.
    return Console() if sys.stdout.isatty() else Console(width=240)
