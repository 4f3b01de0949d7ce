"""The response deadline of a ticket, recomputed from its whole history at every look. Pure.

The history says from when which level, package and suspension hold, and when a person answered. Used
up is counted as a fraction of the target in force, so that a change of level or package carries it
over onto the new target.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Final

from logix_server.contracts import calendar as working
from logix_server.contracts.calendar import ALWAYS, Calendar
from logix_server.contracts.terms import Package

#: MAT-6, MAT-7, MAT-8: minutes; "same-day" (Reading 3); None = no committed time (Reading 2).
SAME_DAY: Final = "same-day"
TARGETS: Final[dict[tuple[Package, int], int | str | None]] = {
    (Package.TEMEL, 3): SAME_DAY,
    (Package.TEMEL, 2): None,
    (Package.TEMEL, 1): None,
    (Package.STANDART, 3): 6 * 60,
    (Package.STANDART, 2): 4 * 60,
    (Package.STANDART, 1): 2 * 60,
    (Package.PROFESYONEL, 3): 2 * 60,
    (Package.PROFESYONEL, 2): 60,
    (Package.PROFESYONEL, 1): 15,
}
TARGET_CLAUSE: Final = {3: "MAT-6", 2: "MAT-7", 1: "MAT-8"}
HOURS_CLAUSE: Final = "MAT-1"
_ZERO: Final = timedelta(0)
_TICK: Final = timedelta(microseconds=1)


@dataclass(frozen=True)
class InForce:
    """From `at` on: this level, this package (None = none runs), suspended or not (UPD-5)."""

    at: datetime
    level: int
    package: Package | None
    suspended: bool = False


@dataclass(frozen=True)
class Answered:
    """A person's first public answer; it stops the clock."""

    at: datetime


ClockEvent = InForce | Answered


@dataclass(frozen=True)
class ResponseClock:
    """`deadline` None = no committed time, or (with UPD-5) the clock stands still until renewal."""

    deadline: datetime | None
    clauses: tuple[str, ...]
    met_at: datetime | None = None
    breached_at: datetime | None = None  # the deadline that passed without an answer, as the history shows

    def breached(self, now: datetime) -> bool:
        """Whether the deadline has passed without an answer by `now`; due at it is still in time."""
        if self.breached_at is not None:
            return True
        return self.met_at is None and self.deadline is not None and now > self.deadline


def response(history: Iterable[ClockEvent], office: Calendar) -> ResponseClock:
    """The clock after `history`, which begins with an `InForce`; `office` is the 5x8 calendar.

    Nothing breached is unbreached and nothing met is breached by what comes later. Raises `ValueError`
    for a history without a beginning, `NoWorkingTime` for a calendar without working time.
    """
    events = sorted(history, key=lambda event: event.at)
    if not events or not isinstance(events[0], InForce):
        raise ValueError("a ticket's history begins with what was in force at its opening")
    answered = min((event.at for event in events if isinstance(event, Answered)), default=None)
    clock = _Clock(events[0], office)
    for event in events[1:]:
        if clock.deadline is not None and event.at > clock.deadline:
            return ResponseClock(clock.deadline, clock.clauses, answered, clock.deadline)
        if isinstance(event, Answered):
            return ResponseClock(clock.deadline, clock.clauses, event.at)
        clock.change(event)
    return ResponseClock(clock.deadline, clock.clauses)


@dataclass(frozen=True)
class _Target:
    """A span of working time. "Same day" is the working time left of that day at `opened`."""

    calendar: Calendar
    span: timedelta
    opened: datetime | None = None


class _Clock:
    """The target in force, since when, and the fraction used up before."""

    def __init__(self, opening: InForce, office: Calendar) -> None:
        self._office = office
        self._opened = opening.at  # what "same day" is counted from
        self._since = opening.at  # of the present terms
        self._used = Fraction(0)
        self._target: _Target | None = None
        self._paused = False
        self._pauses: list[tuple[datetime, datetime]] = []
        self._ran = False
        self.deadline: datetime | None = None
        self.clauses: tuple[str, ...] = ()
        self._enter(opening)

    def change(self, event: InForce) -> None:
        """Carry over what was used, then take up the new terms."""
        if self._paused:
            self._pauses.append((self._since, event.at))
            if not self._ran:
                self._opened = event.at  # opened while suspended: its clock begins at the renewal
        elif self._target is not None:
            self._used = self._used_by(self._target, event.at)
        self._since = event.at
        self._enter(event)

    def _enter(self, event: InForce) -> None:
        self._paused = event.suspended
        if event.suspended:
            self.deadline, self.clauses = None, ("UPD-5",)
            return
        self._ran = True
        new = self._wanted(event)
        if new is not None:
            self._target = new
            self.clauses = (TARGET_CLAUSE[event.level], HOURS_CLAUSE)
        else:
            self.clauses = ("SUP-1",) if event.package is None else (TARGET_CLAUSE[event.level],)
        # Where nothing is committed now, what was committed before still is.
        self.deadline = None if self._target is None else self._due(self._target)

    def _wanted(self, event: InForce) -> _Target | None:
        wanted = None if event.package is None else TARGETS[event.package, event.level]
        if wanted is None:
            return None
        calendar = ALWAYS if event.package is Package.PROFESYONEL else self._office
        if isinstance(wanted, int):
            return _Target(calendar, timedelta(minutes=wanted))
        end = working.same_day(calendar, self._opened)
        return _Target(calendar, working.between(calendar, self._opened, end), self._opened)

    def _used_by(self, target: _Target, until: datetime) -> Fraction:
        if target.opened is None:
            passed = working.between(target.calendar, self._since, until)
            return min(Fraction(1), self._used + Fraction(passed // _TICK) / Fraction(target.span // _TICK))
        passed = working.between(target.calendar, target.opened, until) - self._pause_in(target)
        return min(Fraction(1), Fraction(passed // _TICK) / Fraction(target.span // _TICK))

    def _due(self, target: _Target) -> datetime:
        if target.opened is not None:
            return working.add(target.calendar, target.opened, target.span + self._pause_in(target))
        rest = round(Fraction(target.span // _TICK) * (1 - self._used)) * _TICK
        return working.add(target.calendar, self._since, rest) if rest else self._since

    def _pause_in(self, target: _Target) -> timedelta:
        opened = target.opened or self._opened
        spans = ((max(start, opened), end) for start, end in self._pauses)
        return sum((working.between(target.calendar, start, end) for start, end in spans), _ZERO)
