"""Which state of a ticket may follow which. Pure."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from logix_common.transitions import Transitions


class TicketState(StrEnum):
    """The states of `tickets.models.Ticket`."""

    NEW = "new"
    OPEN = "open"
    WAITING = "waiting"
    WORKAROUND = "workaround"
    SOLVED = "solved"
    CLOSED = "closed"


#: Every ticket is taken up by a person first. A workaround ends nothing: support goes on until the
#: permanent fix (SUP-4). What is solved may be taken up again; what is closed is closed for good.
TICKET: Final = Transitions(
    "ticket",
    {
        TicketState.NEW: {TicketState.OPEN},
        TicketState.OPEN: {TicketState.WAITING, TicketState.WORKAROUND, TicketState.SOLVED},
        TicketState.WAITING: {TicketState.OPEN, TicketState.WORKAROUND, TicketState.SOLVED},
        TicketState.WORKAROUND: {TicketState.OPEN, TicketState.WAITING, TicketState.SOLVED},
        TicketState.SOLVED: {TicketState.OPEN, TicketState.CLOSED},
    },
)

#: A merge ends a ticket from wherever it stands: it goes on as another one, which keeps its promises.
MERGED: Final[Transitions[TicketState]] = Transitions(
    "merged ticket",
    {state: {TicketState.CLOSED} for state in TicketState if state is not TicketState.CLOSED},
)
