"""Whether it is working time, and when that next changes (Reading 4). Pure."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from logix_server.contracts.decisions.terms import local_day
from logix_server.contracts.working_time import calendar as working
from logix_server.contracts.working_time.calendar import Calendar

#: First and last year -> the 5x8 calendar with the closures of these years.
Office = Callable[[int, int], Calendar]


def is_open(office: Office, at: datetime) -> bool:
    """Whether `at` lies within working hours."""
    day = local_day(at)
    return any(start <= at < end for start, end in _calendar(office, at).day(day))


def next_change(office: Office, at: datetime) -> datetime | None:
    """The first instant after `at` at which work begins or ends; None within the calendar's horizon."""
    closing: datetime | None = None
    for start, end in working.periods(_calendar(office, at), at):
        if closing is None and start > at:
            return start
        if closing is not None and start > closing:
            return closing
        closing = end
        if closing - at > timedelta(days=working.HORIZON_DAYS - 2):
            return None  # without a break
    return closing


def _calendar(office: Office, at: datetime) -> Calendar:
    # A year ahead and one more: the horizon of the search is a little over two years.
    year = local_day(at).year
    return office(year, year + 3)
