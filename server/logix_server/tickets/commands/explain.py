"""`logix-server device explain`: what a device is entitled to, by which clause, and what would change it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import click
from django.utils import translation

from logix_server import console
from logix_server.contracts import wording
from logix_server.contracts.decisions import remedies, terms
from logix_server.contracts.decisions.entitlements import Entitlement, entitlements
from logix_server.contracts.decisions.information import information
from logix_server.contracts.decisions.reasons import Reason
from logix_server.contracts.decisions.standing import standing
from logix_server.contracts.decisions.versions import release_of, upgrade_steps
from logix_server.contracts.device_facts import DeviceFacts, device_facts
from logix_server.contracts.working_time import closures
from logix_server.fleet.queries import unit_by_serial
from logix_server.health.maintenance_cli import device
from logix_server.tickets.decisions import sla
from logix_server.tickets.decisions.procedure import PROCEDURES
from logix_server.tickets.decisions.sla import InForce

__all__ = ["device"]


def _moment(_context: click.Context, parameter: click.Parameter, value: str | None) -> datetime:
    """`--at`: without an offset it is Istanbul's time, a day alone its beginning."""
    if value is None:
        return console.now()
    try:
        moment = datetime.fromisoformat(value)
    except ValueError as error:
        text = f"expected a moment such as 2026-03-02T10:00, got {value!r}"
        raise click.BadParameter(text, param=parameter) from error
    if not 1900 <= moment.year <= 2999:
        raise click.BadParameter(f"expected a year from 1900 to 2999, got {moment.year}", param=parameter)
    return moment if moment.tzinfo else moment.replace(tzinfo=terms.ISTANBUL)


@device.command("explain")
@click.argument("serial")
@click.option("--at", callback=_moment, metavar="MOMENT", help="Another moment; Istanbul's time.")
@click.option("--language", type=click.Choice(wording.LANGUAGES), default="en", show_default=True)
@console.json_option
def explain(*, serial: str, at: datetime, language: str, as_json: bool) -> None:
    """Show everything a device is entitled to, by which clause, until when, and what would change it.

    Whether access is open and a fault confirmed is known at the time of a session or a replacement; here
    they are shown as steps.
    """
    asked = device_facts(unit_by_serial(serial), at)
    if as_json:
        console.print_json(_record(asked))
    else:
        _print(asked, language)


def _record(asked: DeviceFacts) -> dict[str, Any]:
    """The whole answer for programs."""
    found = entitlements(asked.facts, asked.at, asked.known, asked.office)
    return {
        **_head(asked),
        "runs": _standing(asked),
        "actions": [_entitlement(one) for one in found],
        "response": _response(asked),
        "information": [
            {"clause": reason.clause, "text": wording.sentences([reason])}
            for reason in information(asked.facts, asked.at)
        ],
    }


def _head(asked: DeviceFacts) -> dict[str, Any]:
    return {
        "device": asked.unit.serial,
        "customer": asked.unit.installation.customer.name,
        "installation": asked.unit.installation.name,
        "model": asked.unit.model,
        "version": asked.version or None,
        "upgrades_one_by_one": _upgrades(asked),  # UPD-8
        "at": asked.at,
        "purchased_on": asked.facts.purchased_on,
    }


def _upgrades(asked: DeviceFacts) -> list[str]:
    """The versions to go through so that data is carried along (UPD-8)."""
    installed = release_of(asked.version, asked.releases)
    if installed is None:
        return []
    steps = upgrade_steps(installed, asked.releases, terms.local_day(asked.at))
    return [release.version for release in steps]


def _standing(asked: DeviceFacts) -> list[dict[str, Any]]:
    return [
        {"what": line.what, "state": line.state, "until": line.until, "clauses": list(line.clauses)}
        for line in standing(asked.facts, asked.at)
    ]


def _entitlement(one: Entitlement) -> dict[str, Any]:
    return {
        "action": one.action.value,
        "allowed": one.decision.allowed,
        "clauses": list(one.decision.clauses),
        "reason": wording.sentences(one.decision.reasons),
        "until": one.decision.until,
        "allowed_by_time_at": one.opens_at,
        "would_change_it": None if one.steps is None else [_step(step) for step in one.steps],
    }


def _step(step: remedies.Step) -> dict[str, str]:
    return {"step": step.value} | {
        language: _said(remedies.TEXTS[step], language) for language in wording.LANGUAGES
    }


def _response(asked: DeviceFacts) -> list[dict[str, Any]]:
    """What a ticket of each level that is opened at this moment would be given."""
    day = terms.local_day(asked.at)
    package = terms.running_package(asked.facts, day)
    rows = []
    for level, procedure in sorted(PROCEDURES.items()):
        opening = InForce(
            asked.at, level, package.package if package else None, terms.suspended(asked.facts, day)
        )
        clock = sla.response([opening], closures.calendar_around(asked.at, asked.at, asked.office))
        rows.append(
            {
                "level": level,
                "target_minutes": None if package is None else sla.TARGETS[package.package, level],
                "deadline_if_opened_now": clock.deadline,
                "clauses": list(clock.clauses),
                "handled": wording.sentences([procedure.reason]),
            }
        )
    return rows


def _print(asked: DeviceFacts, language: str) -> None:
    told = _record(asked)
    console.print_record(_head(asked), as_json=False)
    click.echo("\nwhat runs")
    console.print_rows(told["runs"], as_json=False)
    click.echo("\nwhat may be done")
    console.print_rows([_for_people(row, language) for row in told["actions"]], as_json=False)
    click.echo("\nresponse to a ticket opened at this moment")
    rows = [{**row, "handled": row["handled"][language]} for row in told["response"]]
    columns = ("level", "deadline_if_opened_now", "clauses", "handled")
    console.print_rows(rows, as_json=False, columns=columns)
    click.echo("\nwhat else the terms say")
    rows = [{"clause": row["clause"], "text": row["text"][language]} for row in told["information"]]
    console.print_rows(rows, as_json=False)


def _for_people(row: Mapping[str, Any], language: str) -> dict[str, Any]:
    return {
        "action": row["action"],
        "allowed": "on condition" if _on_condition(row) else row["allowed"],
        "clauses": row["clauses"],
        "until": row["until"],
        "why": row["reason"][language],
        "what_would_change_it": _change(row, language),
    }


def _on_condition(row: Mapping[str, Any]) -> bool:
    """Whether the contract gives it, and only what is settled on the day is wanting."""
    steps = {step["step"] for step in row["would_change_it"] or ()}
    return bool(steps) and steps <= remedies.OF_THE_MOMENT


def _change(row: Mapping[str, Any], language: str) -> str:
    if row["allowed"]:
        return ""
    steps: Iterable[Mapping[str, str]] = row["would_change_it"] or ()
    told = [step[language] for step in steps]
    if row["allowed_by_time_at"] is not None:
        told.append(_by_time(row["allowed_by_time_at"], language))
    return " ".join(told) or _said(remedies.NOTHING, language)


def _by_time(moment: datetime, language: str) -> str:
    shown = console.shown(moment)[:16]
    return wording.sentence(Reason("", remedies.BY_TIME, {"moment": shown}), language)


def _said(message: str, language: str) -> str:
    with translation.override(language):
        return translation.gettext(message)
