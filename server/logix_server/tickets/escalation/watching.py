"""Have a ticket's escalation looked at anew, in the transaction of what changed its clock."""

from __future__ import annotations

from datetime import datetime

from logix_server.tickets.escalation.models import Escalation


def look_again(ticket_id: int, now: datetime) -> None:
    """The next run of the job works out what is due and when; put after every change of the clock."""
    Escalation.objects.bulk_create(
        [Escalation(ticket_id=ticket_id, next_at=now)],
        update_conflicts=True,
        unique_fields=["ticket"],
        update_fields=["next_at"],
    )
