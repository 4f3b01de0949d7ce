"""The response deadline of a ticket, recomputed from its whole history at every look. Pure.

The history says from when which level, package and suspension hold, and when a person answered. Used
up is counted as a fraction of the target in force, in the working time of that target's own calendar,
so that a change of level or package carries it over onto the new target.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from fractions import Fraction
from typing import Final

from logix_server.contracts.decisions.terms import Package
from logix_server.contracts.working_time import calendar as working
from logix_server.contracts.working_time.calendar import ALWAYS, Calendar

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
SUSPENDED_CLAUSE: Final = "UPD-5"
NO_PACKAGE_CLAUSE: Final = "SUP-1"
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
    """A person's public answer; the first one stops the clock.

    `in_time`: it was found in time when it was given, which no later look takes back.
    """

    at: datetime
    in_time: bool = False


@dataclass(frozen=True)
class Missed:
    """The deadline `at` passed without an answer and was written down: no later look takes it back."""

    at: datetime


ClockEvent = InForce | Answered | Missed
#: Of what happens at one instant an answer counts first (due at the deadline is in time), a change last.
_RANK: Final = {Answered: 0, Missed: 1, InForce: 2}


class Standing(StrEnum):
    """How a response clock stands at a moment."""

    RUNNING = "running"
    PAUSED = "paused"  # until renewal (UPD-5)
    NONE = "no committed time"
    MET = "met"
    MISSED = "missed"


@dataclass(frozen=True)
class ResponseClock:
    """`deadline` None = no committed time, or with `paused` the clock stands still until renewal.

    `clauses`: what the deadline rests on, then why there is no newer one.
    """

    deadline: datetime | None
    clauses: tuple[str, ...]
    met_at: datetime | None = None
    breached_at: datetime | None = None  # the deadline that passed without an answer, as the history shows
    paused: bool = False

    def breached(self, now: datetime) -> bool:
        """Whether the deadline has passed without an answer by `now`; due at it is still in time."""
        if self.breached_at is not None:
            return True
        return self.met_at is None and self.deadline is not None and now > self.deadline

    def standing(self, now: datetime) -> Standing:
        """Where it stands at `now`."""
        if self.breached(now):
            return Standing.MISSED
        if self.met_at is not None:
            return Standing.MET
        if self.paused:
            return Standing.PAUSED
        return Standing.NONE if self.deadline is None else Standing.RUNNING


def calendar_of(package: Package | None, office: Calendar) -> Calendar:
    """MAT-1: Profesyonel 7x24, all others the office's 5x8."""
    return ALWAYS if package is Package.PROFESYONEL else office


def response(history: Iterable[ClockEvent], office: Calendar) -> ResponseClock:
    """The clock after `history`, which begins with an `InForce`; `office` is the 5x8 calendar.

    Nothing breached is unbreached and nothing met is breached by what comes later. The order in which
    events are given matters only for several `InForce` of one instant: the last one holds. Raises
    `ValueError` for a history without a beginning, `NoWorkingTime` for a calendar without working time.
    """
    opening, *later = _ordered(history)
    if not isinstance(opening, InForce):
        raise ValueError("a ticket's history begins with what was in force at its opening")
    answered = min((event.at for event in later if isinstance(event, Answered)), default=None)
    # What was judged in its time stays so, even if the calendar has been changed for the past since.
    judged = any(
        isinstance(event, Missed) or (isinstance(event, Answered) and event.in_time) for event in later
    )
    clock = _Clock(opening, office)
    for event in later:
        if not judged and clock.deadline is not None and event.at > clock.deadline:
            return ResponseClock(clock.deadline, clock.clauses, answered, clock.deadline)
        match event:
            case Missed(at):
                return ResponseClock(at, clock.clauses, answered, at)
            case Answered(at):
                return ResponseClock(clock.deadline, clock.clauses, at, paused=clock.paused)
            case InForce():
                clock.change(event)
    return ResponseClock(clock.deadline, clock.clauses, paused=clock.paused)


def _ordered(history: Iterable[ClockEvent]) -> list[ClockEvent]:
    """By time; of several changes at one instant the last, the opening before all else of its instant."""
    events = list(history)
    changes = {event.at: event for event in events if isinstance(event, InForce)}
    if not changes:
        raise ValueError("a ticket's history begins with what was in force at its opening")
    opening = changes.pop(min(changes))
    others = [event for event in events if not isinstance(event, InForce)]
    if any(event.at < opening.at for event in others):
        raise ValueError("a ticket's history begins with what was in force at its opening")
    return [opening, *sorted([*changes.values(), *others], key=lambda event: (event.at, _RANK[type(event)]))]


