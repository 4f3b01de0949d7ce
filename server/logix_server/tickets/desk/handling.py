"""People work on a ticket: answer, note, write, move it from state to state, take it up again.

Every action authorises its viewer and writes rows, audit and effects in one transaction. `seen` is the id
of the last event that the viewer's page showed: where something came between that the words did not
know of, `Meanwhile` tells it and nothing is changed. `key`: the same key again changes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from django.db import transaction
from logix_common.errors import InvalidInput

from logix_server.accounts.access import Viewer
from logix_server.accounts.rights import Right, may, require
from logix_server.audit.actions import record
from logix_server.tickets import announcing, clocks
from logix_server.tickets.decisions.history import EventKind
from logix_server.tickets.desk.messages import message
from logix_server.tickets.events import note as write
from logix_server.tickets.files.attachments import Accepted, attach_to
from logix_server.tickets.lifecycle import TicketState
from logix_server.tickets.models import TicketEvent
from logix_server.tickets.moving import Next, move_to
from logix_server.tickets.reach import expect_unchanged, locked, once, text_of

__all__ = ["Next", "answer", "message", "move", "note", "reopen"]

#: What an answer, or a move, must have known of.
SPOKEN: Final = (EventKind.ANSWER, EventKind.MESSAGE, EventKind.STATE_CHANGED)


@transaction.atomic
def answer(
    viewer: Viewer,
    number: str,
    text: str,
    *,
    now: datetime,
    seen: int | None = None,
    then: Next | None = None,
    files: Sequence[Accepted] = (),
    key: str | None = None,
) -> TicketEvent:
    """A person's public answer to the customer; the first one stops the response clock.

    Raises `NotFound`, `Forbidden`, `Meanwhile`; `InvalidInput` for an empty answer and a closed ticket;
    with `then` as `move` does.
    """
    require(viewer, Right.HANDLE_TICKET)
    said = text_of("text", text)
    ticket = locked(viewer, number)
    if known := once(key):
        return known
    expect_unchanged(ticket, seen, SPOKEN)
    if ticket.state == TicketState.CLOSED:
        raise InvalidInput(number, "is closed for good")
    # What passed before this answer is written down first: late stays late, in time stays in time.
    in_time = not clocks.settle(ticket, now).breached(now)
    detail = {"text": said, "in_time": in_time}
    event = write(ticket, EventKind.ANSWER, now, detail, actor=viewer.actor, public=True, key=key)
    attach_to(event, files, actor=viewer.actor, now=now, public=True)
    if ticket.state == TicketState.NEW:
        move_to(ticket, Next(TicketState.OPEN), viewer.actor, now)
    if then is not None and ticket.state != then.state:
        move_to(ticket, then, viewer.actor, now)
    clocks.settle(ticket, now)
    record(now, viewer.actor, "ticket.answer", f"ticket:{number}", {"in_time": in_time})
    announcing.said(event, now)
    return event


@transaction.atomic
def note(
    viewer: Viewer,
    number: str,
    text: str,
    *,
    now: datetime,
    files: Sequence[Accepted] = (),
    key: str | None = None,
) -> TicketEvent:
    """What engineers tell each other; no customer sees it, and no clock stops.

    Raises `NotFound`, `Forbidden`, `InvalidInput` for an empty note.
    """
    require(viewer, Right.HANDLE_TICKET)
    said = text_of("text", text)
    ticket = locked(viewer, number)
    if known := once(key):
        return known
    event = write(ticket, EventKind.NOTE, now, {"text": said}, actor=viewer.actor, key=key)
    attach_to(event, files, actor=viewer.actor, now=now, public=False)
    record(now, viewer.actor, "ticket.note", f"ticket:{number}")
    return event


@transaction.atomic
def move(
    viewer: Viewer,
    number: str,
    state: TicketState,
    why: str = "",
    *,
    system_owner: str = "",
    now: datetime,
    seen: int | None = None,
) -> TicketEvent:
    """Move a ticket to another state; that answers nobody, and stops no response clock.

    Raises `NotFound`, `Forbidden`, `Meanwhile`; `IllegalTransition` where its lifecycle does not allow it;
    `InvalidInput` for a workaround that does not say who of the customer was told (`system_owner`,
    SUP-4), and for a solved ticket that may not be taken up again.
    """
    require(viewer, Right.HANDLE_TICKET)
    ticket = locked(viewer, number)
    expect_unchanged(ticket, seen, SPOKEN)
    return move_to(ticket, Next(state, why, system_owner), viewer.actor, now)


@transaction.atomic
def reopen(viewer: Viewer, number: str, why: str, *, now: datetime, seen: int | None = None) -> TicketEvent:
    """Take a solved ticket up again, within 14 days; customers may, too.

    Raises as `move` does.
    """
    if not may(viewer, Right.WRITE_TO_TICKET):
        require(viewer, Right.HANDLE_TICKET)
    ticket = locked(viewer, number)
    expect_unchanged(ticket, seen, (EventKind.STATE_CHANGED,))
    if ticket.state not in (TicketState.SOLVED, TicketState.CLOSED):
        raise InvalidInput(number, f"is {ticket.state}: only what was solved is taken up again")
    return move_to(ticket, Next(TicketState.OPEN, why), viewer.actor, now)
