"""The response clock: targets, carried fractions, and what can never be taken back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from logix_server.contracts.calendar import Calendar, NoWorkingTime
from logix_server.contracts.holidays_tr import holidays_of, office_calendar
from logix_server.contracts.terms import ISTANBUL, Package
from logix_server.tickets.sla import Answered, InForce, response

OFFICE = office_calendar(2024, 2030)
MINUTE = timedelta(minutes=1)
T, S, P = Package.TEMEL, Package.STANDART, Package.PROFESYONEL


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ISTANBUL)


MONDAY = at("2026-03-02T10:00")


@pytest.mark.parametrize(
    ("package", "level", "deadline", "clauses"),
    [
        (T, 3, "2026-03-02T17:00", ("MAT-6", "MAT-1")),
        (T, 2, None, ("MAT-7",)),
        (T, 1, None, ("MAT-8",)),
        (S, 3, "2026-03-02T16:00", ("MAT-6", "MAT-1")),
        (S, 2, "2026-03-02T14:00", ("MAT-7", "MAT-1")),
        (S, 1, "2026-03-02T12:00", ("MAT-8", "MAT-1")),
        (P, 3, "2026-03-02T12:00", ("MAT-6", "MAT-1")),
        (P, 2, "2026-03-02T11:00", ("MAT-7", "MAT-1")),
        (P, 1, "2026-03-02T10:15", ("MAT-8", "MAT-1")),
        (None, 1, None, ("SUP-1",)),
    ],
)
def test_targets(package: Package | None, level: int, deadline: str | None, clauses: tuple[str, ...]) -> None:
    clock = response([InForce(MONDAY, level, package)], OFFICE)
    assert clock.deadline == (deadline and at(deadline))
    assert clock.clauses == clauses


def test_profesyonel_runs_through_nights_and_feasts() -> None:
    night = at("2026-03-20T03:00")
    assert response([InForce(night, 1, P)], OFFICE).deadline == night + 15 * MINUTE


def test_suspended_has_no_response_clock() -> None:
    clock = response([InForce(MONDAY, 1, P, suspended=True)], OFFICE)
    assert (clock.deadline, clock.clauses) == (None, ("UPD-5",))


def test_a_raise_carries_over_the_fraction_used() -> None:
    # Half of Standart's 6 h at level 3 is gone; half of 2 h is left at level 1.
    history = [InForce(MONDAY, 3, S), InForce(at("2026-03-02T13:00"), 1, S)]
    clock = response(history, OFFICE)
    assert clock.deadline == at("2026-03-02T14:00")
    assert clock.clauses == ("MAT-8", "MAT-1")


def test_a_fraction_is_carried_from_office_hours_to_7x24() -> None:
    # Standart level 2 (4 h): 17:00 has used 2 h, the night nothing; then Profesyonel level 2: half of 1 h.
    history = [InForce(at("2026-03-02T15:00"), 2, S), InForce(at("2026-03-02T23:00"), 2, P)]
    assert response(history, OFFICE).deadline == at("2026-03-02T23:30")


def test_a_change_to_none_keeps_the_earlier_deadline() -> None:
    history = [InForce(MONDAY, 3, T), InForce(at("2026-03-02T12:00"), 1, T)]
    clock = response(history, OFFICE)
    assert clock.deadline == at("2026-03-02T17:00")
    assert clock.clauses == ("MAT-8",)


def test_same_day_is_computed_anew_from_the_opening() -> None:
    history = [InForce(MONDAY, 1, T), InForce(at("2026-03-04T12:00"), 3, T)]
    clock = response(history, OFFICE)
    assert clock.deadline == at("2026-03-02T17:00")
    assert clock.breached(at("2026-03-04T12:00"))


def test_from_none_to_a_target_the_whole_target_begins() -> None:
    history = [InForce(MONDAY, 1, T), InForce(at("2026-03-02T16:30"), 1, S)]
    assert response(history, OFFICE).deadline == at("2026-03-03T10:30")


def test_a_pause_moves_the_deadline_by_its_working_time() -> None:
    history = [
        InForce(MONDAY, 2, S),
        InForce(at("2026-03-02T11:00"), 2, S, suspended=True),
        InForce(at("2026-03-05T09:00"), 2, S),
    ]
    assert response(history[:2], OFFICE).deadline is None
    assert response(history, OFFICE).deadline == at("2026-03-05T12:00")


def test_a_paused_same_day_goes_on_by_its_rest() -> None:
    history = [
        InForce(MONDAY, 3, T),
        InForce(at("2026-03-02T15:00"), 3, T, suspended=True),
        InForce(at("2026-03-05T10:00"), 3, T),
    ]
    assert response(history, OFFICE).deadline == at("2026-03-05T12:00")


def test_opened_while_suspended_the_clock_begins_at_renewal() -> None:
    history = [InForce(MONDAY, 3, T, suspended=True), InForce(at("2026-03-05T07:00"), 3, T)]
    assert response(history, OFFICE).deadline == at("2026-03-05T17:00")


def test_an_answer_at_the_deadline_is_in_time_and_a_moment_later_is_not() -> None:
    deadline = at("2026-03-02T14:00")
    in_time = response([InForce(MONDAY, 2, S), Answered(deadline)], OFFICE)
    assert (in_time.met_at, in_time.breached(deadline + timedelta(days=9))) == (deadline, False)
    late = response([InForce(MONDAY, 2, S), Answered(deadline + MINUTE)], OFFICE)
    assert late.breached_at == deadline
    assert late.met_at == deadline + MINUTE
    assert late.breached(deadline + 2 * MINUTE)


def test_nothing_breached_is_unbreached() -> None:
    history = [InForce(MONDAY, 1, S), InForce(at("2026-03-02T13:00"), 3, S)]
    clock = response(history, OFFICE)
    assert clock.deadline == at("2026-03-02T12:00")
    assert clock.breached(at("2026-03-02T13:00"))


def test_nothing_met_is_breached_afterwards() -> None:
    history = [InForce(MONDAY, 3, S), Answered(at("2026-03-02T11:00")), InForce(at("2026-03-09T11:00"), 1, S)]
    clock = response(history, OFFICE)
    assert clock.met_at == at("2026-03-02T11:00")
    assert not clock.breached(at("2026-03-30T11:00"))


@pytest.mark.parametrize("history", [[], [Answered(MONDAY)]])
def test_a_history_needs_a_beginning(history: list[Answered]) -> None:
    with pytest.raises(ValueError, match="begins"):
        response(history, OFFICE)


def test_an_empty_calendar_cannot_hang() -> None:
    with pytest.raises(NoWorkingTime):
        response([InForce(MONDAY, 3, S)], Calendar(((),) * 7))


# A count of minutes, written anew from MAT-6 to MAT-8 and Readings 2, 3 and 4.
MINUTES = {(S, 3): 360, (S, 2): 240, (S, 1): 120, (P, 3): 120, (P, 2): 60, (P, 1): 15}


def works(moment: datetime, package: Package) -> bool:
    if package is P:
        return True
    local = moment.astimezone(ISTANBUL)
    if local.weekday() >= 5 or not 9 <= local.hour < 17:
        return False
    today = [holiday for holiday in holidays_of(local.year) if holiday.day == local.date()]
    return not any(not holiday.half or local.hour >= 13 for holiday in today)


def counted(changes: list[tuple[datetime, int, Package]]) -> datetime | None:
    """The minute at which the whole target is used up, counting one minute after the other."""
    used = Fraction(0)
    for index, (since, level, package) in enumerate(changes):
        until = changes[index + 1][0] if index + 1 < len(changes) else None
        moment = since
        while until is None or moment < until:
            if used >= 1:
                return moment
            if works(moment, package):
                used += Fraction(1, MINUTES[package, level])
            moment += MINUTE
        if used >= 1:
            return until
    return None


minutes = st.datetimes(datetime(2024, 1, 1), datetime(2030, 6, 1)).map(
    lambda naive: naive.replace(second=0, microsecond=0, tzinfo=UTC)
)
terms = st.tuples(st.integers(1, 3), st.sampled_from([S, P]))


@settings(max_examples=80, deadline=None)
@given(minutes, st.lists(st.tuples(st.integers(1, 2000), terms), max_size=4), terms)
def test_agrees_with_counting_minutes(
    opened: datetime, later: list[tuple[int, tuple[int, Package]]], first: tuple[int, Package]
) -> None:
    changes, moment = [(opened, *first)], opened
    for gap, terms_then in later:
        moment += gap * MINUTE
        changes.append((moment, *terms_then))
    clock = response([InForce(*change) for change in changes], OFFICE)
    expected = counted(changes)
    assert expected is not None
    assert clock.deadline is not None
    # Where a change falls between, a fraction of a minute is left over: due within the minute counted.
    assert expected - MINUTE < clock.deadline <= expected


@settings(max_examples=80, deadline=None)
@given(minutes, st.sampled_from([(S, 1), (S, 2), (S, 3), (T, 3)]))
def test_an_office_deadline_lies_in_or_at_the_end_of_working_time(
    opened: datetime, terms_then: tuple[Package, int]
) -> None:
    package, level = terms_then
    deadline = response([InForce(opened, level, package)], OFFICE).deadline
    assert deadline is not None
    assert works(deadline - MINUTE, S)
    if package is T:
        assert not works(deadline, S)


@settings(max_examples=40, deadline=None)
@given(minutes, st.lists(st.tuples(st.integers(0, 3000), terms), max_size=5), st.integers(0, 5000))
def test_once_breached_always_breached(
    opened: datetime, later: list[tuple[int, tuple[int, Package]]], look: int
) -> None:
    history: list[InForce] = [InForce(opened, 2, S)]
    moment = opened
    breached = False
    for gap, (level, package) in later:
        moment += gap * MINUTE
        breached = breached or response(history, OFFICE).breached(moment)
        history.append(InForce(moment, level, package))
        if breached:
            assert response(history, OFFICE).breached(moment)
            assert response([*history, Answered(moment + look * MINUTE)], OFFICE).breached_at is not None