@dataclass(frozen=True)
class _Target:
    """A span of working time. "Same day" is the working time left of that day at `opened`."""

    calendar: Calendar
    span: timedelta
    clauses: tuple[str, ...]
    opened: datetime | None = None


class _Clock:
    """The target in force, since when, and the fraction used up before."""

    def __init__(self, opening: InForce, office: Calendar) -> None:
        self._office = office
        self._since = opening.at  # of the present terms
        self._began: datetime | None = None  # when support first ran: what "same day" is counted from
        self._used = Fraction(0)
        self._target: _Target | None = None
        self._pauses: list[tuple[datetime, datetime]] = []
        self.paused = False
        self.deadline: datetime | None = None
        self.clauses: tuple[str, ...] = ()
        self._enter(opening)

    def change(self, event: InForce) -> None:
        """Carry over what was used, then take up the new terms."""
        if self.paused:
            self._pauses.append((self._since, event.at))
        elif self._target is not None:
            self._used = self._used_by(self._target, event.at)
        self._since = event.at
        self._enter(event)

    def _enter(self, event: InForce) -> None:
        # A package that ends while it is suspended renews nothing: the clock goes on standing still.
        self.paused = event.suspended or (self.paused and event.package is None)
        if self.paused:
            self.deadline = None
            self.clauses = (SUSPENDED_CLAUSE,) if event.suspended else (NO_PACKAGE_CLAUSE,)
            return
        if self._began is None and event.package is not None:
            # No clock ran before: a ticket opened while suspended, or without a package, begins here.
            self._began = event.at
        new = self._wanted(event)
        self._target = new or self._target
        if self._target is None:
            self.deadline, self.clauses = None, _none_committed(event)
            return
        self.deadline = self._due(self._target)
        # Where nothing is committed now, what was committed before still is.
        self.clauses = self._target.clauses if new else self._target.clauses + _none_committed(event)

    def _wanted(self, event: InForce) -> _Target | None:
        wanted = None if event.package is None else TARGETS[event.package, event.level]
        if wanted is None or self._began is None:
            return None
        calendar = calendar_of(event.package, self._office)
        clauses = (TARGET_CLAUSE[event.level], HOURS_CLAUSE)
        if isinstance(wanted, int):
            return _Target(calendar, timedelta(minutes=wanted), clauses)
        span = working.between(calendar, self._began, working.same_day(calendar, self._began))
        return _Target(calendar, span, clauses, self._began)

    def _used_by(self, target: _Target, until: datetime) -> Fraction:
        if target.opened is None:
            used = self._used + _part(working.between(target.calendar, self._since, until), target.span)
        else:
            passed = working.between(target.calendar, target.opened, until) - self._pause_in(target)
            used = _part(passed, target.span)
        return min(Fraction(1), used)

    def _due(self, target: _Target) -> datetime:
        if target.opened is not None:
            return self._end_of_day(target, target.opened)
        rest = round(Fraction(target.span // _TICK) * (1 - self._used)) * _TICK
        return working.add(target.calendar, self._since, rest) if rest else self._since

    def _end_of_day(self, target: _Target, since: datetime) -> datetime:
        """When the day's working time is used up, the pauses within it left out; later ones move nothing."""
        left = target.span
        for start, end in self._pauses:
            if end > since:
                worked = working.between(target.calendar, since, start)
                if worked >= left:
                    break
                left, since = left - worked, end
        return working.add(target.calendar, since, left)

    def _pause_in(self, target: _Target) -> timedelta:
        spans = ((max(start, target.opened or start), end) for start, end in self._pauses)
        return sum((working.between(target.calendar, start, end) for start, end in spans), _ZERO)


def _part(passed: timedelta, span: timedelta) -> Fraction:
    return Fraction(passed // _TICK, span // _TICK)


def _none_committed(event: InForce) -> tuple[str, ...]:
    """Why the terms of `event` commit no time: no package (SUP-1), or none at this level (Reading 2)."""
    return (NO_PACKAGE_CLAUSE,) if event.package is None else (TARGET_CLAUSE[event.level],)
