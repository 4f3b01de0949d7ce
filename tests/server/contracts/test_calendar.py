"""Working time by Reading 4."""

from __future__ import annotations

import itertools
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from logix_common.errors import InvalidInput
from logix_server.contracts.decisions.terms import ISTANBUL
from logix_server.contracts.working_time import calendar as working
from logix_server.contracts.working_time.calendar import ALWAYS, OFFICE_WEEK, Calendar, NoWorkingTime
from logix_server.contracts.working_time.holidays_tr import holidays_of, office_calendar
from logix_server.weekly_hours import Hours

OFFICE = office_calendar(2024, 2030)
MINUTE = timedelta(minutes=1)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ISTANBUL)


@pytest.mark.parametrize(
    ("since", "hours", "until"),
    [
        ("2026-03-02T10:00", 4, "2026-03-02T14:00"),
        ("2026-03-02T09:00", 8, "2026-03-02T17:00"),  # exactly at closing: due then
        ("2026-03-02T15:00", 4, "2026-03-03T11:00"),
        ("2026-03-02T17:00", 2, "2026-03-03T11:00"),  # closing itself is outside
        ("2026-03-02T07:30", 2, "2026-03-02T11:00"),
        ("2026-03-06T16:00", 2, "2026-03-09T10:00"),  # over a weekend
        ("2026-03-19T12:00", 2, "2026-03-23T10:00"),  # eve of the feast ends at 13:00; 20-22 March off
        ("2026-10-28T12:00", 1, "2026-10-28T13:00"),
        ("2026-10-28T13:00", 1, "2026-10-30T10:00"),  # 28 October afternoon, 29 October
        ("2026-12-31T16:30", 1, "2027-01-04T09:30"),  # new year's day is a Friday
    ],
)
def test_adding_office_hours(since: str, hours: int, until: str) -> None:
    assert working.add(OFFICE, at(since), timedelta(hours=hours)) == at(until)


@pytest.mark.parametrize(
    ("opened", "due"),
    [
        ("2026-03-03T07:30", "2026-03-03T17:00"),
        ("2026-03-03T16:59", "2026-03-03T17:00"),
        ("2026-03-03T17:00", "2026-03-04T17:00"),
        ("2026-03-07T12:00", "2026-03-09T17:00"),
        ("2026-05-26T09:00", "2026-05-26T13:00"),  # eve of Kurban Bayramı
        ("2026-05-26T13:00", "2026-06-01T17:00"),
    ],
)
def test_same_day(opened: str, due: str) -> None:
    assert working.same_day(OFFICE, at(opened)) == at(due)


def test_closures_may_overlap_and_one_may_cut_a_day_in_two() -> None:
    closures = (
        (at("2026-03-02T10:00"), at("2026-03-02T11:30")),
        (at("2026-03-02T11:00"), at("2026-03-02T12:00")),
        (at("2026-03-02T11:15"), at("2026-03-02T11:20")),
    )
    calendar = Calendar(OFFICE_WEEK, closures)
    assert working.add(calendar, at("2026-03-02T09:00"), timedelta(hours=2)) == at("2026-03-02T13:00")
    assert working.between(calendar, at("2026-03-02T00:00"), at("2026-03-03T00:00")) == timedelta(hours=6)
    assert working.same_day(calendar, at("2026-03-02T09:30")) == at("2026-03-02T17:00")


def test_a_day_may_end_at_24() -> None:
    late = (((22 * 60, 1440),), (), (), (), (), (), ())
    calendar = Calendar(late)
    assert working.add(calendar, at("2026-03-02T23:00"), timedelta(hours=1)) == at("2026-03-03T00:00")
    assert working.same_day(calendar, at("2026-03-02T23:00")) == at("2026-03-03T00:00")


@pytest.mark.parametrize(
    "calendar", [Calendar(((),) * 7), Calendar(OFFICE_WEEK, ((at("2020-01-01"), at("2040-01-01")),))]
)
def test_a_calendar_without_working_time_says_so(calendar: Calendar) -> None:
    with pytest.raises(NoWorkingTime):
        working.add(calendar, at("2026-03-02T09:00"), MINUTE)
    with pytest.raises(NoWorkingTime):
        working.same_day(calendar, at("2026-03-02T09:00"))
    assert working.between(calendar, at("2026-03-02T09:00"), at("2026-03-03T09:00")) == timedelta(0)


@pytest.mark.parametrize(
    "hours", [((540, 540),), ((600, 540),), ((0, 1441),), ((540, 700), (690, 800)), ((-1, 5),)]
)
def test_hours_that_make_no_sense_are_refused(hours: tuple[tuple[int, int], ...]) -> None:
    with pytest.raises(InvalidInput, match="hours"):
        Calendar((hours, (), (), (), (), (), ()))


def test_a_closure_that_ends_before_it_begins_is_refused() -> None:
    with pytest.raises(InvalidInput, match="closures"):
        Calendar(OFFICE_WEEK, ((at("2026-03-02"), at("2026-03-01")),))


def test_7x24_runs_without_a_break() -> None:
    assert ALWAYS.always
    start = at("2026-05-29T03:00")
    assert working.add(ALWAYS, start, timedelta(minutes=15)) == start + timedelta(minutes=15)


def test_wall_clock_hours_survive_a_change_of_the_offset() -> None:
    # Until 2016 Türkiye changed its clocks; 27 March 2016 was the last spring forward.
    calendar = Calendar((((0, 1440),),) * 7)
    assert working.between(calendar, at("2016-03-27T00:00"), at("2016-03-28T00:00")) == timedelta(hours=23)


