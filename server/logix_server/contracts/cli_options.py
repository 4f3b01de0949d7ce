"""Options that the commands on contracts share."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any, TypeVar

import click

from logix_server import console
from logix_server.contracts.decisions import terms

CommandT = TypeVar("CommandT", bound=Callable[..., Any])


def day(_context: click.Context, parameter: click.Parameter, value: str | None) -> date | None:
    """A day as it is typed, "2026-03-02"."""
    if value is None:
        return None
    try:
        return date.fromisoformat(value)
    except ValueError as error:
        raise click.BadParameter(
            f"expected a day such as 2026-03-02, got {value!r}", param=parameter
        ) from error


def moment(_context: click.Context, parameter: click.Parameter, value: str | None) -> datetime | None:
    """A moment as it is typed; a day alone is its last instant, a time without offset is of Istanbul."""
    if value is None:
        return None
    try:
        if len(value) == len("2026-03-02"):
            return terms.end_of(date.fromisoformat(value)) - datetime.resolution
        at = datetime.fromisoformat(value)
    except (ValueError, OverflowError) as error:
        expected = "a day such as 2026-03-02 or a moment such as 2026-03-02T10:00+03:00"
        raise click.BadParameter(f"expected {expected}, got {value!r}", param=parameter) from error
    return at if at.tzinfo else at.replace(tzinfo=terms.ISTANBUL)


def day_option(*names: str, text: str, required: bool = False) -> Callable[[CommandT], CommandT]:
    """An option whose value is a day."""
    return click.option(*names, callback=day, metavar="DAY", help=text, required=required)


def from_option(command: CommandT) -> CommandT:
    """`--from`: the day a fact holds from."""
    return day_option("--from", "starts_on", text="First day; today where it is left out.")(command)


def correction_options(command: CommandT) -> CommandT:
    """`--instead-of` and `--why`: the fact that was a mistake and is withdrawn in the same step."""
    command = click.option("--why", default="", help="Why that fact was a mistake.")(command)
    text = "Withdraw this fact for the new one, such as package:12; see `contract history`."
    return click.option("--instead-of", default="", metavar="FACT", help=text)(command)


def today() -> date:
    """The day of Istanbul on which the command runs."""
    return terms.local_day(console.now())
