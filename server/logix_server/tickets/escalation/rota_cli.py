"""`logix-server rota check`: when nobody is on call although the terms need somebody (MAT-1, MAT-11)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import click

from logix_server import console
from logix_server.config import current
from logix_server.oncall import queries
from logix_server.oncall.cli import rota
from logix_server.oncall.pagers.configured import pagers_of
from logix_server.oncall.rota import RotaFacts
from logix_server.tickets.escalation.duty_hours import gaps_ahead

__all__ = ["rota"]


@rota.command("check")
@click.option("--days", type=click.IntRange(1, 92), default=14, show_default=True, help="So far ahead.")
@console.json_option
@click.pass_context
def check(context: click.Context, *, days: int, as_json: bool) -> None:
    """Tell ahead when nobody is on call or could be reached; exit code 1 where something is amiss."""
    now = console.now()
    facts = queries.rotas(now)
    gaps = [
        {"package": package, "from": start, "until": end, "told": told(start, end)}
        for package, start, end in gaps_ahead(facts, now, timedelta(days=days))
    ]
    unreachable = _unreachable(facts)
    if as_json:
        console.print_json({"gaps": gaps, "unreachable": unreachable})
    else:
        for gap in gaps:
            click.echo(f"{gap['package']}: nobody is on call {gap['told']}")
        for name in unreachable:
            click.echo(f"{name} is on a rota but cannot be reached: no channel, or no phone number is known")
    if gaps or unreachable:
        context.exit(1)
    click.echo(f"somebody is on call for the next {days} days", err=True)


def told(start: datetime, end: datetime) -> str:
    """ "Saturday 2026-03-07 03:00-06:00", in Istanbul's time."""
    begins, ends = start.astimezone(console.ISTANBUL), end.astimezone(console.ISTANBUL)
    last = f"{ends:%H:%M}" if begins.date() == ends.date() else f"{ends:%A %Y-%m-%d %H:%M}"
    return f"{begins:%A %Y-%m-%d %H:%M} - {last}"


def _unreachable(facts: Sequence[RotaFacts]) -> list[str]:
    pagers = pagers_of(current())
    on_rotas = {shift.person for one in facts for shift in one.shifts}
    return sorted(
        one.called.name
        for one in queries.people(on_rotas)
        if not any(pager.reaches(one.called) for pager in pagers)
    )
