"""What the first page shows, gathered from the slices' queries."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from logix_common.findings import title_of

from logix_server.fleet import queries as fleet
from logix_server.health import queries as health
from logix_server.portal import texts
from logix_server.tickets import queries as tickets

ROWS = 200


@dataclass(frozen=True)
class DeviceRow:
    serial: str
    customer: str
    model: str
    standing: str
    well: bool
    last_seen: datetime | None


@dataclass(frozen=True)
class FaultRow:
    serial: str
    customer: str
    title: str
    part: str
    severity: int
    since: datetime
    answer: str
    reason: str
    clauses: str
    ticket: str


@dataclass(frozen=True)
class TicketRow:
    number: str
    serial: str
    customer: str
    subject: str
    level: int
    level_name: str
    package: str
    deadline: datetime | None
    clauses: str


def devices() -> list[DeviceRow]:
    """Units with their standing, by serial."""
    rows = []
    for unit in fleet.list_units(limit=ROWS):
        presence = getattr(unit, "presence", None)
        connected = presence is not None and presence.disconnected_at is None
        silent = presence is not None and presence.silent_since is not None
        rows.append(
            DeviceRow(
                unit.serial,
                unit.installation.customer.name,
                unit.model,
                texts.standing(unit.state, connected, silent),
                unit.state == "active" and connected and not silent,
                presence.last_seen_at if presence else None,
            )
        )
    return rows


def faults(language: str) -> list[FaultRow]:
    """Open faults with the contract's answer, newest first."""
    return [
        FaultRow(
            fault.unit.serial,
            fault.installation.customer.name,
            title_of(fault.code, language),
            fault.part,
            fault.severity,
            fault.raised_at,
            texts.covered(fault.covered),
            _said(fault.reason, language),
            ", ".join(fault.clauses),
            fault.ticket_number,
        )
        for fault in health.faults(open_only=True, limit=ROWS)
    ]


def open_tickets(language: str) -> list[TicketRow]:
    """Open tickets in the order of work."""
    return [
        TicketRow(
            ticket.number,
            ticket.unit.serial,
            ticket.installation.customer.name,
            _said(ticket.subject, language),
            ticket.level,
            texts.level_name(ticket.level),
            ticket.package,
            ticket.deadline,
            _joined(ticket.clauses, ticket.level_clauses, ticket.deadline_clauses),
        )
        for ticket in tickets.tickets(open_only=True, limit=ROWS)
    ]


def _said(text: dict[str, str], language: str) -> str:
    return text.get(language) or text.get("en", "")


def _joined(*lists: list[Any]) -> str:
    return ", ".join(dict.fromkeys(str(clause) for clauses in lists for clause in clauses))
