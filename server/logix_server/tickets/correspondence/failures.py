"""A mail that could not be delivered: an incident for us, and a word in the history of its ticket."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from django.utils import translation

from logix_server.audit.actions import record
from logix_server.fleet.models import Incident
from logix_server.mail.models import OutgoingMail
from logix_server.tickets.decisions.history import EventKind
from logix_server.tickets.events import note
from logix_server.tickets.models import Ticket, TicketEvent

UNDELIVERABLE: Final = "mail-undeliverable"
ACTOR: Final = "system:mail"
_MOST_LISTED: Final = 100


def on_mail_failed(payload: Mapping[str, Any], now: datetime) -> None:
    """Effect "mail.failed": {"mail_id"}. One open incident gathers them all, until somebody closes it."""
    mail = OutgoingMail.objects.get(pk=payload["mail_id"])
    incident = Incident.objects.select_for_update().filter(kind=UNDELIVERABLE, closed_at__isnull=True).first()
    if incident is None:
        incident = Incident.objects.create(
            kind=UNDELIVERABLE, opened_at=now, detail={"mails": [], "count": 0}
        )
        record(now, ACTOR, "incident.open", f"incident:{incident.pk}", {"kind": UNDELIVERABLE})
    listed = incident.detail["mails"]
    if mail.pk not in listed:
        incident.detail = {
            "mails": [*listed, mail.pk][-_MOST_LISTED:],
            "count": incident.detail["count"] + 1,
        }
        incident.save(update_fields=["detail"])
    _note_on_ticket(mail, now)


def _note_on_ticket(mail: OutgoingMail, now: datetime) -> None:
    ticket = Ticket.objects.filter(number=mail.ticket_number).first() if mail.ticket_number else None
    key = f"mail-failed:{mail.pk}:{mail.attempts}"
    if ticket is None or TicketEvent.objects.filter(key=key).exists():
        return
    # No address: a history outlives what may be kept of a person.
    with translation.override("tr"):
        text = translation.gettext("Mail %(id)s could not be delivered; see the list of mails.") % {
            "id": mail.pk
        }
    detail = {"text": text, "mail_failed": mail.pk}
    note(ticket, EventKind.NOTE, now, detail, key=key, actor=ACTOR)
