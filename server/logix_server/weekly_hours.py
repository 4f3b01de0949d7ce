"""Office hours as the settings write them: "mon-thu 09:00-12:30 13:30-18:00; fri 09:00-17:00". Pure."""

from __future__ import annotations

import re
from typing import Final

DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAY_MINUTES: Final = 24 * 60
#: Of one day, ascending minutes from 00:00; 1440 is 24:00.
Hours = tuple[tuple[int, int], ...]
Week = tuple[Hours, Hours, Hours, Hours, Hours, Hours, Hours]

_TIME: Final = re.compile(r"([0-9]{2}):([0-9]{2})\Z")
_EXAMPLE: Final = 'expected hours such as "mon-fri 09:00-17:00; sat 10:00-14:00"'


def minute_of_day(text: str) -> int:
    """Minutes from 00:00 of "HH:MM", "24:00" included. Raises `ValueError`."""
    found = _TIME.match(text)
    if found is None:
        raise ValueError(f"expected a time such as 09:00, got {text!r}")
    hour, minute = int(found[1]), int(found[2])
    if minute > 59 or hour * 60 + minute > DAY_MINUTES:
        raise ValueError(f"expected a time from 00:00 to 24:00, got {text!r}")
    return hour * 60 + minute


def week_of(text: str) -> Week:
    """The hours of Monday to Sunday; a day that is not named is off. Raises `ValueError`."""
    week: list[Hours] = [()] * 7
    for clause in filter(None, (part.strip() for part in text.lower().split(";"))):
        days, *spans = clause.split()
        if not spans:
            raise ValueError(f"{_EXAMPLE}, got {clause!r}")
        for day in _days(days):
            if week[day]:
                raise ValueError(f"{DAYS[day]} is named twice")
            week[day] = _hours(spans)
    if not any(week):
        raise ValueError(f"{_EXAMPLE}, got {text!r}")
    monday, tuesday, wednesday, thursday, friday, saturday, sunday = week
    return monday, tuesday, wednesday, thursday, friday, saturday, sunday


def _days(text: str) -> range:
    first, _, last = text.partition("-")
    if first not in DAYS or (last or first) not in DAYS:
        raise ValueError(f"expected days such as mon-fri or sat, got {text!r}")
    days = range(DAYS.index(first), DAYS.index(last or first) + 1)
    if not days:
        raise ValueError(f"expected days in the order of the week, got {text!r}")
    return days


def _hours(spans: list[str]) -> Hours:
    hours, last = [], 0
    for span in spans:
        begins, _, ends = span.partition("-")
        start, end = minute_of_day(begins), minute_of_day(ends)
        if not last <= start < end:
            raise ValueError(f"expected hours that follow each other, got {span!r}")
        hours.append((start, end))
        last = end
    return tuple(hours)
