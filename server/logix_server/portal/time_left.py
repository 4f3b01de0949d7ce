"""How long is left until a deadline, as people say it: what matters of it, and how pressing it is. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

#: From so long before it on a deadline is near.
NEAR: Final = timedelta(hours=1)
_MINUTE: Final = timedelta(minutes=1)


class Pressure(StrEnum):
    """How a response clock looks to those who work by it."""

    LEFT = "left"
    NEAR = "near"
    OVER = "over"  # passed, and nobody has answered
    MET = "met"
    LATE = "late"  # answered, after the deadline
    PAUSED = "paused"  # until renewal (UPD-5)
    NONE = "none"  # no committed time
    ENDED = "ended"  # solved or closed without an answer of its own


@dataclass(frozen=True)
class Clock:
    """A ticket's response clock as its row shows it."""

    deadline: datetime | None
    answered_at: datetime | None = None
    missed_at: datetime | None = None
    ended: bool = False
    paused: bool = False


@dataclass(frozen=True)
class TimeLeft:
    """`days`, `hours`, `minutes` until the deadline, or since it where `pressure` is OVER."""

    pressure: Pressure
    days: int = 0
    hours: int = 0
    minutes: int = 0


def time_left(clock: Clock, now: datetime) -> TimeLeft:
    """How `clock` stands at `now`. Minutes are whole ones: rounded down both before and after."""
    if clock.answered_at is not None:
        return TimeLeft(Pressure.LATE if clock.missed_at else Pressure.MET)
    due = clock.missed_at or clock.deadline
    if due is None:
        return TimeLeft(_without(clock))
    if now > due:
        return _span(Pressure.OVER, now - due)
    if clock.ended:
        return TimeLeft(Pressure.ENDED)
    left = due - now
    return _span(Pressure.NEAR if left <= NEAR else Pressure.LEFT, left)


def _without(clock: Clock) -> Pressure:
    """How a clock without a deadline stands."""
    if clock.ended:
        return Pressure.ENDED
    return Pressure.PAUSED if clock.paused else Pressure.NONE


def _span(pressure: Pressure, span: timedelta) -> TimeLeft:
    minutes = span // _MINUTE
    return TimeLeft(pressure, minutes // 1440, minutes // 60 % 24, minutes % 60)
