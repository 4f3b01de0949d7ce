"""What others must hear of: effects beside the events that bring them about.

"ticket.opened" {"ticket_id"} is put by `opening`. Who follows stands in `effects.dispatch`.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from logix_server.effects import outbox
from logix_server.tickets.models import TicketEvent

#: A person's words that the other side is to read: {"ticket_id", "event_id"}.
TICKET_SAID: Final = "ticket.said"
#: Its state, level, assignee or another field is new, or it was merged: {"ticket_id", "event_id"}.
TICKET_CHANGED: Final = "ticket.changed"


def said(event: TicketEvent, now: datetime) -> None:
    """Our public answer, or the customer's message."""
    _put(TICKET_SAID, event, now)


def changed(event: TicketEvent, now: datetime) -> None:
    """A change of the ticket's own fields."""
    _put(TICKET_CHANGED, event, now)


def _put(kind: str, event: TicketEvent, now: datetime) -> None:
    told = {"ticket_id": event.ticket_id, "event_id": event.pk}
    outbox.put(kind, told, now, key=f"{kind}:{event.pk}")
