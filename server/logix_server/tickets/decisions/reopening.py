"""What comes after a ticket was solved: taken up again, closed, or followed by a new one. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import Enum
from typing import Final

from logix_server.tickets.lifecycle import TicketState

#: A solved ticket may be taken up again up to and including this moment after it was solved.
REOPENED_WITHIN: Final = timedelta(days=14)


class Comes(Enum):
    """What a customer's message does to its ticket."""

    ADDED = "added"  # it is read where it stands
    TAKEN_UP = "taken up"  # what waited for the customer goes on
    REOPENED = "reopened"
    FOLLOWED = "followed"  # too late: a new ticket that follows


def message_comes(state: TicketState, state_at: datetime, at: datetime) -> Comes:
    """What a message of `at` means for a ticket in `state` since `state_at`."""
    if state is TicketState.WAITING:
        return Comes.TAKEN_UP
    if state is TicketState.SOLVED:
        return Comes.REOPENED if may_reopen(state, state_at, at) else Comes.FOLLOWED
    return Comes.FOLLOWED if state is TicketState.CLOSED else Comes.ADDED


def may_reopen(state: TicketState, state_at: datetime, at: datetime) -> bool:
    """Whether a ticket may be taken up again at `at`: solved, and not too long ago."""
    return state is TicketState.SOLVED and at <= state_at + REOPENED_WITHIN


def solved_before(now: datetime) -> datetime:
    """What was solved earlier than this may no longer be taken up again, and is closed."""
    return now - REOPENED_WITHIN
