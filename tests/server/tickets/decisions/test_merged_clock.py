"""A merge never makes a promise worse: what was owed is owed by the ticket that goes on."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from logix_server.contracts.decisions.terms import ISTANBUL, Package
from logix_server.contracts.working_time.holidays_tr import office_calendar
from logix_server.tickets.decisions.merged_clock import continued, owed
from logix_server.tickets.decisions.sla import Answered, ClockEvent, InForce, Missed, ResponseClock, response

OFFICE = office_calendar(2024, 2030)
T, S, P = Package.TEMEL, Package.STANDART, Package.PROFESYONEL
HOUR = timedelta(hours=1)


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"2026-{text}").replace(tzinfo=ISTANBUL)


def merged(source: list[ClockEvent], target: list[ClockEvent], when: datetime) -> ResponseClock:
    going_on = continued(source, target, when)
    return owed(response(target, OFFICE), [] if going_on is None else [response(going_on, OFFICE)])


def test_the_earlier_deadline_is_the_ones_that_goes_on() -> None:
    early, late = [InForce(at("03-02T09:00"), 3, S)], [InForce(at("03-02T10:00"), 3, S)]
    when = at("03-02T11:00")
    assert merged(early, late, when).deadline == at("03-02T15:00")
    assert merged(late, early, when).deadline == at("03-02T15:00")


def test_a_graver_level_runs_for_what_was_merged_too() -> None:
    source: list[ClockEvent] = [InForce(at("03-02T09:00"), 3, S)]
    target: list[ClockEvent] = [InForce(at("03-02T10:00"), 1, S)]
    # Half of six hours was used: an hour of two is left, and the target's own is due at 12:00.
    assert merged(source, target, at("03-02T12:00")).deadline == at("03-02T12:00")
    # The target's level holds for what was merged: half of two hours is left at 11:00.
    calm: list[ClockEvent] = [InForce(at("03-02T10:55"), 1, S)]
    assert merged([InForce(at("03-02T09:00"), 3, S)], calm, at("03-02T12:00")).deadline == at("03-02T12:55")


def test_what_was_answered_is_owed_no_more() -> None:
    source: list[ClockEvent] = [InForce(at("03-02T09:00"), 3, S), Answered(at("03-02T09:30"), in_time=True)]
    target: list[ClockEvent] = [InForce(at("03-02T10:00"), 3, S)]
    assert continued(source, target, at("03-02T11:00")) is None
    assert merged(source, target, at("03-02T11:00")).deadline == at("03-02T16:00")


def test_a_question_merged_into_an_answered_ticket_waits_for_its_answer() -> None:
    source: list[ClockEvent] = [InForce(at("03-02T12:00"), 3, S)]
    target: list[ClockEvent] = [InForce(at("03-02T09:00"), 3, S), Answered(at("03-02T09:10"), in_time=True)]
    clock = merged(source, target, at("03-02T13:00"))
    assert (clock.met_at, clock.deadline, clock.breached_at) == (None, at("03-03T10:00"), None)
    answered = [*target, Answered(at("03-02T14:00"), in_time=True)]
    clock = merged(source, answered, at("03-02T13:00"))
    assert (clock.met_at, clock.breached_at) == (at("03-02T14:00"), None)
    missed = [*target, Missed(at("03-03T10:00")), Answered(at("03-03T11:00"))]
    clock = merged(source, missed, at("03-02T13:00"))
    assert (clock.met_at, clock.breached_at) == (at("03-03T11:00"), at("03-03T10:00"))


def test_a_miss_stays_one() -> None:
    source: list[ClockEvent] = [InForce(at("03-02T09:00"), 1, S), Missed(at("03-02T11:00"))]
    target: list[ClockEvent] = [InForce(at("03-02T10:00"), 3, S)]
    clock = merged(source, target, at("03-02T12:00"))
    assert (clock.breached_at, clock.deadline, clock.met_at) == (at("03-02T11:00"), at("03-02T11:00"), None)
    assert merged(source, [*target, Answered(at("03-02T13:00"))], at("03-02T12:00")).met_at == at(
        "03-02T13:00"
    )


def test_nothing_committed_holds_nothing_back() -> None:
    source: list[ClockEvent] = [InForce(at("03-02T09:00"), 1, T)]
    target: list[ClockEvent] = [InForce(at("03-02T09:00"), 1, T), Answered(at("03-02T09:30"))]
    assert merged(source, target, at("03-02T12:00")).met_at == at("03-02T09:30")


def test_what_is_suspended_goes_on_at_renewal() -> None:
    source: list[ClockEvent] = [InForce(at("03-02T09:00"), 3, S), InForce(at("03-02T12:00"), 3, S, True)]
    target: list[ClockEvent] = [InForce(at("03-02T13:00"), 3, S, True)]
    assert merged(source, target, at("03-02T14:00")).paused
    renewed = [*target, InForce(at("03-03T09:00"), 3, S)]
    assert merged(source, renewed, at("03-02T14:00")).deadline == at("03-03T12:00")  # three hours were left


MOMENTS = st.datetimes(datetime(2026, 3, 2), datetime(2026, 3, 20), timezones=st.just(UTC))
PACKAGES = st.sampled_from([T, S, P])


@given(MOMENTS, MOMENTS, MOMENTS, PACKAGES, st.integers(1, 3), st.integers(1, 3))
def test_no_promise_becomes_worse(
    one: datetime, two: datetime, when: datetime, package: Package, level: int, other: int
) -> None:
    when = max(one, two, when) + timedelta(seconds=1)  # of changes at one instant the last counts
    source: list[ClockEvent] = [InForce(one, level, package)]
    target: list[ClockEvent] = [InForce(two, other, package)]
    if level < other:
        target.append(InForce(when, level, package))
    clock = merged(source, target, when)
    before = [response([InForce(at, grade, package)], OFFICE) for at, grade in ((one, level), (two, other))]
    due = [found.deadline for found in before if found.deadline is not None]
    for deadline in due:
        assert clock.deadline is not None
        assert clock.deadline <= deadline
    if not due:
        assert clock.met_at is None


@pytest.mark.parametrize("answered", [True, False])
@given(data=st.data())
def test_whatever_is_met_is_met_for_all(answered: bool, data: st.DataObject) -> None:
    opened = data.draw(st.lists(MOMENTS, min_size=2, max_size=2, unique=True))
    when = max(opened) + HOUR
    target: list[ClockEvent] = [InForce(opened[0], 3, S)]
    if answered:
        target.append(Answered(when + HOUR))
    clock = merged([InForce(opened[1], 3, S)], target, when)
    assert clock.met_at == (when + HOUR if answered else None)
