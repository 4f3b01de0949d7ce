"""`logix-server contract exception`: security patches without the update service, granted one by one."""

from __future__ import annotations

from datetime import date

import click

from logix_server import console
from logix_server.contracts import actions, history
from logix_server.contracts.cli_options import day_option, from_option, today
from logix_server.contracts.decisions.entries import Excepted
from logix_server.contracts.ledger import reference
from logix_server.fleet.queries import unit_by_serial


@click.group(cls=console.Group)
def exception() -> None:
    """Exceptions that a vendor manager grants: security patches for a lapsed customer (Reading 7)."""


@exception.command("grant")
@click.argument("serial")
@from_option
@day_option("--until", "last_day", text="Last day on which it holds.", required=True)
@click.option("--by", "granted_by", required=True, help="User name of the vendor manager who grants it.")
@click.option("--why", required=True, help="Why it is granted.")
@console.json_option
def grant(
    *, serial: str, starts_on: date | None, last_day: date, granted_by: str, why: str, as_json: bool
) -> None:
    """Record an exception: who grants it, why, and until when."""
    granted = Excepted(starts_on or today(), last_day, why.strip(), granted_by)
    place = unit_by_serial(serial).installation_id
    actions.grant_exception(place, granted, now=console.now(), actor=console.operator())
    _show(place, as_json)


@exception.command("list")
@click.argument("serial", required=False)
@console.json_option
def list_(*, serial: str | None, as_json: bool) -> None:
    """List exceptions, newest first: of one device's installation, or all."""
    _show(unit_by_serial(serial).installation_id if serial else None, as_json)


def _show(installation_id: int | None, as_json: bool) -> None:
    rows = [
        {
            "fact": reference(row),
            "customer": row.installation.customer.name,
            "installation": row.installation.name,
            "from": row.starts_on,
            "last_day": row.last_day,
            "granted_by": row.granted_by,
            "why": row.why,
            "recorded_at": row.recorded_at,
            "recorded_by": row.recorded_by,
            "withdrawn_at": withdrawal.recorded_at if withdrawal else None,
        }
        for row, withdrawal in history.exceptions(installation_id)
    ]
    console.print_rows(rows, as_json)
