"""An attachment taken out of the system by a person: who took which is on record."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from logix_common.errors import InvalidInput

from logix_server.accounts.access import Viewer
from logix_server.audit.actions import record
from logix_server.blobs import BlobRef, Blobs
from logix_server.tickets.files.attachments import Opened, open_attachment
from logix_server.tickets.models import Attachment
from logix_server.tickets.queries import ticket_by_number


def attachments_of(number: str, *, limit: int, offset: int) -> list[Attachment]:
    """What is attached to a ticket, oldest first, removed ones too. Raises `InvalidInput`."""
    rows = Attachment.objects.filter(ticket=ticket_by_number(number)).order_by("id")
    return list(rows[offset : offset + limit])


@transaction.atomic
def take_out(
    viewer: Viewer, number: str, attachment_id: int, now: datetime, store: Blobs | None = None
) -> tuple[Opened, BlobRef]:
    """The content of a ticket's attachment, and what it must be; that it was read is in the audit.

    Raises `InvalidInput` for one that this ticket has not, `NotFound` where it is no longer kept or not
    this viewer's to see, `BlobMissing`, `BlobStoreFailed`.
    """
    ticket = ticket_by_number(number)
    found = Attachment.objects.filter(ticket=ticket, id=attachment_id).first()
    if found is None:
        raise InvalidInput(str(attachment_id), f"is no attachment of {number}; see `ticket attachment list`")
    opened = open_attachment(viewer, found.id, store)
    told = {"attachment": found.id, "name": found.name, "sha256": found.sha256}
    record(now, viewer.actor, "ticket.attachment-read", f"ticket:{number}", told)
    return opened, BlobRef(found.sha256, found.size)
