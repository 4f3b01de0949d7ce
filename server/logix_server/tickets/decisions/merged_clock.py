"""What becomes of an answer that is owed when its ticket is merged into another one. Pure.

The merged ticket's clock goes on under the other's level, package and answers, with what it had used up;
the earliest of all clocks that are still owed an answer is the ticket's. So a merge never makes a promise
worse, and what passes on one of them has passed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from logix_server.tickets.decisions.sla import Answered, ClockEvent, InForce, ResponseClock


def continued(
    merged: Iterable[ClockEvent], into: Sequence[ClockEvent], at: datetime
) -> list[ClockEvent] | None:
    """The history of a clock whose ticket was merged at `at`: its own, then the other ticket's.

    None where a person had answered it before: nothing is owed any more.
    """
    own = [event for event in merged if event.at <= at]
    if any(isinstance(event, Answered) for event in own):
        return None
    present = [event for event in into if isinstance(event, InForce) and event.at <= at]
    # What is missed from now on is written to the other ticket, for whichever clock it was.
    later = [event for event in into if event.at >= at]
    if not present:
        return [*own, *later]
    last = max(enumerate(present), key=lambda one: (one[1].at, one[0]))[1]
    return [*own, InForce(at, last.level, last.package, last.suspended), *later]


def owed(own: ResponseClock, carried: Sequence[ResponseClock]) -> ResponseClock:
    """The clock of a ticket with what was merged into it: the earliest deadline that is still owed.

    Missed as soon as one is; met once all are, by the last answer.
    """
    if not carried:
        return own
    clocks = [own, *carried]
    open_ones = [clock for clock in clocks if clock.met_at is None and (clock.deadline or clock.paused)]
    met = [clock.met_at for clock in clocks if clock.met_at is not None]
    met_at = None if open_ones or not met else max(met)
    missed = [clock for clock in clocks if clock.breached_at is not None]
    due = [clock for clock in {*open_ones, *missed} if clock.deadline is not None]
    if not due:
        shown = next(iter(open_ones), own)
        return ResponseClock(shown.deadline, shown.clauses, met_at, paused=shown.paused)
    first = min(due, key=_due)
    # What was due before something that is known as missed has passed as well.
    return ResponseClock(first.deadline, first.clauses, met_at, first.deadline if missed else None)


def _due(clock: ResponseClock) -> tuple[datetime, tuple[str, ...]]:
    assert clock.deadline is not None
    return clock.deadline, clock.clauses
