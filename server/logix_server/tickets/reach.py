"""A ticket within a viewer's reach, and what others did to it since the viewer looked."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from django.db.models import QuerySet
from logix_common.errors import InvalidInput, LogixError

from logix_server.accounts.access import NotFound, Viewer, scope
from logix_server.mail import plain
from logix_server.tickets.decisions.history import EventKind
from logix_server.tickets.events import lock_installation
from logix_server.tickets.lifecycle import TicketState
from logix_server.tickets.models import Ticket, TicketEvent

#: From a ticket to whoever owns it, for `accounts.access.scope`.
CUSTOMER: Final = "installation__customer"
MOST_TEXT: Final = 20_000
MOST_SUBJECT: Final = 200
MOST_WHY: Final = 1_000
_NUMBER_LENGTH: Final = 20
_MOST_TOLD: Final = 20


class Meanwhile(LogixError):
    """Somebody did something else to the ticket since the viewer looked; nothing was changed.

    `events`: what it was, oldest first. Show it, keep what was typed, and try again with `last_seen`.
    """

    def __init__(self, number: str, events: tuple[TicketEvent, ...]) -> None:
        told = ", ".join(f"{event.kind} by {event.actor}" for event in events)
        super().__init__(f"{number}: meanwhile {told}; look again")
        self.number = number
        self.events = events
        self.last_seen = events[-1].pk


def tickets_of(viewer: Viewer) -> QuerySet[Ticket]:
    """The tickets that `viewer` may see, with unit, installation and customer."""
    rows = Ticket.objects.select_related("unit", "installation__customer")
    return rows.filter(scope(viewer, CUSTOMER))


def ticket_of(viewer: Viewer, number: str) -> Ticket:
    """One ticket. Raises `NotFound` where there is none for this viewer."""
    # Longer ones are not looked for, and "\\0" is nothing that PostgreSQL could look for.
    known = len(number) <= _NUMBER_LENGTH and "\0" not in number
    found = tickets_of(viewer).filter(number=number).first() if known else None
    if found is None:
        shown = number[:_NUMBER_LENGTH]
        raise NotFound(f"{shown!r} is no ticket's number; they look like LGX-2026-000123")
    return found


def locked(viewer: Viewer, number: str) -> Ticket:
    """The ticket, with its installation locked until the caller's transaction ends. Raises `NotFound`."""
    lock_installation(ticket_of(viewer, number).installation_id)
    return ticket_of(viewer, number)


def expect_unchanged(ticket: Ticket, seen: int | None, against: Collection[EventKind]) -> None:
    """Raises `Meanwhile` where an event of the kinds `against`, or a merge, came after the one `seen`.

    `seen` None: does not matter. Whoever made them: a form that is sent twice is told too.
    """
    if seen is None:
        return
    kinds = {EventKind.MERGED.value, *(kind.value for kind in against)}
    later = TicketEvent.objects.filter(ticket=ticket, id__gt=seen, kind__in=kinds).order_by("id")
    if events := tuple(later[:_MOST_TOLD]):
        raise Meanwhile(ticket.number, events)


def expect_not_closed(ticket: Ticket) -> None:
    """Raises `InvalidInput` for a closed ticket: nothing is added to it any more."""
    if ticket.state == TicketState.CLOSED:
        raise InvalidInput(ticket.number, "is closed; write a message, which opens one that follows it")


def text_of(where: str, text: str, most: int = MOST_TEXT) -> str:
    """Running text of a person, without controls. Raises `InvalidInput` where it is empty or too long."""
    if len(text) <= most * 2 and (said := plain.lines(text).strip()) and len(said) <= most:
        return said
    raise InvalidInput(where, f"expected 1 to {most} characters")


def line_of(where: str, text: str, most: int = MOST_SUBJECT) -> str:
    """One line of a person, cut to `most` characters. Raises `InvalidInput` where it is empty."""
    said = plain.one_line(text, most)
    if not said:
        raise InvalidInput(where, "expected some words")
    return said


def once(key: str | None) -> TicketEvent | None:
    """The event that was written under this key before; None where there is none."""
    return TicketEvent.objects.select_related("ticket").filter(key=key).first() if key else None
