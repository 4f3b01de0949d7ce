"""A ticket's history written: append-only."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from logix_server.fleet.models import Installation
from logix_server.tickets.decisions.history import EventKind
from logix_server.tickets.models import Ticket, TicketEvent

ACTOR: Final = "system:tickets"


def lock_installation(installation_id: int) -> None:
    """One decision at a time for an installation, so that two faults of one cause share a ticket.

    Held until the caller's transaction ends.
    """
    Installation.objects.select_for_update(no_key=True).filter(id=installation_id).first()


def note(
    ticket: Ticket,
    kind: EventKind,
    at: datetime,
    detail: Mapping[str, Any],
    *,
    key: str | None = None,
    actor: str = ACTOR,
    public: bool = False,
) -> TicketEvent:
    """Add to the ticket's history. Raises `IntegrityError` where an event with this `key` is there."""
    # Another process's clock may be a little behind the one that opened the ticket.
    at = max(at, ticket.opened_at)
    return TicketEvent.objects.create(
        ticket=ticket, at=at, kind=kind.value, actor=actor, public=public, detail=dict(detail), key=key
    )
