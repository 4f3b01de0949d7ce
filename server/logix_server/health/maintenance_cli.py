"""`logix-server device maintenance`: a time in which what a unit finds is expected."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any, Final

import click

from logix_server import console
from logix_server.fleet.cli import SHOWN_BESIDE
from logix_server.fleet.models import Unit
from logix_server.fleet.queries import unit_by_serial
from logix_server.health import queries, suppressing
from logix_server.health.models import Suppression
from logix_server.modules.cli import device

__all__ = ["device"]

_UNITS: Final = {"m": 1, "h": 60}


def _span(_context: click.Context, parameter: click.Parameter, value: str | None) -> timedelta | None:
    """A duration as it is typed: 90m, 2h, 1h30m."""
    if value is None:
        return None
    pieces = re.findall(r"([0-9]{1,4})([mh])", value)
    if not pieces or "".join(number + unit for number, unit in pieces) != value:
        raise click.BadParameter(f"expected a time such as 90m or 2h, got {value!r}", param=parameter)
    return timedelta(minutes=sum(int(number) * _UNITS[unit] for number, unit in pieces))


@device.command("maintenance")
@click.argument("serial")
@click.option("--for", "span", callback=_span, metavar="TIME", help="From now on, 1m to 24h: 90m, 2h, 1h30m.")
@click.option("--why", default="", help="Kept with the window and in the audit.")
@click.option("--end", is_flag=True, help="End the window that stands.")
@console.json_option
def maintenance(*, serial: str, span: timedelta | None, why: str, end: bool, as_json: bool) -> None:
    """Open or end a maintenance window of a unit; without --for and --end say whether one stands.

    What the unit finds in it is on record as suppressed; what still stands at its end is judged then.
    """
    if end and span is not None:
        raise click.UsageError("choose --for or --end")
    unit, now = unit_by_serial(serial), console.now()
    if end:
        raised = suppressing.end_window(unit, by=console.operator(), now=now)
        console.print_record({"serial": serial, "maintenance": None, "raised": raised}, as_json)
        return
    if span is not None:
        suppressing.open_window(unit, span, why, by=console.operator(), now=now)
    console.print_record({"serial": serial, **_shown(unit)}, as_json)


def _shown(unit: Unit) -> dict[str, Any]:
    window = queries.maintenance_of(unit.pk, console.now())
    return {"maintenance": _window(window) if window else None}


def _window(window: Suppression) -> dict[str, Any]:
    return {
        "until": window.until,
        "since": window.created_at,
        "by": window.created_by,
        "why": window.why,
        "kept_back": queries.kept_back_count(window.pk),
    }


SHOWN_BESIDE.append(_shown)
