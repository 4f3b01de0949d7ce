"""`logix-server ticket`: what engineers work on, in the order in which it is due."""

from __future__ import annotations

import sys
from datetime import timedelta
from typing import Any

import click

from logix_server import console
from logix_server.accounts.access import operator
from logix_server.tickets import clocks, queries
from logix_server.tickets.commands import arranging, speaking
from logix_server.tickets.commands.attachment import attachment
from logix_server.tickets.desk import handling
from logix_server.tickets.lifecycle import TicketState
from logix_server.tickets.models import Ticket

COLUMNS = (
    "number",
    "device",
    "component",
    "fault",
    "level",
    "urgent",
    "package",
    "deadline",
    "state",
    "clauses",
)
NO_DEADLINE = "no committed time"
MOVES = [state.value for state in TicketState if state is not TicketState.NEW]


@click.group(cls=console.Group)
def ticket() -> None:
    """Tickets."""


for command in (
    *(attachment, speaking.open_, speaking.message, speaking.note, speaking.attach, speaking.reopen),
    *(arranging.assign, arranging.level_, arranging.answers, arranging.merge, arranging.link),
):
    ticket.add_command(command)


def _row(found: Ticket) -> dict[str, Any]:
    return {
        "number": found.number,
        "device": found.unit.serial,
        "customer": found.installation.customer.name,
        "component": found.component,
        "part": found.part,
        "subject": found.subject,
        "level": found.level,
        "level_clauses": found.level_clauses,
        "urgent": found.urgent,
        "package": found.package or None,
        "deadline": found.deadline,
        "deadline_clauses": found.deadline_clauses,
        "clauses": found.clauses,
        "state": found.state,
        "opened_at": found.opened_at,
    }


def _for_people(found: Ticket) -> dict[str, Any]:
    cited = dict.fromkeys([*found.clauses, *found.level_clauses, *found.deadline_clauses])
    return _row(found) | {
        "fault": found.subject.get("en", ""),
        "subject": found.subject.get("en", ""),
        "deadline": found.deadline or NO_DEADLINE,
        "clauses": list(cited),
    }


def _clocks(found: Ticket) -> dict[str, Any]:
    """How the promise stands, and how long has been worked on it, which is no promise."""
    now = console.now()
    response, resolution = clocks.response_of(found, now), clocks.resolution_of(found, now)
    return {
        "response": response.standing(now).value,
        "answered_at": response.met_at,
        "resolution": resolution.pace.value,
        "resolution_minutes": int(resolution.worked / timedelta(minutes=1)),
        "solved_at": resolution.solved_at,
    }


@ticket.command("list")
@click.option("--device", default="", help="Only this serial's.")
@click.option("--open", "open_only", is_flag=True, help="Only those neither solved nor closed.")
@console.page_options
@console.json_option
def list_(*, device: str, open_only: bool, limit: int, offset: int, as_json: bool) -> None:
    """List tickets in the order of work: by level, package, urgency and deadline (SUP-7)."""
    found = queries.tickets(serial=device, open_only=open_only, limit=limit, offset=offset)
    console.print_rows([_row(one) if as_json else _for_people(one) for one in found], as_json, COLUMNS)


@ticket.command("show")
@click.argument("number")
@console.json_option
def show(number: str, as_json: bool) -> None:
    """Show one ticket with its faults and history."""
    found = queries.ticket_by_number(number)
    row = _row(found) if as_json else _for_people(found)
    row.pop("fault", None)
    row |= _clocks(found)
    record = row | {
        "faults": [
            {
                "id": fault.id,
                "part": fault.part,
                "code": fault.code,
                "severity": fault.severity,
                # Whether the part is sound again an engineer has to see.
                "state": "recovered, to be verified" if fault.recovered_at else fault.state,
                "raised_at": fault.raised_at,
            }
            for fault in queries.faults_of(found)
        ],
        "events": [
            {
                "at": event.at,
                "kind": event.kind,
                "actor": event.actor,
                "public": event.public,
                "detail": event.detail,
            }
            for event in queries.history_of(found)
        ],
    }
    console.print_record(record, as_json)


@ticket.command("answer")
@click.argument("number")
@click.option("--text", help="What the customer is told; standard input where it is left out.")
def answer(number: str, text: str | None) -> None:
    """Answer the customer; the first answer of a person stops the response clock."""
    said = sys.stdin.read() if text is None else text
    handling.answer(operator(console.operator()), number, said, now=console.now())
    click.echo(f"{number} is answered")


@ticket.command("move")
@click.argument("number")
@click.argument("state", type=click.Choice(MOVES))
@click.option("--why", default="", help="Kept in the history, for engineers.")
@click.option("--system-owner", default="", help="Who of the customer was told of a workaround (SUP-4).")
def move(number: str, state: str, why: str, system_owner: str) -> None:
    """Move a ticket to another state; that answers nobody."""
    by = operator(console.operator())
    handling.move(by, number, TicketState(state), why, system_owner=system_owner, now=console.now())
    click.echo(f"{number} is {state}")
