"""Who is on call, by table and by property: weeks, rotations, overrides, DST, gaps."""

from __future__ import annotations

import itertools
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from logix_server.oncall.rota import (
    ISTANBUL,
    OverrideFacts,
    RotaFacts,
    ShiftFacts,
    Watch,
    gaps,
    on_call,
    watches,
)

AYSE, MEHMET, ZEYNEP = 1, 2, 3
MONDAY = date(2026, 3, 2)
PRO = frozenset({"profesyonel"})


def at(text: str, zone: ZoneInfo = ISTANBUL) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone)


def shift(person: int, weekday: int, start: int, end: int, **more) -> ShiftFacts:
    number = more.pop("id", person * 10 + weekday)
    return ShiftFacts(number, person, weekday, start * 60, end * 60, more.pop("starts_on", MONDAY), **more)


def whole_week(person: int, start: int = 0, end: int = 24, **more) -> tuple[ShiftFacts, ...]:
    return tuple(shift(person, day, start, end, **more) for day in range(7))


def rota(*shifts: ShiftFacts, tier: int = 1, name: str = "first", overrides=(), zone=ISTANBUL) -> RotaFacts:
    return RotaFacts(name, PRO, tier, shifts, tuple(overrides), zone)


NIGHTS = rota(*whole_week(AYSE, 17, 9))


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        ("2026-03-02T16:59", ()),
        ("2026-03-02T17:00", (AYSE,)),
        ("2026-03-03T02:00", (AYSE,)),
        ("2026-03-03T08:59", (AYSE,)),
        ("2026-03-03T09:00", ()),
        ("2026-03-02T08:00", ()),  # the first shift begins on Monday evening
    ],
)
def test_a_night_shift_runs_into_the_next_morning(moment: str, expected: tuple[int, ...]) -> None:
    assert on_call([NIGHTS], "profesyonel", at(moment)) == expected


def test_other_packages_have_nobody() -> None:
    assert on_call([NIGHTS], "standart", at("2026-03-02T20:00")) == ()


def test_lower_tiers_are_called_first_and_nobody_twice() -> None:
    first = rota(*whole_week(AYSE), *whole_week(MEHMET))
    second = rota(*whole_week(ZEYNEP), *whole_week(AYSE), tier=2, name="a")
    assert on_call([second, first], "profesyonel", at("2026-03-04T12:00")) == (AYSE, MEHMET, ZEYNEP)


def test_every_other_week_two_people_take_turns() -> None:
    turns = rota(
        *whole_week(AYSE, every_weeks=2),
        *whole_week(MEHMET, every_weeks=2, starts_on=MONDAY + timedelta(days=7)),
    )
    weeks = [
        on_call([turns], "profesyonel", at("2026-03-04T12:00") + timedelta(days=7 * n)) for n in range(4)
    ]
    assert weeks == [(AYSE,), (MEHMET,), (AYSE,), (MEHMET,)]


def test_a_shift_begins_neither_before_its_first_nor_after_its_last_day() -> None:
    ending = rota(*whole_week(AYSE, ends_on=date(2026, 3, 4)))
    found = [on_call([ending], "profesyonel", at(f"2026-03-0{day}T12:00")) for day in range(1, 7)]
    assert found == [(), (AYSE,), (AYSE,), (AYSE,), (), ()]


def override(person: int | None, replaces: int | None, number: int = 1) -> OverrideFacts:
    return OverrideFacts(number, at("2026-03-03T00:00"), at("2026-03-05T00:00"), person, replaces)


@pytest.mark.parametrize(
    ("overrides", "expected"),
    [
        pytest.param([override(ZEYNEP, AYSE)], (ZEYNEP, MEHMET), id="a swap keeps the place"),
        pytest.param([override(None, AYSE)], (MEHMET,), id="away, nobody instead"),
        pytest.param([override(ZEYNEP, None)], (ZEYNEP,), id="one instead of everybody"),
        pytest.param([override(None, None)], (), id="nobody at all"),
        pytest.param([override(MEHMET, AYSE)], (MEHMET,), id="nobody stands there twice"),
        pytest.param(
            [override(ZEYNEP, AYSE), override(AYSE, ZEYNEP, 2)], (AYSE, MEHMET), id="the later one wins"
        ),
    ],
)
def test_overrides(overrides: list[OverrideFacts], expected: tuple[int, ...]) -> None:
    both = rota(*whole_week(AYSE), *whole_week(MEHMET), overrides=overrides)
    assert on_call([both], "profesyonel", at("2026-03-03T12:00")) == expected
    assert on_call([both], "profesyonel", at("2026-03-05T00:00")) == (AYSE, MEHMET)
    assert on_call([both], "profesyonel", at("2026-03-02T23:59")) == (AYSE, MEHMET)


def test_a_gap_is_told_with_its_edges() -> None:
    nearly = rota(
        *[one for one in whole_week(AYSE) if one.weekday != 5], shift(AYSE, 5, 0, 3), shift(AYSE, 5, 6, 24)
    )
    found = gaps([nearly], "profesyonel", [(at("2026-03-03T00:00"), at("2026-03-10T00:00"))])
    assert found == [(at("2026-03-07T03:00"), at("2026-03-07T06:00"))]


def test_a_rota_with_nobody_is_one_gap_of_what_is_needed() -> None:
    span = (at("2026-03-02T09:00"), at("2026-03-02T17:00"))
    assert gaps([], "standart", [span]) == [span]


