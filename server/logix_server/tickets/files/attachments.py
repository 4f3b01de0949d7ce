"""Files of people at a ticket: checked, stored behind the blob port, opened for who may see them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain
from typing import BinaryIO, Final

from django.db import transaction
from django.db.models import Q
from logix_common.errors import InvalidInput

from logix_server import blob_directory
from logix_server.accounts.access import NotFound, Viewer, scope
from logix_server.accounts.rights import Right, may, require
from logix_server.audit.actions import record
from logix_server.blobs import BlobRef, Blobs
from logix_server.config import current
from logix_server.tickets import announcing
from logix_server.tickets.decisions.history import EventKind
from logix_server.tickets.events import note
from logix_server.tickets.files import kinds, names
from logix_server.tickets.models import Attachment, Ticket, TicketEvent
from logix_server.tickets.reach import CUSTOMER, expect_not_closed, locked

#: Files of one event, and of one ticket.
MOST_FILES: Final = 20
MOST_A_TICKET: Final = 500
_MEGABYTE: Final = 1024 * 1024


@dataclass(frozen=True)
class Upload:
    """A file as somebody sends it; `pieces` are read once."""

    name: str
    pieces: Iterable[bytes]


@dataclass(frozen=True)
class Accepted:
    """A file that was checked and is stored; it belongs to a ticket once an action takes it."""

    name: str
    content_type: str
    ref: BlobRef


@dataclass(frozen=True)
class Opened:
    """An attachment to be served: as a download under `name`, never to be shown as what it claims to be."""

    name: str
    content_type: str
    size: int  # bytes
    content: AbstractContextManager[BinaryIO]


def accept(uploads: Sequence[Upload], store: Blobs | None = None) -> tuple[Accepted, ...]:
    """Check and store files, before the transaction that takes them.

    Raises `InvalidInput` naming the file that is too large, of a kind that is not taken, or one too many:
    nothing belongs to the ticket then. Raises `BlobStoreFailed`.
    """
    if len(uploads) > MOST_FILES:
        raise InvalidInput("files", f"expected at most {MOST_FILES} at once, got {len(uploads)}")
    held = store or blob_directory.store()
    return tuple(_accepted(upload, held) for upload in uploads)


def _accepted(upload: Upload, store: Blobs) -> Accepted:
    name = names.cleaned(upload.name)
    pieces = iter(upload.pieces)
    begun = list(_beginning(pieces))
    kind = kinds.kind_of(name, b"".join(begun)[: kinds.LOOKED_AT])
    if kind is None:
        taken = ", ".join(sorted(kinds.KINDS))
        raise InvalidInput(name, f"is by name and content none of the kinds that are taken: {taken}")
    most = current().attachment_max_mb
    try:
        ref = store.put(chain(begun, pieces), most * _MEGABYTE)
    except InvalidInput as error:
        raise InvalidInput(name, f"expected at most {most} MB") from error
    return Accepted(name, kind.content_type, ref)


def _beginning(pieces: Iterator[bytes]) -> Iterator[bytes]:
    seen = 0
    for piece in pieces:
        yield piece
        seen += len(piece)
        if seen >= kinds.LOOKED_AT:
            return


@transaction.atomic
def attach(
    viewer: Viewer, number: str, files: Sequence[Accepted], *, now: datetime, public: bool = True
) -> TicketEvent:
    """Add files to a ticket without words. `public` False (engineers alone): the customer does not see them.

    Of a customer's files whoever works on the ticket is told.

    Raises `NotFound`, `Forbidden`, `InvalidInput` where there are none, too many, or the ticket is closed.
    """
    if not may(viewer, Right.WRITE_TO_TICKET):
        require(viewer, Right.HANDLE_TICKET)
    ticket = locked(viewer, number)
    expect_not_closed(ticket)
    if not files:
        raise InvalidInput("files", "expected at least one")
    public = public or not viewer.vendor
    told = {"names": [one.name for one in files]}
    event = note(ticket, EventKind.ATTACHED, now, told, actor=viewer.actor, public=public)
    attach_to(event, files, actor=viewer.actor, now=now, public=public)
    if not viewer.vendor:
        announcing.said(event, now)
    return event


def attach_to(
    event: TicketEvent,
    files: Sequence[Accepted],
    *,
    actor: str,
    now: datetime,
    public: bool,
    origin: Attachment.Origin = Attachment.Origin.PERSON,
) -> None:
    """Give stored files to an event, in the caller's transaction that holds the installation's lock."""
    if not files:
        return
    if len(files) > MOST_FILES:
        raise InvalidInput("files", f"expected at most {MOST_FILES} at once, got {len(files)}")
    ticket = event.ticket
    if Attachment.objects.filter(ticket=ticket).count() + len(files) > MOST_A_TICKET:
        raise InvalidInput("files", f"{ticket.number} holds {MOST_A_TICKET} already; open another ticket")
    for one in files:
        Attachment.objects.create(
            ticket=ticket,
            event=event,
            name=one.name,
            content_type=one.content_type,
            size=one.ref.size,
            sha256=one.ref.sha256,
            origin=origin,
            public=public,
            uploaded_by=actor,
            created_at=now,
        )
        told = {"name": one.name, "size": one.ref.size, "sha256": one.ref.sha256, "public": public}
        record(now, actor, "ticket.attach", f"ticket:{ticket.number}", told)


def origin_of_files(origin: str) -> Attachment.Origin:
    """How files came that came with words: by mail, or by a person's own hand."""
    return Attachment.Origin.MAIL if origin == Ticket.Origin.MAIL else Attachment.Origin.PERSON


def expire_with(ticket: Ticket, now: datetime) -> None:
    """The ticket is closed: its files, and those of what was merged into it, are kept `attachment_days` more.

    Where something sooner is set, that stays.
    """
    until = now + timedelta(days=current().attachment_days)
    of_ticket = Q(ticket=ticket) | Q(ticket__merged_into=ticket)
    Attachment.objects.filter(of_ticket, expires_at__isnull=True).update(expires_at=until)


def open_attachment(viewer: Viewer, attachment_id: int, store: Blobs | None = None) -> Opened:
    """An attachment for whoever may see it; the only way to what it holds.

    Raises `NotFound` where there is none for this viewer, or what it held is removed; `BlobMissing`,
    `BlobStoreFailed`.
    """
    rows = Attachment.objects.filter(scope(viewer, f"ticket__{CUSTOMER}"), removed_at__isnull=True)
    if not may(viewer, Right.SEE_INTERNAL):
        rows = rows.filter(public=True)
    found = rows.filter(id=attachment_id).first()
    if found is None:
        raise NotFound(f"attachment {attachment_id}: there is none, or it is no longer kept")
    held = store or blob_directory.store()
    content = held.open(BlobRef(found.sha256, found.size))
    return Opened(found.name, found.content_type, found.size, content)
