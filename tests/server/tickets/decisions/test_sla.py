"""The response clock: targets, carried fractions, and what can never be taken back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from logix_server.contracts.decisions.terms import ISTANBUL, Package
from logix_server.contracts.working_time.calendar import Calendar, NoWorkingTime
from logix_server.contracts.working_time.holidays_tr import office_calendar
from logix_server.tickets.decisions.sla import Answered, InForce, Missed, Standing, response

from tests.server.tickets.decisions import minute_count

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
    # What it rests on, then why there is no newer one.
    assert clock.clauses == ("MAT-6", "MAT-1", "MAT-8")


def test_a_package_that_ends_keeps_the_earlier_deadline() -> None:
    history = [InForce(MONDAY, 2, S), InForce(at("2026-03-02T12:00"), 2, None)]
    clock = response(history, OFFICE)
    assert clock.deadline == at("2026-03-02T14:00")
    assert clock.clauses == ("MAT-7", "MAT-1", "SUP-1")


#: (what is in force from when on, the deadline); the first line is the opening.
CARRIED = {
    "6 h half used, 2 h: one is left": (
        [("2026-03-02T10:00", 3, S), ("2026-03-02T13:00", 1, S)],
        "2026-03-02T14:00",
    ),
    "lowered: a third of 6 h is used, two thirds of 6 h are left": (
        [("2026-03-02T10:00", 2, S), ("2026-03-02T11:20", 3, S)],
        "2026-03-02T15:20",
    ),
    "7x24 to 5x8 at night: the rest begins at the opening of the office": (
        [("2026-03-02T22:00", 3, P), ("2026-03-02T23:00", 2, S)],
        "2026-03-03T11:00",
    ),
    "5x8 to 7x24 on a Saturday: the rest begins at once": (
        [("2026-03-06T16:00", 1, S), ("2026-03-07T12:00", 3, P)],
        "2026-03-07T13:00",
    ),
    "5x8 to 7x24 over a half day: eve of Ramazan Bayramı ends at 13:00": (
        [("2026-03-19T11:00", 2, S), ("2026-03-19T18:00", 3, P)],
        "2026-03-19T19:00",
    ),
    "same day half used, onto 4 h": (
        [("2026-03-02T09:00", 3, T), ("2026-03-02T13:00", 2, S)],
        "2026-03-02T15:00",
    ),
    "same day of a Saturday counts from Monday": (
        [("2026-03-07T12:00", 3, T), ("2026-03-09T11:00", 2, S)],
        "2026-03-09T14:00",
    ),
    "twice changed, the fractions add up": (
        [("2026-03-02T09:00", 3, S), ("2026-03-02T10:30", 2, S), ("2026-03-02T11:30", 1, S)],
        "2026-03-02T12:30",
    ),
    "to none and back: what was used meanwhile counts": (
        [("2026-03-02T10:00", 3, S), ("2026-03-02T11:00", 1, T), ("2026-03-02T13:00", 1, S)],
        "2026-03-02T14:00",
    ),
    "to same day: anew from the opening": (
        [("2026-03-02T16:00", 3, S), ("2026-03-02T16:30", 3, T)],
        "2026-03-02T17:00",
    ),
    "used up exactly at a change: due then": (
        [("2026-03-02T10:00", 1, S), ("2026-03-02T12:00", 3, S)],
        "2026-03-02T12:00",
    ),
    "a lapse overnight costs nothing": (
        [("2026-03-02T16:00", 1, S), ("2026-03-02T20:00", 1, S, True), ("2026-03-03T08:00", 1, S)],
        "2026-03-03T10:00",
    ),
    "raised while suspended: the fraction goes onto the new target at renewal": (
        [
            ("2026-03-02T10:00", 3, S),
            ("2026-03-02T13:00", 3, S, True),
            ("2026-03-03T10:00", 1, S, True),
            ("2026-03-04T10:00", 1, S),
        ],
        "2026-03-04T11:00",
    ),
    "suspended, renewed with another package": (
        [("2026-03-02T10:00", 3, S), ("2026-03-02T13:00", 3, S, True), ("2026-03-04T20:00", 3, P)],
        "2026-03-04T21:00",
    ),
    "a package that ends while suspended renews nothing": (
        [("2026-03-02T10:00", 3, S), ("2026-03-02T13:00", 3, S, True), ("2026-03-03T00:00", 3, None)],
        None,
    ),
    "... and a new one lets the clock go on": (
        [
            ("2026-03-02T10:00", 3, S),
            ("2026-03-02T13:00", 3, S, True),
            ("2026-03-03T00:00", 3, None),
            ("2026-03-04T09:00", 3, S),
        ],
        "2026-03-04T12:00",
    ),
    "opened on the warranty alone: a package bought later counts from its own beginning": (
        [("2026-03-02T10:00", 3, None), ("2026-03-05T00:00", 3, T)],
        "2026-03-05T17:00",
    ),
    "same day that was over before the pause stays where it was": (
        [("2026-03-02T10:00", 1, T), ("2026-03-03T09:00", 1, T, True), ("2026-03-03T10:00", 3, T)],
        "2026-03-02T17:00",
    ),
    "over the year's end": (
        [("2026-12-31T16:00", 2, S), ("2027-01-01T12:00", 3, S)],
        "2027-01-04T13:30",
    ),
}


@pytest.mark.parametrize("case", CARRIED)
def test_what_was_used_is_carried_over(case: str) -> None:
    changes, deadline = CARRIED[case]
    history = [InForce(at(when), *terms) for when, *terms in changes]
    assert response(history, OFFICE).deadline == (deadline and at(deadline))


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


@pytest.mark.parametrize(
    ("events", "look", "standing"),
    [
        ([InForce(MONDAY, 2, S)], 239, Standing.RUNNING),
        ([InForce(MONDAY, 2, S)], 240, Standing.RUNNING),  # due at it is in time
        ([InForce(MONDAY, 2, S)], 241, Standing.MISSED),
        ([InForce(MONDAY, 2, T)], 10_000, Standing.NONE),
        ([InForce(MONDAY, 2, None)], 10_000, Standing.NONE),
        ([InForce(MONDAY, 2, S, suspended=True)], 10_000, Standing.PAUSED),
        ([InForce(MONDAY, 2, S), Answered(MONDAY + MINUTE)], 10_000, Standing.MET),
        ([InForce(MONDAY, 2, T), Answered(MONDAY + MINUTE)], 10_000, Standing.MET),
        ([InForce(MONDAY, 2, S), Answered(MONDAY + 241 * MINUTE)], 300, Standing.MISSED),
    ],
)
def test_where_a_clock_stands(events, look: int, standing: Standing) -> None:
    assert response(events, OFFICE).standing(MONDAY + look * MINUTE) is standing


def test_what_happens_at_one_instant_is_defined() -> None:
    due = MONDAY + 240 * MINUTE
    opening = InForce(MONDAY, 2, S)
    # An answer at the deadline is in time, whatever else happens then.
    for events in ([Answered(due), InForce(due, 3, T)], [InForce(due, 3, T), Answered(due)]):
        assert response([opening, *events], OFFICE).met_at == due
    # Of several changes the last one told holds; the one between is never in force.
    twice = [opening, InForce(MONDAY + MINUTE, 1, S), InForce(MONDAY + MINUTE, 2, S)]
    assert response(twice, OFFICE).deadline == due
    assert response([Answered(MONDAY), opening], OFFICE).met_at == MONDAY


def test_what_was_judged_stays_when_the_calendar_is_changed_for_the_past() -> None:
    """A closure or an hour that is changed afterwards neither excuses nor blames."""
    due = at("2026-03-02T14:00")
    closed = Calendar(OFFICE.week, (*OFFICE.closures, (at("2026-03-02T11:00"), at("2026-03-03T00:00"))))
    missed = [InForce(MONDAY, 2, S), Missed(due)]
    assert response(missed[:1], closed).deadline == at("2026-03-03T12:00")
    for later in ([], [Answered(due + MINUTE)], [InForce(due + MINUTE, 3, S)]):
        clock = response([*missed, *later], closed)
        assert (clock.deadline, clock.breached_at) == (due, due)
    longer = Calendar((((0, 1440),),) * 7)
    met = [InForce(at("2026-03-02T16:00"), 2, S), Answered(at("2026-03-03T10:00"), in_time=True)]
    assert response(met, OFFICE).met_at == at("2026-03-03T10:00")
    clock = response(met, longer)
    assert (clock.met_at, clock.breached_at) == (at("2026-03-03T10:00"), None)
    changed = [met[0], InForce(at("2026-03-03T09:00"), 1, S), met[1]]
    assert response(changed, longer).breached_at is None


@pytest.mark.parametrize(
    "history", [[], [Answered(MONDAY)], [Answered(MONDAY - MINUTE), InForce(MONDAY, 3, S)]]
)
def test_a_history_needs_a_beginning(history: list[Answered]) -> None:
    with pytest.raises(ValueError, match="begins"):
        response(history, OFFICE)


def test_an_empty_calendar_cannot_hang() -> None:
    with pytest.raises(NoWorkingTime):
        response([InForce(MONDAY, 3, S)], Calendar(((),) * 7))


minutes = st.datetimes(datetime(2024, 1, 1), datetime(2030, 6, 1)).map(
    lambda naive: naive.replace(second=0, microsecond=0, tzinfo=UTC)
)
packages = st.sampled_from([None, T, S, P])
PLAN = st.lists(
    st.tuples(st.integers(0, 200) | st.integers(0, 3000), st.integers(1, 3), packages, st.booleans()),
    min_size=1,
    max_size=6,
)
#: Around the opening: days from it, minutes from then, and how long.
CLOSED = st.lists(st.tuples(st.integers(-2, 20), st.integers(0, 1440), st.integers(1, 3000)), max_size=4)


def planned(opened: datetime, plan: list[tuple[int, int, Package | None, bool]]) -> list[InForce]:
    """A history: each change so many minutes after the one before; the first is the opening."""
    moment, history = opened, []
    for index, (gap, level, package, suspended) in enumerate(plan):
        moment += gap * MINUTE if index else timedelta(0)
        history.append(InForce(moment, level, package, suspended and package is not None))
    return history


def with_closures(opened: datetime, closed: list[tuple[int, int, int]]) -> list[tuple[datetime, datetime]]:
    starts = [opened + timedelta(days=days, minutes=minutes) for days, minutes, _ in closed]
    return [(start, start + long * MINUTE) for start, (*_, long) in zip(starts, closed, strict=True)]


def office(closures: list[tuple[datetime, datetime]]) -> Calendar:
    return Calendar(OFFICE.week, OFFICE.closures + tuple(closures))


@settings(max_examples=120, deadline=None)
@given(minutes, PLAN, CLOSED, st.none() | st.integers(0, 6000))
def test_agrees_with_counting_minutes(opened, plan, closed, answered_after) -> None:
    history, closures = planned(opened, plan), with_closures(opened, closed)
    answer = None if answered_after is None else opened + answered_after * MINUTE
    changes = [
        minute_count.Change(e.at, e.level, e.package and e.package.value, e.suspended) for e in history
    ]
    counted = minute_count.count(changes, answer, closures)
    clock = response([*history, *([Answered(answer)] if answer else [])], office(closures))
    assert clock.met_at == (None if counted.missed and answer is None else counted.met_at)
    assert (clock.breached_at is not None) == counted.missed
    assert (clock.deadline is None) == (counted.due is None)
    if counted.due is not None:
        # Where a change falls between, a fraction of a minute is left over: due within the minute counted.
        assert counted.due - MINUTE < clock.deadline <= counted.due


office_terms = st.sampled_from([(1, S), (2, S), (3, S), (1, T), (2, T), (3, T), (3, None)])


@settings(max_examples=120, deadline=None)
@given(
    minutes,
    st.lists(st.tuples(st.integers(0, 3000), office_terms, st.booleans()), min_size=1, max_size=5),
    CLOSED,
)
def test_a_5x8_deadline_lies_in_working_time_or_at_its_end(opened, plan, closed) -> None:
    history = planned(opened, [(gap, *terms, suspended) for gap, terms, suspended in plan])
    closures = with_closures(opened, closed)
    deadline = response(history, office(closures)).deadline
    if deadline is not None and deadline not in {event.at for event in history}:
        # The last instant before it was worked in.
        last = deadline - timedelta(microseconds=1)
        assert minute_count.office_open(last.replace(second=0, microsecond=0), closures)


@settings(max_examples=80, deadline=None)
@given(minutes, PLAN, CLOSED, CLOSED)
def test_adding_a_closure_never_makes_a_deadline_earlier(opened, plan, closed, added) -> None:
    # But for "same day", which a half day brings forward: it is due at the end of the day (Reading 3).
    plan = [
        (gap, level, S if (package, level) == (T, 3) else package, held) for gap, level, package, held in plan
    ]
    history, closures = planned(opened, plan), with_closures(opened, closed)
    before = response(history, office(closures)).deadline
    after = response(history, office(closures + with_closures(opened, added))).deadline
    assert before is None or after is None or after >= before


@settings(max_examples=80, deadline=None)
@given(minutes, PLAN, st.none() | st.integers(0, 6000), st.randoms())
def test_recomputing_is_stable_and_the_order_told_does_not_matter(
    opened, plan, answered_after, random
) -> None:
    # One change an instant; what happens at the same instant as an answer is defined.
    history = list({event.at: event for event in planned(opened, plan)}.values())
    answers = [] if answered_after is None else [Answered(opened + answered_after * MINUTE)]
    clock = response([*history, *answers], OFFICE)
    shuffled = [*history, *answers]
    random.shuffle(shuffled)
    assert response(shuffled, OFFICE) == clock
    # Being told again what already holds changes nothing.
    repeated = [InForce(e.at + timedelta(seconds=1), e.level, e.package, e.suspended) for e in history]
    again = response(sorted([*history, *repeated], key=lambda event: event.at) + answers, OFFICE)
    end = opened + timedelta(days=900)  # a miss shows in the history only once something happens after it
    assert (again.deadline, again.met_at, again.breached(end)) == (
        clock.deadline,
        clock.met_at,
        clock.breached(end),
    )


@settings(max_examples=80, deadline=None)
@given(minutes, PLAN, st.integers(0, 5000))
def test_nothing_breached_is_unbreached_and_nothing_met_is_breached(opened, plan, look) -> None:
    told: list[InForce] = []
    missed = None
    for event in planned(opened, plan):
        if told and missed is None:
            clock = response(told, OFFICE)
            missed = clock.deadline if clock.breached(event.at) else None
        told.append(event)
        if missed is not None:
            assert response(told, OFFICE).breached_at == missed
            assert response([*told, Answered(event.at + look * MINUTE)], OFFICE).breached_at == missed
    first = Answered(opened)
    assert not response([*told, first], OFFICE).breached(opened + timedelta(days=900))