@pytest.mark.parametrize("day", ["2016-03-27", "2015-11-08"], ids=["23 hours", "25 hours"])
def test_shifts_are_wall_time_on_days_when_clocks_change(day: str) -> None:
    """Türkiye last changed its clocks in 2016: shifts that touch leave no gap and no overlap even then."""
    people = rota(
        *whole_week(AYSE, 0, 3, starts_on=date(2015, 1, 1)),
        *whole_week(MEHMET, 3, 4, starts_on=date(2015, 1, 1)),
        *whole_week(ZEYNEP, 4, 24, starts_on=date(2015, 1, 1)),
    )
    midnight = at(f"{day}T00:00")
    span = (midnight - timedelta(days=1), midnight + timedelta(days=2))
    assert gaps([people], "profesyonel", [span]) == []
    minutes = int((span[1].astimezone(UTC) - span[0].astimezone(UTC)) / timedelta(minutes=10))
    for number in range(minutes):
        moment = span[0].astimezone(UTC) + number * timedelta(minutes=10)
        assert len(on_call([people], "profesyonel", moment)) == 1
    assert on_call([people], "profesyonel", at(f"{day}T12:00")) == (ZEYNEP,)
    assert on_call([people], "profesyonel", at(f"{day}T23:59")) == (ZEYNEP,)


SHIFTS = st.builds(
    ShiftFacts,
    id=st.integers(1, 99),
    person=st.integers(1, 4),
    weekday=st.integers(0, 6),
    start=st.integers(0, 1439),
    end=st.integers(0, 1440),
    starts_on=st.dates(date(2026, 2, 20), date(2026, 3, 20)),
    ends_on=st.none() | st.dates(date(2026, 3, 20), date(2026, 4, 1)),
    every_weeks=st.integers(1, 3),
)
MOMENTS = st.datetimes(datetime(2026, 3, 1), datetime(2026, 3, 31)).map(
    lambda moment: moment.replace(tzinfo=UTC)
)
OVERRIDES = st.builds(
    lambda start, hours, person, replaces: OverrideFacts(
        1, start, start + timedelta(hours=hours), person, replaces
    ),
    MOMENTS,
    st.integers(1, 200),
    st.none() | st.integers(1, 5),
    st.none() | st.integers(1, 4),
)


@given(st.lists(SHIFTS, max_size=8), st.lists(OVERRIDES, max_size=3), MOMENTS, st.integers(1, 100), st.data())
def test_a_moment_lies_in_a_gap_exactly_where_nobody_is_on_call(
    shifts, overrides, since, hours, data
) -> None:
    facts = [RotaFacts("one", PRO, 1, tuple(shifts), tuple(overrides))]
    until = since + timedelta(hours=hours)
    found = gaps(facts, "profesyonel", [(since, until)])
    assert all(start < end for start, end in found)
    assert all(one[1] < two[0] for one, two in itertools.pairwise(found)), "apart and ascending"
    moment = data.draw(
        st.datetimes(since.replace(tzinfo=None), until.replace(tzinfo=None) - timedelta(microseconds=1))
    )
    moment = moment.replace(tzinfo=UTC)
    inside = any(start <= moment < end for start, end in found)
    assert inside is (on_call(facts, "profesyonel", moment) == ())


def test_the_watches_of_a_day_are_its_people_in_turn() -> None:
    swap = OverrideFacts(1, at("2026-03-02T20:00"), at("2026-03-02T22:00"), MEHMET, AYSE)
    since, until = at("2026-03-02T12:00"), at("2026-03-03T12:00")
    assert watches([rota(*whole_week(AYSE, 17, 9), overrides=[swap])], "profesyonel", since, until) == [
        Watch(since, at("2026-03-02T17:00"), ()),
        Watch(at("2026-03-02T17:00"), at("2026-03-02T20:00"), (AYSE,)),
        Watch(at("2026-03-02T20:00"), at("2026-03-02T22:00"), (MEHMET,)),
        Watch(at("2026-03-02T22:00"), at("2026-03-03T09:00"), (AYSE,)),
        Watch(at("2026-03-03T09:00"), until, ()),
    ]
    assert watches([], "profesyonel", since, until) == [Watch(since, until, ())]


@given(
    st.lists(
        st.tuples(
            st.integers(1, 3), st.integers(0, 6), st.integers(0, 23), st.integers(0, 24), st.integers(1, 3)
        ),
        max_size=8,
    ),
    st.integers(1, 9 * 24),
)
def test_watches_cover_the_span_and_say_what_on_call_says(
    shifts: list[tuple[int, int, int, int, int]], hours: int
) -> None:
    made = [
        shift(person, day, start, end, id=number, every_weeks=weeks)
        for number, (person, day, start, end, weeks) in enumerate(shifts)
    ]
    facts = [rota(*made)]
    since = at("2026-03-04T10:30").astimezone(UTC)
    until = since + timedelta(hours=hours)
    found = watches(facts, "profesyonel", since, until)
    assert (found[0].start, found[-1].end) == (since, until)
    for one, after in itertools.pairwise(found):
        assert one.end == after.start and one.people != after.people
    for one in found:
        middle = one.start + (one.end - one.start) / 2
        for moment in (one.start, middle):
            assert on_call(facts, "profesyonel", moment) == one.people
