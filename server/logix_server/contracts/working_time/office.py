"""The office's calendar from its parts: hours, public holidays, closures of our own. Pure.

What is changed holds from the moment it was recorded: a closure that is added late, or taken back,
leaves the time before as it was counted then.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Final

from logix_server.contracts.decisions import terms
from logix_server.contracts.working_time.calendar import Calendar, Interval
from logix_server.contracts.working_time.holidays_tr import HALF_DAY_END, holidays_of
from logix_server.weekly_hours import Week

#: From this month on the next year's holidays should be known.
LOOK_AHEAD_FROM_MONTH: Final = 11
_TICK: Final = timedelta(microseconds=1)


@dataclass(frozen=True)
class Closing:
    """A closure that was recorded; `withdrawn_at`: since when it does not hold any more."""

    starts_at: datetime
    ends_at: datetime
    recorded_at: datetime
    withdrawn_at: datetime | None = None

    @property
    def holds(self) -> Interval | None:
        """When nobody works because of it."""
        start = max(self.starts_at, self.recorded_at)
        return _cut((start, self.ends_at), self.withdrawn_at)


@dataclass(frozen=True)
class Changes:
    """What an administrator changed: closures added, and holidays on which the office works, since when."""

    closings: tuple[Closing, ...] = ()
    worked: tuple[tuple[date, datetime], ...] = ()


@dataclass(frozen=True)
class Hours:
    """The week, and the minute of the day at which work ends on a half day."""

    week: Week
    half_day_ends: int = HALF_DAY_END


@lru_cache(maxsize=32)
def calendar_of(hours: Hours, changes: Changes, first_year: int, last_year: int) -> Calendar:
    """The office's calendar with the holidays of these years, both included."""
    worked = dict(changes.worked)
    holidays = (holiday for year in range(first_year, last_year + 1) for holiday in holidays_of(year))
    closed = [_cut(holiday.closure(hours.half_day_ends), worked.get(holiday.day)) for holiday in holidays]
    closed += [closing.holds for closing in changes.closings]
    return Calendar(hours.week, tuple(interval for interval in closed if interval is not None))


def _cut(interval: Interval, until: datetime | None) -> Interval | None:
    start, end = interval
    end = end if until is None else min(end, until)
    return (start, end) if start < end else None


@dataclass(frozen=True)
class Gap:
    """The holidays of `year` are not known well enough; `day` None: none are known at all."""

    year: int
    day: date | None = None
    name: str = ""


def gaps(today: date, changes: Changes) -> list[Gap]:
    """What is missing of this year's holidays, and from November on of the next year's.

    A date that is only reckoned is settled by a closure of our own on that day, or by taking it back.
    """
    years = [today.year] + [today.year + 1] * (today.month >= LOOK_AHEAD_FROM_MONTH)
    found = []
    for year in years:
        known = holidays_of(year)
        if not any(holiday.feast for holiday in known):
            found.append(Gap(year))  # a year without its feasts: the source does not know it
        found += [
            Gap(year, holiday.day, holiday.name)
            for holiday in known
            if holiday.estimated and holiday.day >= today and not _settled(holiday.day, changes)
        ]
    return found


def _settled(day: date, changes: Changes) -> bool:
    return day in dict(changes.worked) or any(
        terms.local_day(closing.starts_at) <= day <= terms.local_day(closing.ends_at - _TICK)
        for closing in changes.closings
        if closing.withdrawn_at is None
    )
