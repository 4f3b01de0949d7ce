"""`logix-server rota`: who is on call, week by week and for a time."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any, Final

import click
from logix_common.errors import InvalidInput

from logix_server import console
from logix_server.escalation_rules import PACKAGES
from logix_server.oncall import actions, queries
from logix_server.oncall.actions import Change, Hours
from logix_server.weekly_hours import DAYS, minute_of_day

package_option = click.option(
    "--package",
    "packages",
    multiple=True,
    type=click.Choice(PACKAGES),
    required=True,
    help="May be repeated.",
)
_TIMES: Final = {"from": "start_minute", "until": "end_minute"}


@click.group(cls=console.Group)
def rota() -> None:
    """Who is on call: rotas with weekly shifts, and other people for a time."""


@rota.command("add")
@click.argument("name")
@package_option
@click.option("--tier", type=click.IntRange(1, 99), default=1, show_default=True, help="1 is called first.")
def add(*, name: str, packages: tuple[str, ...], tier: int) -> None:
    """Make a rota for the tickets of some packages."""
    made = actions.add_rota(name, packages, tier, actor=console.operator(), now=console.now())
    click.echo(f"{made.name} is there; give it shifts with `logix-server rota shift`")


@rota.command("retire")
@click.argument("name")
def retire(*, name: str) -> None:
    """Use a rota no longer."""
    actions.retire_rota(name, actor=console.operator(), now=console.now())
    click.echo(f"{name} is retired")


@rota.command("list")
@console.json_option
def list_(*, as_json: bool) -> None:
    """List the rotas with who is on call now."""
    console.print_rows(queries.listed(console.now()), as_json)


@rota.command("show")
@click.argument("name")
@console.json_option
def show(*, name: str, as_json: bool) -> None:
    """Show a rota's shifts and the changes that are not over."""
    found = queries.shown(name, console.now())
    if not as_json:
        shifts = found["shifts"]
        assert isinstance(shifts, list)
        found = {**found, "shifts": [_in_words(shift) for shift in shifts]}
    console.print_record(found, as_json)


def _in_words(shift: dict[str, Any]) -> dict[str, Any]:
    hours = {name: f"{shift[key] // 60:02}:{shift[key] % 60:02}" for name, key in _TIMES.items()}
    first = {"id": shift["id"], "person": shift["person"], "weekday": DAYS[shift["weekday"]], **hours}
    return first | {key: value for key, value in shift.items() if key not in {*first, *_TIMES.values()}}


def _days(_context: click.Context, parameter: click.Parameter, value: str) -> tuple[int, ...]:
    """ "mon-fri", "sat,sun"."""
    found: list[int] = []
    for part in value.lower().split(","):
        first, _, last = part.partition("-")
        if first not in DAYS or (last or first) not in DAYS:
            raise click.BadParameter(f"expected mon-fri or sat,sun, got {value!r}", param=parameter)
        start, count = DAYS.index(first), (DAYS.index(last or first) - DAYS.index(first)) % 7
        found.extend((start + offset) % 7 for offset in range(count + 1))
    return tuple(sorted(set(found)))


def _hours(_context: click.Context, parameter: click.Parameter, value: str) -> tuple[int, int]:
    """ "17:00-09:00" runs into the next day."""
    begins, _, ends = value.partition("-")
    try:
        return minute_of_day(begins), minute_of_day(ends)
    except ValueError as error:
        raise click.BadParameter(str(error), param=parameter) from error


def _day(_context: click.Context, parameter: click.Parameter, value: str | None) -> date | None:
    try:
        return date.fromisoformat(value) if value else None
    except ValueError as error:
        text = f"expected a day such as 2026-03-02, got {value!r}"
        raise click.BadParameter(text, param=parameter) from error


@rota.command("shift")
@click.argument("name")
@click.argument("person", metavar="EMAIL")
@click.option("--days", callback=_days, required=True, metavar="mon-fri", help="Days on which it begins.")
@click.option("--hours", callback=_hours, required=True, metavar="17:00-09:00", help="Of Istanbul.")
@click.option("--every-weeks", type=click.IntRange(1, 26), default=1, help="2 = every other week.")
@click.option("--from", "first", callback=_day, metavar="DAY", help="Today where it is left out.")
@click.option("--until", "last", callback=_day, metavar="DAY", help="The last day on which it begins.")
def shift(
    *,
    name: str,
    person: str,
    days: tuple[int, ...],
    hours: tuple[int, int],
    every_weeks: int,
    first: date | None,
    last: date | None,
) -> None:
    """Give a person the same hours on some days of the week."""
    now = console.now()
    wanted = Hours(days, *hours, first or now.astimezone(console.ISTANBUL).date(), last, every_weeks)
    made = actions.add_shifts(name, person, wanted, actor=console.operator(), now=now)
    click.echo(f"shifts {', '.join(str(one.pk) for one in made)} of {name}")


@rota.command("end-shift")
@click.argument("shift_id", type=click.IntRange(1), metavar="SHIFT")
@click.option("--after", "last", callback=_day, required=True, metavar="DAY", help="Its last day.")
def end_shift(*, shift_id: int, last: date) -> None:
    """Let a shift begin on no day after DAY."""
    actions.end_shift(shift_id, last, actor=console.operator(), now=console.now())
    click.echo(f"shift {shift_id} ends after {last}")


def _moment(value: str, where: str) -> datetime:
    try:
        moment = datetime.fromisoformat(value)
    except ValueError as error:
        raise InvalidInput(where, f"expected such as 2026-03-02T17:00, got {value[:40]!r}") from error
    if not 2000 <= moment.year <= 2100:
        raise InvalidInput(where, f"expected a year from 2000 to 2100, got {moment.year}")
    return (moment if moment.tzinfo else moment.replace(tzinfo=console.ISTANBUL)).astimezone(UTC)


@rota.command("override")
@click.argument("name")
@click.option("--from", "begins", required=True, metavar="MOMENT", help="2026-03-02T17:00 of Istanbul.")
@click.option("--until", "ends", required=True, metavar="MOMENT")
@click.option("--person", default="", metavar="EMAIL", help="Who comes in; left out: nobody.")
@click.option("--for", "replaces", default="", metavar="EMAIL", help="Who is away; left out: everybody.")
@click.option("--reason", required=True)
def override(*, name: str, begins: str, ends: str, person: str, replaces: str, reason: str) -> None:
    """Put in another person, or nobody, for a time: a swap, a holiday."""
    change = Change(_moment(begins, "from"), _moment(ends, "until"), person, replaces, reason)
    made = actions.override(name, change, actor=console.operator(), now=console.now())
    click.echo(f"override {made.pk} of {name}")


@rota.command("withdraw")
@click.argument("override_id", type=click.IntRange(1), metavar="OVERRIDE")
def withdraw(*, override_id: int) -> None:
    """Take an override back."""
    actions.withdraw_override(override_id, actor=console.operator(), now=console.now())
    click.echo(f"override {override_id} is withdrawn")


@rota.command("now")
@click.option("--package", type=click.Choice(PACKAGES), default="profesyonel", show_default=True)
@click.option("--at", metavar="MOMENT", help="Another moment; Istanbul's time.")
@console.json_option
def now_(*, package: str, at: str | None, as_json: bool) -> None:
    """List who is on call, in the order in which they are called."""
    people = queries.on_call(package, _moment(at, "at") if at else console.now())
    rows = [{"name": one.called.name, "phone": one.called.phone, "email": one.called.email} for one in people]
    console.print_rows(rows, as_json)