instants = st.datetimes(datetime(2024, 1, 1), datetime(2030, 11, 1)).map(
    lambda naive: naive.replace(second=0, microsecond=0, tzinfo=UTC)
)


def open_at(moment: datetime) -> bool:
    """Written anew from Reading 4, minute by minute."""
    local = moment.astimezone(ISTANBUL)
    if local.weekday() >= 5 or not 9 <= local.hour < 17:
        return False
    today = [holiday for holiday in holidays_of(local.year) if holiday.day == local.date()]
    return not any(not holiday.half or local.hour >= 13 for holiday in today)


@settings(max_examples=60, deadline=None)
@given(instants, st.integers(1, 900))
def test_adding_agrees_with_counting_minutes(since: datetime, minutes: int) -> None:
    moment, left = since, minutes
    while left:
        left -= open_at(moment)
        moment += MINUTE
    assert working.add(OFFICE, since, minutes * MINUTE) == moment


@settings(max_examples=60, deadline=None)
@given(instants, st.integers(0, 6000))
def test_between_agrees_with_counting_minutes(since: datetime, minutes: int) -> None:
    counted = sum(open_at(since + n * MINUTE) for n in range(minutes))
    assert working.between(OFFICE, since, since + minutes * MINUTE) == counted * MINUTE


@given(instants, st.integers(1, 3000))
def test_between_takes_back_what_add_gave(since: datetime, minutes: int) -> None:
    span = minutes * MINUTE
    assert working.between(OFFICE, since, working.add(OFFICE, since, span)) == span


def test_every_year_has_its_half_days() -> None:
    for year in range(2024, 2031):
        halves = [holiday for holiday in holidays_of(year) if holiday.half]
        assert len(halves) == 3, year
        assert date(year, 10, 28) in {holiday.day for holiday in halves}
        full = {holiday.day for holiday in holidays_of(year) if not holiday.half}
        feasts = [holiday.day for holiday in halves if holiday.day != date(year, 10, 28)]
        assert all(eve + timedelta(days=1) in full for eve in feasts)
        assert not any(holiday.estimated for holiday in holidays_of(year))


def test_announced_days_of_2025() -> None:
    days = {(holiday.day.isoformat(), holiday.half) for holiday in holidays_of(2025)}
    for expected in [
        ("2025-03-29", True),
        ("2025-03-30", False),
        ("2025-06-05", True),
        ("2025-06-09", False),
    ]:
        assert expected in days
    assert ("2025-07-15", False) in days


def test_dates_that_are_only_reckoned_are_marked() -> None:
    marked = {holiday.name for holiday in holidays_of(2034) if holiday.estimated}
    assert any("Eid" in name for name in marked)
    assert not any(holiday.estimated for holiday in holidays_of(2034) if "Republic" in holiday.name)


def test_a_half_day_on_a_full_holiday_stays_closed() -> None:
    # 23 April 2029 is both a national holiday and the eve of Kurban Bayramı.
    assert OFFICE.day(date(2029, 4, 23)) == []


BERLIN = ZoneInfo("Europe/Berlin")  # changes its clocks, unlike Istanbul since 2016
HOURS = st.lists(st.integers(0, 96), min_size=2, max_size=6, unique=True).map(
    lambda quarters: tuple(
        (start * 15, end * 15)
        for start, end in zip(*(iter(sorted(quarters)[: len(quarters) // 2 * 2]),) * 2, strict=True)
    )
)


@settings(max_examples=60, deadline=None)
@given(HOURS, st.sampled_from([date(2026, 3, 28), date(2026, 10, 24)]), st.integers(0, 3000))
def test_hours_of_days_on_which_clocks_change(hours: Hours, day: date, minutes: int) -> None:
    calendar = Calendar((hours,) * 7, zone=BERLIN)
    since = datetime.combine(day, time.min, BERLIN).astimezone(UTC)
    counted = 0
    for n in range(minutes):
        local = (since + n * MINUTE).astimezone(BERLIN)
        # An hour that comes twice is worked once, at its first coming; see below for one that never comes.
        counted += (
            any(start <= local.hour * 60 + local.minute < end for start, end in hours) and not local.fold
        )
    passed = working.between(calendar, since, since + minutes * MINUTE)
    pieces = [piece for n in range(4) for piece in calendar.day(day + timedelta(days=n))]
    assert all(start < end for start, end in pieces)
    assert all(before[1] <= after[0] for before, after in itertools.pairwise(pieces))
    # Hours that begin or end within a change may be cut by up to that hour.
    assert abs(passed - counted * MINUTE) <= timedelta(hours=1)


def test_hours_within_the_gap_of_the_clocks_are_not_counted_twice() -> None:
    # On 29 March 2026 Berlin has no time from 02:00 to 03:00.
    calendar = Calendar((((0, 150), (185, 400)),) * 7, zone=BERLIN)
    since = datetime(2026, 3, 29, tzinfo=BERLIN).astimezone(UTC)
    whole = working.between(calendar, since, since + timedelta(hours=10))
    assert whole == timedelta(minutes=400 - 60)


@given(instants, st.integers(1, 4000), st.lists(st.tuples(instants, st.integers(1, 6000)), max_size=4))
def test_adding_a_closure_never_ends_a_span_earlier(since: datetime, minutes: int, closed) -> None:
    closures = tuple((start, start + long * MINUTE) for start, long in closed)
    shut = Calendar(OFFICE_WEEK, OFFICE.closures + closures)
    span = minutes * MINUTE
    assert working.add(shut, since, span) >= working.add(OFFICE, since, span)
    assert working.between(shut, since, working.add(shut, since, span)) == span
