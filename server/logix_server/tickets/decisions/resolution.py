"""How long a ticket has been worked on until it was solved: an internal clock, no promise. Pure.

Working time of the package's calendar (MAT-1), less what the ticket waited for its customer and what
the contract was suspended (UPD-5). A workaround ends nothing (SUP-4); a solved ticket that is taken up
again goes on from where it stood.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from logix_server.contracts.working_time import calendar as working
from logix_server.contracts.working_time.calendar import Calendar
from logix_server.tickets.decisions.sla import InForce, calendar_of
from logix_server.tickets.lifecycle import TicketState


@dataclass(frozen=True)
class StateSince:
    """From `at` on the ticket is in this state."""

    at: datetime
    state: TicketState


class Pace(StrEnum):
    """What the clock does."""

    RUNNING = "running"
    WAITING = "waiting for the customer"
    SUSPENDED = "suspended"
    SOLVED = "solved"


@dataclass(frozen=True)
class ResolutionClock:
    """`worked`: working time used up to the moment of the look. `solved_at`: the last time, None = not."""

    worked: timedelta
    pace: Pace
    solved_at: datetime | None = None


def resolution(history: Iterable[InForce | StateSince], office: Calendar, now: datetime) -> ResolutionClock:
    """The clock at `now`; events later than that are not looked at.

    Raises `ValueError` for a history that does not begin with an `InForce`.
    """
    # What is in force comes before the state of the same instant, so that a history begins with it.
    events = sorted(history, key=lambda event: (event.at, isinstance(event, StateSince)))
    if not events or not isinstance(events[0], InForce):
        raise ValueError("a ticket's history begins with what was in force at its opening")
    terms, state = events[0], StateSince(events[0].at, TicketState.NEW)
    worked, since = timedelta(0), events[0].at
    for event in events[1:]:
        if event.at > now:
            break
        worked += _between(terms, state, office, since, event.at)
        since = event.at
        if isinstance(event, InForce):
            terms = event
        elif _pace(terms, event) is not Pace.SOLVED or _pace(terms, state) is not Pace.SOLVED:
            state = event  # closing what was solved leaves the moment at which it was
    worked += _between(terms, state, office, since, now)
    pace = _pace(terms, state)
    return ResolutionClock(worked, pace, state.at if pace is Pace.SOLVED else None)


def _between(
    terms: InForce, state: StateSince, office: Calendar, since: datetime, until: datetime
) -> timedelta:
    if _pace(terms, state) is not Pace.RUNNING:
        return timedelta(0)
    return working.between(calendar_of(terms.package, office), since, until)


def _pace(terms: InForce, state: StateSince) -> Pace:
    if state.state in (TicketState.SOLVED, TicketState.CLOSED):
        return Pace.SOLVED
    if terms.suspended:
        return Pace.SUSPENDED
    return Pace.WAITING if state.state is TicketState.WAITING else Pace.RUNNING
