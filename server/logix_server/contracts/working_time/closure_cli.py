"""`logix-server closure`: when nobody works in the office, beside nights and weekends."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

import click
from logix_common.errors import InvalidInput

from logix_server import console
from logix_server.contracts.cli_options import day, day_option
from logix_server.contracts.decisions import terms
from logix_server.contracts.working_time import closures, office
from logix_server.contracts.working_time.closures_listed import closures_of
from logix_server.contracts.working_time.office import Gap
from logix_server.weekly_hours import minute_of_day

COLUMNS: Final = ("what", "starts_at", "ends_at", "name", "source", "estimated", "withdrawn")


def _minute(_context: click.Context, parameter: click.Parameter, value: str) -> int:
    """A time of day such as 13:00; 24:00 is the day's end."""
    try:
        return minute_of_day(value)
    except ValueError as error:
        raise click.BadParameter(str(error), param=parameter) from error


@click.group(cls=console.Group)
def closure() -> None:
    """When the office is closed: public holidays, half days, closures of our own."""


@closure.command("add")
@click.argument("first_day", metavar="DAY", callback=day)
@day_option("--until", "last_day", text="Last day; the same day where it is left out.")
@click.option(
    "--from", "begins", callback=_minute, default="00:00", help="On the first day.", metavar="HH:MM"
)
@click.option("--to", "ends", callback=_minute, default="24:00", help="On the last day.", metavar="HH:MM")
@click.option("--reason", required=True, help="Why; shown in the list.")
@console.json_option
def add(
    *, first_day: date, last_day: date | None, begins: int, ends: int, reason: str, as_json: bool
) -> None:
    """Close the office on DAY, through --until, or in between hours; deadlines ahead move."""
    starts_at, ends_at = _instant(first_day, begins), _instant(last_day or first_day, ends)
    made = closures.add_closure(starts_at, ends_at, reason, now=console.now(), actor=console.operator())
    row = {"what": str(made.pk), "starts_at": made.starts_at, "ends_at": made.ends_at, "name": made.reason}
    console.print_record(row, as_json)


@closure.command("withdraw")
@click.argument("what")
@click.option("--reason", required=True, help="Why.")
def withdraw(*, what: str, reason: str) -> None:
    """Work after all: WHAT is the number of a closure, or the day of a public holiday."""
    now, actor = console.now(), console.operator()
    if what.isascii() and what.isdigit() and len(what) < 8:
        closures.withdraw_closure(int(what), reason, now=now, actor=actor)
    else:
        closures.work_on_holiday(_holiday(what), reason, now=now, actor=actor)
    click.echo(f"{what} is withdrawn")


def _holiday(what: str) -> date:
    try:
        return date.fromisoformat(what)
    except ValueError as error:
        raise InvalidInput(what, "is neither the number of a closure nor a day such as 2027-01-01") from error


@closure.command("list")
@click.option("--year", type=click.IntRange(2000, 2100), help="This year where it is left out.")
@console.json_option
def list_(*, year: int | None, as_json: bool) -> None:
    """List what closes the office in a year; warns of holidays that are not known well enough."""
    today = terms.local_day(console.now())
    rows = [asdict(line) for line in closures_of(year or today.year)]
    console.print_rows(rows, as_json, COLUMNS)
    for gap in office.gaps(today, closures.changes()):
        click.echo(f"warning: {said(gap)}", err=True)


def said(gap: Gap) -> str:
    """A gap for people."""
    if gap.day is None:
        return f"the religious feasts of {gap.year} are not known: add them as closures"
    return (
        f"{gap.day} ({gap.name}) is only reckoned: add it as a closure once it is announced, or withdraw it"
    )


def _instant(on: date, minute: int) -> datetime:
    # Wall-clock arithmetic first, the zone after.
    wall = datetime.combine(on, time.min) + timedelta(minutes=minute)
    return wall.replace(tzinfo=terms.ISTANBUL).astimezone(UTC)
