"""`logix-server visit` and `logix-server agreement`."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import click

from logix_server import console
from logix_server.contracts.cli_options import day_option, from_option, moment, today
from logix_server.fleet.queries import unit_by_serial
from logix_server.visits import actions, agreements, queries
from logix_server.visits.actions import Appointment
from logix_server.visits.agreements import Agreed
from logix_server.visits.judgement import Reach
from logix_server.visits.models import MaintenanceAgreement, Visit


@click.group(cls=console.Group)
def visit() -> None:
    """Service visits to appliances."""


@click.group(cls=console.Group)
def agreement() -> None:
    """Maintenance agreements: regular visits that a customer bought (SUP-8)."""


def _row(found: Visit) -> dict[str, Any]:
    return {
        "number": found.number,
        "customer": found.installation.customer.name,
        "installation": found.installation.name,
        "ticket": found.ticket.number if found.ticket else None,
        "agreement": found.agreement_id,
        "due_on": found.due_on,
        "state": found.state,
        "starts_at": found.starts_at,
        "ends_at": found.ends_at,
        "engineer": found.engineer or None,
        "clauses": found.clauses,
    }


def _show(number: str, as_json: bool) -> None:
    found = queries.visit(None, number)
    steps = [
        {"at": step.at, "state": step.state, "actor": step.actor, "detail": step.detail}
        for step in queries.steps_of(found)
    ]
    further = {"why": found.why, "reason": found.reason, "agreed_with": found.agreed_with or None}
    console.print_record({**_row(found), **further, "report": found.report or None, "steps": steps}, as_json)


@visit.command("list")
@click.option("--ticket", "ticket_number", default="", help="Of this ticket.")
@click.option("--open", "open_only", is_flag=True, help="Only those that are still to come.")
@console.page_options
@console.json_option
def list_(*, ticket_number: str, open_only: bool, limit: int, offset: int, as_json: bool) -> None:
    """List visits, the next one first."""
    wanted = queries.Filter(open_only, ticket_number)
    found = queries.visits(None, wanted, limit=limit, offset=offset)
    console.print_rows([_row(one) for one in found], as_json)


@visit.command("show")
@click.argument("number")
@console.json_option
def show(number: str, as_json: bool) -> None:
    """Show one visit with all that happened."""
    _show(number, as_json)


@visit.command("request")
@click.argument("ticket")
@click.option("--why", required=True, help="Why somebody has to go there.")
@click.option(
    "--remote",
    type=click.Choice([reach.value for reach in Reach]),
    required=True,
    help="How the appliance can be reached from here (SUP-5).",
)
@console.json_option
def request(*, ticket: str, why: str, remote: str, as_json: bool) -> None:
    """Ask for a visit; where the terms do not give one it says why, with the clause."""
    made = actions.request(ticket, why, Reach(remote), actor=console.operator(), now=console.now())
    _show(str(made.number), as_json)


@visit.command("agree")
@click.argument("number")
@click.option("--from", "starts_at", callback=moment, required=True, metavar="MOMENT", help="Beginning.")
@click.option("--until", "ends_at", callback=moment, required=True, metavar="MOMENT", help="End.")
@click.option("--engineer", required=True, help="Who goes.")
@click.option("--with", "agreed_with", required=True, help="Who at the customer agreed.")
@console.json_option
def agree(
    *,
    number: str,
    starts_at: datetime,
    ends_at: datetime,
    engineer: str,
    agreed_with: str,
    as_json: bool,
) -> None:
    """Write down the time that was agreed with the customer."""
    appointment = Appointment(starts_at, ends_at, engineer, agreed_with)
    actions.agree(number, appointment, actor=console.operator(), now=console.now())
    _show(number, as_json)


@visit.command("done")
@click.argument("number")
@click.option("--report", required=True, help="What was found and done, as the customer reads it.")
@console.json_option
def done(*, number: str, report: str, as_json: bool) -> None:
    """Write down that it took place."""
    actions.finish(number, report, actor=console.operator(), now=console.now())
    _show(number, as_json)


@visit.command("cancel")
@click.argument("number")
@click.option("--why", required=True)
@console.json_option
def cancel(*, number: str, why: str, as_json: bool) -> None:
    """It does not take place."""
    actions.cancel(number, why, actor=console.operator(), now=console.now())
    _show(number, as_json)


def _agreement_row(found: MaintenanceAgreement) -> dict[str, Any]:
    return {
        "id": found.pk,
        "customer": found.installation.customer.name,
        "installation": found.installation.name,
        "from": found.starts_on,
        "last_day": found.last_day,
        "every_months": found.every_months,
        "scope": found.scope,
        "ended_at": found.ended_at,
    }


@agreement.command("add")
@click.argument("serial")
@from_option
@day_option("--until", "last_day", text="Last day.", required=True)
@click.option("--every-months", type=int, required=True, help="A visit every so many months.")
@click.option("--scope", required=True, help="What is done on each visit.")
@console.json_option
def add(
    *, serial: str, starts_on: date | None, last_day: date, every_months: int, scope: str, as_json: bool
) -> None:
    """Record the agreement for the installation where this unit stands."""
    agreed = Agreed(starts_on or today(), last_day, every_months, scope)
    place = unit_by_serial(serial).installation
    made = agreements.record_agreement(place, agreed, actor=console.operator(), now=console.now())
    console.print_record(_agreement_row(made), as_json)


@agreement.command("list")
@click.option("--customer", default="", help="Only of customers whose name holds this.")
@console.page_options
@console.json_option
def list_agreements(*, customer: str, limit: int, offset: int, as_json: bool) -> None:
    """List agreements, the latest first."""
    found = queries.agreements(None, customer=customer, limit=limit, offset=offset)
    console.print_rows([_agreement_row(one) for one in found], as_json)


@agreement.command("end")
@click.argument("agreement_id", type=int, metavar="ID")
@click.option("--why", required=True)
def end(*, agreement_id: int, why: str) -> None:
    """End one early; visits without an agreed time are cancelled."""
    agreements.end_agreement(agreement_id, why, actor=console.operator(), now=console.now())
