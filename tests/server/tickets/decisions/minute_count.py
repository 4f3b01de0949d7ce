"""A response clock that counts minutes one after the other, written from the terms' text alone.

It knows MAT-1, MAT-6 to MAT-8 and Readings 2 to 5, and nothing of the clock that it checks: no
calendar, no intervals, only "does this minute count?".
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction
from functools import lru_cache
from zoneinfo import ZoneInfo

from logix_server.contracts.working_time.holidays_tr import holidays_of

MINUTE = timedelta(minutes=1)
ISTANBUL = ZoneInfo("Europe/Istanbul")
COMMITTED = {
    ("standart", 3): 360,
    ("standart", 2): 240,
    ("standart", 1): 120,
    ("profesyonel", 3): 120,
    ("profesyonel", 2): 60,
    ("profesyonel", 1): 15,
}
MOST_MINUTES = 90 * 24 * 60


@dataclass(frozen=True)
class Change:
    """From this minute on."""

    at: datetime
    level: int
    package: str | None
    suspended: bool = False


@lru_cache(maxsize=4096)
def off(day: date) -> tuple[bool, bool]:
    """Whether the whole day, and whether its afternoon is a holiday."""
    today = [holiday for holiday in holidays_of(day.year) if holiday.day == day]
    return any(not holiday.half for holiday in today), any(holiday.half for holiday in today)


def office_open(minute: datetime, closures: Collection[tuple[datetime, datetime]] = ()) -> bool:
    """Whether somebody works in the minute that begins here (5x8)."""
    local = minute.astimezone(ISTANBUL)
    if local.weekday() in (5, 6) or local.hour < 9 or local.hour >= 17:
        return False
    whole, afternoon = off(local.date())
    if whole or (afternoon and local.hour >= 13):
        return False
    return not any(start <= minute < end for start, end in closures)


@dataclass(frozen=True)
class Count:
    """`due`: the minute at whose beginning, or within the minute before which, the target was used up."""

    due: datetime | None
    met_at: datetime | None = None
    missed: bool = False


def count(
    changes: list[Change], answer: datetime | None, closures: Collection[tuple[datetime, datetime]] = ()
) -> Count:
    """Walk from the opening on until answered, missed, or the target used up with nothing left to happen."""
    by_minute = {change.at: change for change in changes}  # of one minute the last holds
    minute = changes[0].at
    last = max([*by_minute, answer or minute])
    state = _Walk(closures)
    state.change(by_minute.pop(minute), minute)  # nothing comes before the opening
    for _ in range(MOST_MINUTES):
        happens = minute == answer or minute in by_minute
        if happens and state.passed_before(minute):
            return Count(state.due, answer, missed=True)
        if minute == answer:
            return Count(state.due if state.due else state.finish(minute), answer)
        if minute in by_minute:
            state.change(by_minute[minute], minute)
        if minute >= last and (state.due is not None or not state.going):
            return Count(state.due)
        state.pass_minute(minute)
        minute += MINUTE
    return Count(None)


class _Walk:
    def __init__(self, closures: Collection[tuple[datetime, datetime]]) -> None:
        self.closures = closures
        self.target: int | str | None = None  # minutes, or "same day", or none committed
        self.round_the_clock = False
        self.used = Fraction(0)
        self.due: datetime | None = None
        self.frozen = False
        self.began: datetime | None = None
        self.counted: list[datetime] = []  # office minutes since support began, not frozen ones
        self._day_length = 0

    @property
    def going(self) -> bool:
        return self.target is not None and not self.frozen

    def passed_before(self, minute: datetime) -> bool:
        if self.due is None or self.frozen:
            return False
        return self.due < minute or (self.due == minute and self.used > 1)

    def change(self, new: Change, minute: datetime) -> None:
        was_frozen = self.frozen
        self.frozen = new.suspended or (was_frozen and new.package is None)
        if self.frozen:
            self.due = None
            return
        if self.began is None and new.package is not None:
            self.began = minute
        if new.package == "temel" and new.level == 3:
            self.target, self.round_the_clock = "same day", False
        elif (new.package, new.level) in COMMITTED:
            if self.target == "same day":
                self.used = min(Fraction(1), Fraction(len(self.counted), self.day_length()))
            self.target = COMMITTED[new.package, new.level]
            self.round_the_clock = new.package == "profesyonel"
        self.due = None
        self.look(minute)

    def look(self, minute: datetime) -> None:
        """Is the target used up at the beginning of this minute?"""
        if self.target == "same day":
            length = self.day_length()
            if len(self.counted) >= length:
                self.due = self.counted[length - 1] + MINUTE
        elif self.target is not None and self.used >= 1:
            self.due = minute

    def pass_minute(self, minute: datetime) -> None:
        if self.frozen or self.began is None:
            return
        works = office_open(minute, self.closures)
        if works:
            self.counted.append(minute)
        if self.due is not None or self.target is None:
            return
        if isinstance(self.target, int) and (works or self.round_the_clock):
            self.used += Fraction(1, self.target)
        self.look(minute + MINUTE)

    def finish(self, minute: datetime) -> datetime | None:
        """Answered before it was due: when would it have been due, had nobody answered?"""
        if not self.going:
            return None
        while self.due is None:
            self.pass_minute(minute)
            minute += MINUTE
        return self.due

    def day_length(self) -> int:
        """Office minutes from where support began to the end of that working day."""
        if self._day_length:
            return self._day_length
        assert self.began is not None
        minute = self.began
        while not office_open(minute, self.closures):
            minute += MINUTE
        day, length = minute.astimezone(ISTANBUL).date(), 0
        while minute.astimezone(ISTANBUL).date() == day:
            length += office_open(minute, self.closures)
            minute += MINUTE
        self._day_length = length
        return length
