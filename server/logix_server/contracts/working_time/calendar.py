"""Working time (Reading 4): hours of a week less closures, in Europe/Istanbul. Pure.

All intervals are half-open, [start, end): an instant at closing is outside, and a span that is used up
exactly at closing ends there, not next morning. Instants given back are UTC.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import cached_property
from typing import Final

from logix_common.errors import InvalidInput, LogixError

from logix_server.contracts.decisions.terms import ISTANBUL
from logix_server.weekly_hours import DAY_MINUTES, Hours, Week

#: Search no further for working time than this; longer closures than any feast.
HORIZON_DAYS: Final = 800
_ZERO: Final = timedelta(0)

Interval = tuple[datetime, datetime]


class NoWorkingTime(LogixError):
    """The calendar has no working time within its horizon: its hours or closures are wrong."""


@dataclass(frozen=True)
class Calendar:
    """`week`: the hours of Monday to Sunday; `closures`: when nobody works, they may overlap."""

    week: Week
    closures: tuple[Interval, ...] = ()
    zone: tzinfo = ISTANBUL

    def __post_init__(self) -> None:
        for day in self.week:
            last = 0
            for start, end in day:
                if not last <= start < end <= DAY_MINUTES:
                    raise InvalidInput("hours", f"expected ascending minutes of a day (0-1440), got {day}")
                last = end
        for start_at, end_at in self.closures:
            if start_at.tzinfo is None or end_at.tzinfo is None or end_at <= start_at:
                raise InvalidInput("closures", f"expected a start before an end, got {start_at} - {end_at}")

    @cached_property
    def always(self) -> bool:
        """Whether it runs without a break (7x24)."""
        return not self.closures and all(day == ((0, DAY_MINUTES),) for day in self.week)

    @cached_property
    def closed(self) -> tuple[Interval, ...]:
        """The closures in UTC, ascending, overlapping ones made one."""
        return tuple(union(self.closures))

    def day(self, day: date) -> list[Interval]:
        """The working intervals of a local calendar day, in UTC."""
        midnight = datetime.combine(day, time.min)
        opened = [
            (begins, ends)
            for start, end in self.week[day.weekday()]
            if (begins := self._at(midnight, start)) < (ends := self._at(midnight, end))
        ]
        # Where clocks spring forward, hours that lie in the gap may come to overlap.
        apart = union(opened) if len(opened) > 1 else opened
        return [piece for interval in apart for piece in self._without_closures(interval)]

    def _at(self, midnight: datetime, minutes: int) -> datetime:
        # Wall-clock arithmetic first, the zone after: 17:00 stays 17:00 on a day of 23 hours.
        return (midnight + timedelta(minutes=minutes)).replace(tzinfo=self.zone).astimezone(UTC)

    def _without_closures(self, interval: Interval) -> Iterator[Interval]:
        start, end = interval
        first = max(0, bisect_right(self.closed, start, key=lambda closure: closure[0]) - 1)
        for closed_from, closed_until in self.closed[first:]:
            if closed_from >= end:
                break
            if closed_from > start:
                yield start, min(closed_from, end)
            start = max(start, closed_until)
        if start < end:
            yield start, end


_OFFICE: Final[Hours] = ((9 * 60, 17 * 60),)
#: Monday to Friday 09:00-17:00; the closures come with the year's holidays.
OFFICE_WEEK: Final[Week] = (_OFFICE, _OFFICE, _OFFICE, _OFFICE, _OFFICE, (), ())
_ALL_DAY: Final[Hours] = ((0, DAY_MINUTES),)
#: 7x24.
ALWAYS: Final = Calendar((_ALL_DAY,) * 7)


def union(intervals: Iterable[Interval]) -> list[Interval]:
    """The same time as ascending intervals that neither overlap nor touch, in UTC."""
    merged: list[Interval] = []
    for start, end in sorted((a.astimezone(UTC), b.astimezone(UTC)) for a, b in intervals):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((start, end))
    return merged


def periods(calendar: Calendar, since: datetime) -> Iterator[Interval]:
    """Working intervals from `since` on, up to the horizon; the first is cut at `since`."""
    first = since.astimezone(calendar.zone).date()
    for offset in range(HORIZON_DAYS):
        for start, end in calendar.day(first + timedelta(days=offset)):
            if end > since:
                yield max(start, since.astimezone(UTC)), end


def add(calendar: Calendar, since: datetime, span: timedelta) -> datetime:
    """The instant by which `span` of working time has passed since `since`.

    Outside working hours the clock starts at the next opening. Raises `NoWorkingTime` where the
    horizon holds less than `span`.
    """
    if calendar.always:
        return since.astimezone(UTC) + span
    left = span
    for start, end in periods(calendar, since):
        if left <= end - start:
            return start + left
        left -= end - start
    raise NoWorkingTime(f"no {span} of working time within {HORIZON_DAYS} days of {since.isoformat()}")


def between(calendar: Calendar, since: datetime, until: datetime) -> timedelta:
    """The working time in [since, until); zero where until ≤ since."""
    # Two moments of one zone subtract as wall clocks do; in UTC they subtract as time does.
    since, until = since.astimezone(UTC), until.astimezone(UTC)
    if until <= since:
        return _ZERO
    if calendar.always:
        return until - since
    total = _ZERO
    day, last = since.astimezone(calendar.zone).date(), until.astimezone(calendar.zone).date()
    while day <= last:
        for start, end in calendar.day(day):
            total += max(_ZERO, min(end, until) - max(start, since))
        day += timedelta(days=1)
    return total


def same_day(calendar: Calendar, at: datetime) -> datetime:
    """The end of the working day that `at` falls in, else of the one that begins next (Reading 3)."""
    for start, _ in periods(calendar, at):
        day = start.astimezone(calendar.zone).date()
        return calendar.day(day)[-1][1]
    raise NoWorkingTime(f"no working time within {HORIZON_DAYS} days of {at.isoformat()}")
