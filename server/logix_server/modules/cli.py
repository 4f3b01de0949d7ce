"""`logix-server device modules` and `logix-server modules`: what was stated, and what waits for a person."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import click
from logix_common.module_statement import parsed

from logix_server import console
from logix_server.contracts.registration_cli import device
from logix_server.fleet.queries import unit_by_serial
from logix_server.modules import actions, queries
from logix_server.modules.models import ModuleReport, ModuleStatement

__all__ = ["device", "modules"]


@device.command("modules")
@click.argument("serial")
@console.json_option
def device_modules(serial: str, as_json: bool) -> None:
    """Show which modules of a unit run by its statement (UPD-6), why, and what the unit says of them."""
    unit = unit_by_serial(serial)
    stated = queries.statements_of(unit)
    newest = next((row for row in stated if row.device_id == unit.device_id), None)
    report = queries.report_of(unit)
    told: dict[str, Any] = {"serial": serial, "device_id": unit.device_id}
    if newest is None:
        told |= {"state": None, "why": "no statement was issued yet"}
    else:
        told |= _newest(newest, report, as_json)
    told |= _report(report)
    told["due"] = [
        {"state": each.state, "clauses": list(each.clauses), "turns_off": each.turns_off}
        for each in queries.due(console.now(), [unit.installation_id])
        if each.unit_id == unit.pk
    ]
    told["statements"] = [
        {
            "counter": row.counter,
            "state": row.state,
            "issued_at": row.issued_at,
            "device_id": row.device_id,
            "key": row.key_id,
        }
        for row in stated
    ]
    console.print_record(told, as_json)


def _newest(row: ModuleStatement, report: ModuleReport | None, as_json: bool) -> dict[str, Any]:
    """The statement that holds; its sentence in both languages for programs, in English for people."""
    content = parsed(bytes(row.payload))
    reason = dict(content.reason)
    return {
        "state": row.state,
        "counter": row.counter,
        "issued_at": row.issued_at,
        "clauses": list(content.clauses),
        "reason": reason if as_json else reason["en"],
        "acknowledged": report is not None and report.counter >= row.counter,
    }


def _report(report: ModuleReport | None) -> dict[str, Any]:
    """What the unit says; nothing where it never said anything."""
    told_at: datetime | None = report.told_at if report else None
    return {
        "accepted_counter": report.counter if report else None,
        "told_at": told_at,
        "problem": report.problem if report else "",
        "modules": list(report.modules) if report else [],
    }


@click.group(cls=console.Group)
def modules() -> None:
    """Module statements (UPD-6): what is due, what a person has to look at."""


@modules.command("due")
@console.json_option
def due(as_json: bool) -> None:
    """List units whose statement is out of date; where many would lose modules at once, they wait here."""
    rows = [
        {
            "serial": each.serial,
            "state": each.state,
            "clauses": list(each.clauses),
            "turns_off": each.turns_off,
        }
        for each in queries.due(console.now())
    ]
    console.print_rows(rows, as_json)


@modules.command("release")
@click.option("--reason", required=True, help="Why so many may lose modules at once; kept in the audit.")
def release(reason: str) -> None:
    """Issue every statement that is due, also those that were held back because they are so many."""
    done = actions.release(reason, console.operator(), console.now())
    click.echo(f"{done.issued} statements were issued")
