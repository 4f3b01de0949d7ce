"""`logix-server fault mute | unmute | mutes`: findings that call nobody for a time, and who said so."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import click

from logix_server import console
from logix_server.contracts.cli_options import moment
from logix_server.fleet.queries import unit_by_serial
from logix_server.health import queries, suppressing
from logix_server.health.cli import fault
from logix_server.health.models import Suppression

__all__ = ["fault"]

COLUMNS = ("id", "device", "part", "code", "level", "until", "state", "kept_back", "by", "why")


def _row(mute: Suppression, kept_back: int) -> dict[str, Any]:
    return {
        "id": mute.pk,
        "device": mute.unit.serial,
        "part": mute.part or None,
        "code": mute.code or None,
        "level": mute.severity,
        "urgent_too": mute.urgent,
        "why": mute.why,
        "by": mute.created_by,
        "since": mute.created_at,
        "until": mute.until,
        "state": mute.state,
        "ended_at": None if mute.state == Suppression.State.STANDING else mute.state_at,
        "ended_by": None if mute.state == Suppression.State.STANDING else mute.state_by,
        "ended_why": mute.state_reason or None,
        "kept_back": kept_back,
    }


@fault.command("mute")
@click.argument("serial")
@click.option("--part", default="", help="Only this part, such as disk:S3Z8NB0K; every part without it.")
@click.option("--code", default="", help="Only this fault, such as disk.interface-errors; all without it.")
@click.option(
    "--level",
    type=click.IntRange(1, 3),
    help="The most critical level that is muted; without it the gravest of what stands now.",
)
@click.option("--until", callback=moment, required=True, metavar="MOMENT", help="At most 365 days ahead.")
@click.option("--why", required=True, help="Kept with the mute and in the audit.")
@console.json_option
def mute(
    *, serial: str, part: str, code: str, level: int | None, until: datetime, why: str, as_json: bool
) -> None:
    """Keep findings of a unit on record without a ticket; what gets graver is judged all the same."""
    made, count = suppressing.mute(
        unit_by_serial(serial),
        part=part,
        code=code,
        level=level,
        until=until,
        why=why,
        by=console.operator(),
        now=console.now(),
    )
    console.print_record(_row(made, count), as_json)


@fault.command("unmute")
@click.argument("number", type=int)
@click.option("--why", required=True, help="Kept with the mute and in the audit.")
def unmute(number: int, why: str) -> None:
    """Lift a mute before its time: what still stands is judged now."""
    raised = suppressing.unmute(number, why, by=console.operator(), now=console.now())
    click.echo(f"mute {number} is lifted; findings to be judged now: {raised}")


@fault.command("mutes")
@click.option("--device", default="", help="Only this serial's.")
@click.option("--all", "ended_too", is_flag=True, help="Ended ones, too.")
@console.page_options
@console.json_option
def mutes(*, device: str, ended_too: bool, limit: int, offset: int, as_json: bool) -> None:
    """List mutes, newest first."""
    found = queries.mutes(serial=device, ended_too=ended_too, limit=limit, offset=offset)
    rows = [_row(mute, count) for mute, count in found]
    console.print_rows(rows, as_json, COLUMNS)
