"""Türkiye's public holidays and half days as closures of the office calendar (Reading 4).

Source: the `holidays` library (law 2429; the feasts by the calendar of the Presidency of Religious
Affairs, which it holds confirmed up to 2032; later ones are reckoned and marked as estimated).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Final

from holidays.constants import HALF_DAY, PUBLIC
from holidays.countries.turkey import Turkey

from logix_server.contracts.decisions.terms import ISTANBUL
from logix_server.contracts.working_time.calendar import OFFICE_WEEK, Calendar, Interval

#: When work ends on a half day, in minutes from 00:00.
HALF_DAY_END: Final = 13 * 60
_ESTIMATED: Final = "(estimated)"
_FEASTS: Final = re.compile(r"\bEid al-(Fitr|Adha)\b")


@dataclass(frozen=True)
class Holiday:
    """A day off, or an afternoon (`half`) off. `estimated`: the date is reckoned, not yet announced."""

    day: date
    name: str  # English
    half: bool
    estimated: bool

    @property
    def feast(self) -> bool:
        """Whether it belongs to one of the two religious feasts, whose days move from year to year."""
        return _FEASTS.search(self.name) is not None

    def closure(self, half_day_ends: int = HALF_DAY_END) -> Interval:
        """When nobody works, in UTC; `half_day_ends` in minutes from 00:00."""
        begins = datetime.combine(self.day, time.min) + timedelta(minutes=half_day_ends if self.half else 0)
        start = begins.replace(tzinfo=ISTANBUL)
        end = datetime.combine(self.day + timedelta(days=1), time.min, ISTANBUL)
        return start.astimezone(UTC), end.astimezone(UTC)


@lru_cache(maxsize=32)
def holidays_of(year: int) -> tuple[Holiday, ...]:
    """The holidays and half days of `year`, in order of days."""
    found = []
    for category, half in ((PUBLIC, False), (HALF_DAY, True)):
        days = Turkey(years=year, language="en_US", categories=(category,))
        for day, name in days.items():
            found.append(Holiday(day, name.replace(f" {_ESTIMATED}", ""), half, _ESTIMATED in name))
    return tuple(sorted(found, key=lambda holiday: (holiday.day, holiday.half)))


@lru_cache(maxsize=32)
def office_calendar(first_year: int, last_year: int) -> Calendar:
    """5x8 of Reading 4 with the holidays of these years, both included, as no administrator changed it.

    What a running installation goes by is `contracts.working_time.closures.office_calendar`.
    """
    return Calendar(OFFICE_WEEK, closures_of(range(first_year, last_year + 1)))


def closures_of(years: Iterable[int]) -> tuple[Interval, ...]:
    """The closures of `years`."""
    return tuple(holiday.closure() for year in years for holiday in holidays_of(year))
