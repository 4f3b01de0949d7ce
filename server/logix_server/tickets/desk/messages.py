"""What a customer writes about a ticket, and which ticket it goes to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from logix_common.errors import InvalidInput

from logix_server.accounts.access import Viewer
from logix_server.accounts.rights import Right, may, require
from logix_server.audit.actions import record
from logix_server.contracts.decisions.coverage import NotCovered, Reason
from logix_server.tickets import announcing, clocks
from logix_server.tickets.decisions.history import EventKind
from logix_server.tickets.decisions.reopening import Comes, message_comes
from logix_server.tickets.desk.requests import Request, open_or_refuse
from logix_server.tickets.events import note
from logix_server.tickets.files.attachments import Accepted, attach_to, origin_of_files
from logix_server.tickets.lifecycle import TicketState
from logix_server.tickets.models import Ticket, TicketEvent
from logix_server.tickets.moving import Next, change_state, open_for_part
from logix_server.tickets.reach import locked, once, text_of

#: Messages that one person of a customer or dealer writes to one ticket on the web within an hour.
MOST_AN_HOUR: Final = 60
_HOUR: Final = timedelta(hours=1)
_MOST_STEPS: Final = 100


@dataclass(frozen=True)
class _Written:
    viewer: Viewer
    text: str
    origin: Ticket.Origin
    at: datetime  # when it reached us
    now: datetime
    files: Sequence[Accepted]
    key: str | None


def message(
    viewer: Viewer,
    number: str,
    text: str,
    *,
    now: datetime,
    received_at: datetime | None = None,
    origin: Ticket.Origin = Ticket.Origin.WEB,
    files: Sequence[Accepted] = (),
    key: str | None = None,
) -> TicketEvent:
    """A customer's (or its dealer's) message; an engineer writes down what was said by phone.

    The event's `ticket` says where it is read: a merged ticket's goes to the one it was merged into; what
    waited for the customer is open again; a solved ticket is taken up again where it was solved no more
    than 14 days before `received_at` (None = now); after that, or once closed, a new ticket follows it,
    where the contract gives one.

    Raises `NotFound`, `Forbidden`, `InvalidInput` for an empty message, `NotCovered` where a new ticket
    would have to be opened and may not be.
    """
    if not may(viewer, Right.WRITE_TO_TICKET):
        require(viewer, Right.HANDLE_TICKET)
    said = text_of("text", text)
    outcome: TicketEvent | tuple[Reason, ...]
    with transaction.atomic():
        first = locked(viewer, number)
        if known := once(key):
            return known
        written = _Written(viewer, said, origin, min(now, received_at or now), now, files, key)
        ticket, comes = _where(first, written.at)
        if comes is Comes.FOLLOWED:
            outcome = _follow(ticket, written)
        else:
            detail = {"text": said, "origin": origin.value} | _named(first, ticket)
            outcome = _add(ticket, comes, detail, written)
    if isinstance(outcome, TicketEvent):
        return outcome
    raise NotCovered(outcome)


def _where(ticket: Ticket, at: datetime) -> tuple[Ticket, Comes]:
    """The ticket that a message is read at: the one it was merged into, the one that followed, …"""
    for _ in range(_MOST_STEPS):
        following = ticket.followed_by.order_by("-id").first()
        if ticket.merged_into is not None:
            ticket = ticket.merged_into
            continue
        comes = message_comes(TicketState(ticket.state), ticket.state_at, at)
        if comes is Comes.FOLLOWED and following is not None:
            ticket = following
            continue
        if comes is Comes.REOPENED and (other := open_for_part(ticket)):
            ticket = other  # its device has told of the same part again meanwhile
            continue
        return ticket, comes
    raise InvalidInput(ticket.number, "leads nowhere")


def _named(first: Ticket, ticket: Ticket) -> dict[str, str]:
    return {} if first.pk == ticket.pk else {"written_to": first.number}


def _expect_moderation(ticket: Ticket, written: _Written) -> None:
    """A form gone wild fills no ticket. Mail has bounds of its own, ours write down calls."""
    if written.viewer.vendor or written.origin is Ticket.Origin.MAIL:
        return
    theirs = TicketEvent.objects.filter(ticket=ticket, actor=written.viewer.actor)
    lately = theirs.filter(kind=EventKind.MESSAGE.value, at__gt=written.now - _HOUR)
    if lately.count() >= MOST_AN_HOUR:
        raise InvalidInput(ticket.number, f"has {MOST_AN_HOUR} messages of this person within an hour")


def _add(ticket: Ticket, comes: Comes, detail: dict[str, str], written: _Written) -> TicketEvent:
    _expect_moderation(ticket, written)
    actor, now = written.viewer.actor, written.now
    event = note(ticket, EventKind.MESSAGE, now, detail, actor=actor, public=True, key=written.key)
    origin = origin_of_files(written.origin)
    attach_to(event, written.files, actor=actor, now=now, public=True, origin=origin)
    if comes in (Comes.TAKEN_UP, Comes.REOPENED):
        change_state(ticket, Next(TicketState.OPEN), actor, now)
    clocks.settle(ticket, now)
    record(now, actor, "ticket.message", f"ticket:{ticket.number}", {"comes": comes.value})
    announcing.said(event, now)
    return event


def _follow(ticket: Ticket, written: _Written) -> TicketEvent | tuple[Reason, ...]:
    """A new ticket about the same, from the beginning; its first message."""
    viewer = written.viewer
    request = Request(
        ticket.installation_id,
        ticket.subject.get(viewer.language) or ticket.number,
        written.text,
        origin=written.origin,
        reporter_id=ticket.reporter_id if viewer.vendor else viewer.person_id,
        received_at=written.at,
        component=ticket.component,
        key=written.key,
    )
    opened = open_or_refuse(request, actor=viewer.actor, now=written.now, files=written.files, follows=ticket)
    if isinstance(opened, Ticket):
        return opened.events.get(kind=EventKind.MESSAGE.value)
    return opened
