"""When we answer, or why no time is committed, in sentences with their clauses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as N_

from logix_server.portal import words
from logix_server.portal.time_left import Clock, TimeLeft, time_left
from logix_server.tickets.decisions.sla import NO_PACKAGE_CLAUSE, SUSPENDED_CLAUSE, Standing
from logix_server.tickets.lifecycle import TicketState
from logix_server.tickets.listing import QueueRow
from logix_server.tickets.reading import TicketPage

_ENDED: Final = (TicketState.SOLVED, TicketState.CLOSED)
_WITHOUT: Final = {
    SUSPENDED_CLAUSE: N_(
        "The package is suspended: the clock stands still until the update service is renewed."
    ),
    NO_PACKAGE_CLAUSE: N_("No support package runs, so no time is committed."),
}
_LEVEL: Final = N_(
    "The package commits no time at this level; the ticket is worked on in the order of its level."
)


@dataclass(frozen=True)
class Committed:
    """How the promise of an answer stands. `due_at` None: `why` says why there is none."""

    left: TimeLeft
    due_at: datetime | None
    why: str
    clauses: Sequence[str]


def of_row(row: QueueRow, now: datetime) -> Committed:
    """Of a ticket in a list."""
    paused = row.standing(now) is Standing.PAUSED
    clock = Clock(row.deadline, row.answered_at, row.missed_at, row.state in _ENDED, paused)
    return _committed(clock, row.deadline_clauses, now)


def of_page(page: TicketPage, now: datetime) -> Committed:
    """Of a ticket's page."""
    response = page.response
    ended = page.ticket.state in _ENDED
    clock = Clock(response.deadline, response.met_at, response.breached_at, ended, response.paused)
    return _committed(clock, response.clauses, now)


def _committed(clock: Clock, clauses: Sequence[str], now: datetime) -> Committed:
    due_at = clock.missed_at or clock.deadline
    return Committed(time_left(clock, now), due_at, "" if due_at else why_none(clauses), clauses)


def why_none(clauses: Sequence[str]) -> str:
    """Why no time is committed, by the clauses of a clock without a deadline."""
    texts = [_WITHOUT[clause] for clause in clauses if clause in _WITHOUT]
    return words.translated(texts[0] if texts else _LEVEL)


def target(told: int | str | None) -> str:
    """A promised time as the matrix says it."""
    if told is None:
        return _("no committed time")
    if isinstance(told, str):
        return _("the same day")
    hours, minutes = divmod(told, 60)
    return _("%(hours)d h") % {"hours": hours} if not minutes else _("%(minutes)d min") % {"minutes": told}
