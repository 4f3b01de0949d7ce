"""Reminders: each step at most once, never after a renewal, none lost whenever the job runs."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from logix_server.contracts.decisions import reminders
from logix_server.contracts.decisions.endings import What
from logix_server.contracts.decisions.reminders import ENDED, TOLD_AFTER, Steps, due
from logix_server.contracts.decisions.terms import Circumstances, ContractFacts, Term

BOUGHT = date(2024, 5, 10)
LAST = date(2025, 5, 10)  # of first-year updates and Temel
FACTS = ContractFacts(BOUGHT)
RENEWED = replace(FACTS, update_renewals=(Term(date(2025, 5, 11), 1),))


def steps_of(what: What, facts: ContractFacts, day: date) -> list[int]:
    return [one.step for one in due(facts, day, Steps()) if one.ending.what is what]


@pytest.mark.parametrize(
    ("days_before", "expected"),
    [(91, []), (90, [90]), (31, [90]), (30, [30]), (7, [7]), (0, [7]), (-1, [-1]), (-30, [-1]), (-31, [])],
)
def test_lif_4_the_nearest_step_that_was_reached(days_before: int, expected: list[int]) -> None:
    assert steps_of(What.UPDATES, FACTS, LAST - timedelta(days_before)) == expected


def test_lif_4_what_the_vendor_announces_has_steps_of_its_own() -> None:
    announced = replace(FACTS, end_of_life_on=date(2028, 1, 1))
    assert steps_of(What.END_OF_LIFE, announced, date(2026, 12, 31)) == [365]
    assert steps_of(What.END_OF_LIFE, announced, date(2026, 12, 30)) == []


def test_a_renewal_silences_what_is_left() -> None:
    day = LAST - timedelta(30)
    assert steps_of(What.UPDATES, RENEWED, day) == []
    identity = (What.UPDATES.value, LAST, 30)
    assert reminders.still_true(identity, FACTS, day, Circumstances()) is not None
    assert reminders.still_true(identity, RENEWED, day, Circumstances()) is None


def test_what_was_to_be_told_ahead_is_not_told_once_it_has_come() -> None:
    identity = (What.UPDATES.value, LAST, 7)
    assert reminders.still_true(identity, FACTS, LAST, Circumstances()) is not None
    assert reminders.still_true(identity, FACTS, LAST + timedelta(1), Circumstances()) is None
    over = (What.UPDATES.value, LAST, ENDED)
    assert reminders.still_true(over, FACTS, LAST + timedelta(1), Circumstances()) is not None
    assert reminders.still_true(over, FACTS, LAST, Circumstances()) is None


every_step = st.lists(st.integers(0, 400), max_size=5, unique=True).map(tuple)
runs = st.lists(st.integers(-500, 60), max_size=30, unique=True).map(sorted)


@given(every_step, runs, st.none() | st.integers(-300, 0))
def test_however_the_job_runs_each_step_is_told_once_and_the_nearest_is_never_lost(
    renewal: tuple[int, ...], days: list[int], renewed_at: int | None
) -> None:
    steps = Steps(renewal, ())
    told: list[int] = []
    for offset in days:
        today = LAST + timedelta(offset)
        facts = RENEWED if renewed_at is not None and offset >= renewed_at else FACTS
        steps_now = [
            one.step
            for one in due(facts, today, steps)
            if one.ending.what is What.UPDATES and one.ending.last_day == LAST
        ]
        assert len(steps_now) <= 1
        if facts is RENEWED:
            assert steps_now == []  # never after a renewal
            continue
        if offset > 0:
            nearest = ENDED if timedelta(offset) <= TOLD_AFTER else None
        else:
            nearest = min((step for step in renewal if step >= -offset), default=None)
        assert steps_now == ([] if nearest is None else [nearest])  # none lost
        told += [step for step in steps_now if step not in told]  # as the rows keep them
    assert told == sorted(told, reverse=True)  # only ever nearer: nobody hears "90 days" after "30"
    assert set(told) <= {*renewal, ENDED}
