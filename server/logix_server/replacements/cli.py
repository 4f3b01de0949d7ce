"""`logix-server replacement`: parts and units under warranty."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from logix_server import console
from logix_server.contracts.decisions.terms import FaultCause, local_day
from logix_server.fleet.cli import bundle_option, give_bundle
from logix_server.replacements import actions, fitting, queries
from logix_server.replacements.actions import Wanted
from logix_server.replacements.lifecycle import ReplacementState
from logix_server.replacements.models import Replacement
from logix_server.replacements.queries import Filter

why_option = click.option("--why", default="", help="What is to be remembered of it.")


@click.group(cls=console.Group)
def replacement() -> None:
    """Replacement of parts and units (RMA): asked for, judged, shipped, fitted, returned."""


def _row(found: Replacement) -> dict[str, Any]:
    return {
        "number": found.number,
        "ticket": found.ticket.number,
        "customer": found.installation.customer.name,
        "unit": found.unit.serial,
        "part": found.part,
        "fault": found.fault_code or None,
        "state": found.state,
        "course": found.course or None,
        "clauses": found.clauses,
        "new_serial": found.new_serial or None,
        "return_due_on": found.return_due_on,
    }


def _show(number: str, as_json: bool) -> None:
    found = queries.replacement(None, number)
    steps = [
        {"at": step.at, "state": step.state, "actor": step.actor, "detail": step.detail}
        for step in queries.steps_of(found)
    ]
    further = {"cause": found.cause or None, "reason": found.reason, "outcome": found.outcome or None}
    console.print_record({**_row(found), **further, "steps": steps}, as_json)


@replacement.command("list")
@click.option("--device", "serial", default="", help="Of this unit, the faulty or the new one.")
@click.option("--ticket", "ticket_number", default="", help="Of this ticket.")
@click.option("--state", type=click.Choice([state.value for state in ReplacementState]), default=None)
@click.option("--open", "open_only", is_flag=True, help="Only those under way.")
@click.option("--late", is_flag=True, help="Only those whose faulty part or unit is owed back by now.")
@console.page_options
@console.json_option
def list_(
    *,
    serial: str,
    ticket_number: str,
    state: str | None,
    open_only: bool,
    late: bool,
    limit: int,
    offset: int,
    as_json: bool,
) -> None:
    """List replacements, the oldest first."""
    late_on = local_day(console.now()) if late else None
    wanted = Filter(open_only, ticket_number, serial, state or "", late_on)
    found = queries.replacements(None, wanted, limit=limit, offset=offset)
    console.print_rows([_row(one) for one in found], as_json)


@replacement.command("show")
@click.argument("number")
@console.json_option
def show(number: str, as_json: bool) -> None:
    """Show one replacement with all that happened."""
    _show(number, as_json)


@replacement.command("request")
@click.argument("ticket")
@click.option("--part", default="", help="Part as the ticket names it; without it the whole unit.")
@click.option("--fault", default="", help="Code of the fault.")
@why_option
@console.json_option
def request(*, ticket: str, part: str, fault: str, why: str, as_json: bool) -> None:
    """Ask for a replacement on a ticket; an engineer decides on it."""
    wanted = Wanted(ticket, part, fault, why)
    made = actions.request(wanted, actor=console.operator(), now=console.now())
    _show(str(made.number), as_json)


@replacement.command("decide")
@click.argument("number")
@click.option(
    "--confirmed/--not-confirmed", required=True, help="Fault and need to replace were found (WAR-7)."
)
@click.option(
    "--cause",
    type=click.Choice([cause.value for cause in FaultCause]),
    default=FaultCause.DEFECT.value,
    show_default=True,
    help="What the fault came from (WAR-5).",
)
@click.option("--found", required=True, help="What was found, as the customer is told.")
@console.json_option
def decide(*, number: str, confirmed: bool, cause: str, found: str, as_json: bool) -> None:
    """Give an engineer's finding; the contract answers, and the customer is told."""
    actions.decide(
        number,
        confirmed=confirmed,
        cause=FaultCause(cause),
        found=found,
        actor=console.operator(),
        now=console.now(),
    )
    _show(number, as_json)


@replacement.command("ship")
@click.argument("number")
@click.option("--carrier", default="")
@click.option("--tracking", default="", help="Number of the shipment.")
@console.json_option
def ship(*, number: str, carrier: str, tracking: str, as_json: bool) -> None:
    """What replaces the faulty one has left."""
    actions.ship(number, carrier, tracking, actor=console.operator(), now=console.now())
    _show(number, as_json)


@replacement.command("receive")
@click.argument("number")
@click.option("--serial", default="", help="As read from what came back; needed of a whole unit.")
@console.json_option
def receive(*, number: str, serial: str, as_json: bool) -> None:
    """The faulty one has arrived at the support centre."""
    actions.receive(number, serial, actor=console.operator(), now=console.now())
    _show(number, as_json)


@replacement.command("fit")
@click.argument("number")
@click.option("--serial", default="", help="Of the new part or unit.")
@click.option("--repaired", is_flag=True, help="Nothing is new: it was repaired.")
@click.option("--model", default="", help="Of the new unit, where it is another one (WAR-9).")
@bundle_option
@why_option
@console.json_option
def fit(
    *,
    number: str,
    serial: str,
    repaired: bool,
    model: str,
    bundle_out: Path | None,
    why: str,
    as_json: bool,
) -> None:
    """Part or unit is in its place. Of a new unit the enrolment bundle is given, good once, for a day."""
    actor, now = console.operator(), console.now()
    if queries.replacement(None, number).whole_unit and not repaired:
        fitted = fitting.fit_unit(number, serial, model=model, actor=actor, now=now)
        give_bundle(fitted.bundle, bundle_out)
    else:
        fitting.fit_part(number, repaired=repaired, new_serial=serial, why=why, actor=actor, now=now)
        _show(number, as_json)


@replacement.command("withdraw")
@click.argument("number")
@click.option("--why", required=True)
@console.json_option
def withdraw(*, number: str, why: str, as_json: bool) -> None:
    """It is not wanted after all."""
    actions.withdraw(number, why, actor=console.operator(), now=console.now())
    _show(number, as_json)


@replacement.command("close")
@click.argument("number")
@why_option
@console.json_option
def close(*, number: str, why: str, as_json: bool) -> None:
    """End it. Where a faulty one that is owed back is written off, say why."""
    actions.close(number, why, actor=console.operator(), now=console.now())
    _show(number, as_json)
