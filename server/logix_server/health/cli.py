"""`logix-server fault`: what devices reported, and the contract's answer."""

from __future__ import annotations

from typing import Any

import click
from logix_common.findings import advice_of, title_of

from logix_server import console
from logix_server.health import queries
from logix_server.health.models import Fault, Suppression

COLUMNS = (
    "id",
    "device",
    "component",
    "part",
    "fault",
    "severity",
    "state",
    "raised_at",
    "answer",
    "clauses",
)


@click.group(cls=console.Group)
def fault() -> None:
    """Hardware faults and other findings."""


def _row(found: Fault) -> dict[str, Any]:
    return {
        "id": found.id,
        "device": found.unit.serial,
        "customer": found.installation.customer.name,
        "component": found.component,
        "part": found.part,
        "code": found.code,
        "title": {language: title_of(found.code, language) for language in ("tr", "en")},
        "severity": found.severity,
        "worst_severity": found.worst_severity,
        "urgent": found.urgent,
        "state": _state(found),
        "raised_at": found.raised_at,
        "recovered_at": found.recovered_at,
        "repeats": found.repeats,
        "covered": found.covered,
        "clauses": found.clauses,
        "reason": found.reason,
        "ticket": found.ticket_number or None,
    }


def _state(found: Fault) -> str:
    """What a person wants to know first: that it is over, or why nobody was called."""
    if found.recovered_at:
        return found.state
    if found.watched:
        return "watched"
    if found.suppressed_by is not None:
        return "muted" if found.suppressed_by.kind == Suppression.Kind.MUTE else "suppressed"
    return found.state


def _suppression(found: Fault) -> dict[str, Any] | None:
    """What keeps it back, or kept it back to its end."""
    by = found.suppressed_by
    if by is None:
        return None
    return {"id": by.pk, "kind": by.kind, "by": by.created_by, "why": by.why, "until": by.until}


def _answer(found: Fault) -> str:
    if found.covered is None and found.suppressed_by is not None:
        return "not judged"
    if found.covered is None:
        return "not yet judged"
    return found.ticket_number if found.covered else "not covered"


def _for_people(found: Fault) -> dict[str, Any]:
    return _row(found) | {"fault": title_of(found.code, "en"), "answer": _answer(found)}


@fault.command("list")
@click.option("--device", default="", help="Only this serial's.")
@click.option("--open", "open_only", is_flag=True, help="Only those that stand.")
@click.option("--refused", "refused_only", is_flag=True, help="Only those that no contract covers.")
@console.page_options
@console.json_option
def list_(
    *, device: str, open_only: bool, refused_only: bool, limit: int, offset: int, as_json: bool
) -> None:
    """List faults, newest first."""
    found = queries.faults(
        serial=device, open_only=open_only, refused_only=refused_only, limit=limit, offset=offset
    )
    console.print_rows([_row(one) if as_json else _for_people(one) for one in found], as_json, COLUMNS)


@fault.command("show")
@click.argument("number", type=int)
@console.json_option
def show(number: int, as_json: bool) -> None:
    """Show one fault with its evidence and history."""
    found = queries.fault_by_id(number)
    record = _row(found) | {
        "device_time": found.device_time,
        "clock_skew_s": found.skew_us / 1_000_000,
        "identity": found.identity,
        "related_parts": found.related_parts,
        "suppressed_by": _suppression(found),
        "evidence": found.evidence,
        "events": [
            {"at": event.at, "kind": event.kind, "detail": event.detail}
            for event in queries.history_of(found)
        ],
    }
    if not as_json:
        record |= {
            "title": title_of(found.code, "en"),
            "advice": advice_of(found.code, "en"),
            "reason": found.reason.get("en", ""),
        }
    console.print_record(record, as_json)
