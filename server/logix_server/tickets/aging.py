"""What becomes of tickets and their files by time alone: closed, no longer kept, swept away."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from itertools import islice
from typing import Final

from django.db import transaction

from logix_server.audit.actions import record
from logix_server.blobs import BlobRef, Blobs
from logix_server.mail.models import IncomingFile, IncomingMail
from logix_server.tickets.decisions.reopening import may_reopen, solved_before
from logix_server.tickets.events import ACTOR, lock_installation
from logix_server.tickets.lifecycle import TicketState
from logix_server.tickets.models import Attachment, Ticket
from logix_server.tickets.moving import Next, move_to

#: Rows a run, or a question to the database.
PAGE: Final = 200
#: Blobs younger than this may belong to a row that is about to be written.
_BEING_WRITTEN: Final = timedelta(days=1)


def close_solved(now: datetime) -> bool:
    """Close what was solved too long ago to be taken up again; whether there may be more."""
    rows = Ticket.objects.filter(state=TicketState.SOLVED.value, state_at__lt=solved_before(now))
    due = list(rows.order_by("state_at", "id").values_list("id", "installation_id")[:PAGE])
    for ticket_id, installation_id in due:
        with transaction.atomic():
            lock_installation(installation_id)
            ticket = Ticket.objects.select_related("unit").get(pk=ticket_id)
            state = TicketState(ticket.state)
            # Looked at again under the lock: a message may have come between.
            if state is TicketState.SOLVED and not may_reopen(state, ticket.state_at, now):
                move_to(ticket, Next(TicketState.CLOSED), ACTOR, now)
    return len(due) == PAGE


def forget_files(now: datetime) -> bool:
    """Files whose time is over can no longer be opened; that they were there stays. True = there may be more.

    `sweep` then removes what they held.
    """
    rows = Attachment.objects.filter(expires_at__lte=now, removed_at__isnull=True).select_related("ticket")
    due = list(rows.order_by("expires_at", "id")[:PAGE])
    with transaction.atomic():
        for one in due:
            one.removed_at = now
            one.save(update_fields=["removed_at"])
            told = {"name": one.name, "sha256": one.sha256}
            record(now, ACTOR, "ticket.attachment-removed", f"ticket:{one.ticket.number}", told)
    return len(due) == PAGE


def sweep(now: datetime, store: Blobs) -> int:
    """Remove the blobs that no row names: of forgotten files, and what a crash left; how many.

    Whoever gives a table rows that name blobs adds it to `_named`.
    """
    swept = 0
    for page in _pages(store.last_put_before(now - _BEING_WRITTEN)):
        named = _named([ref.sha256 for ref in page])
        for ref in page:
            if ref.sha256 not in named and store.delete(ref, now - _BEING_WRITTEN):
                swept += 1
    if swept:
        record(now, ACTOR, "blobs.swept", "blobs", {"count": swept})
    return swept


def _named(digests: list[str]) -> set[str]:
    """Which of these blobs rows name."""
    attached = Attachment.objects.filter(sha256__in=digests, removed_at__isnull=True)
    received = IncomingMail.objects.filter(sha256__in=digests)
    came_with = IncomingFile.objects.filter(sha256__in=digests)
    rows = (attached, received, came_with)
    return {digest for found in rows for digest in found.values_list("sha256", flat=True)}


def _pages(refs: Iterable[BlobRef]) -> Iterator[list[BlobRef]]:
    left = iter(refs)
    while page := list(islice(left, PAGE)):
        yield page
