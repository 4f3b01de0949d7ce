"""Whom a page calls next."""

from __future__ import annotations

import itertools
from collections import Counter
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st
from logix_server.oncall.climbing import LONGEST_PAUSE, Calling, Pace, next_step
from logix_server.oncall.lifecycle import PageState

NOW = datetime(2026, 3, 2, 0, 0, tzinfo=UTC)
PACE = Pace(timedelta(minutes=5), repeats=2)
ROTA, MANAGERS = (1, 2, 3), (8, 9)
ALL = {*ROTA, *MANAGERS}


def climb(steps: int, *, first=(), on_call=ROTA, reachable=ALL, drill=False):
    """The steps of a page that nobody acknowledges."""
    state, asked, rounds, now, taken = PageState.CALLING, Counter(), 0, NOW, []
    for _ in range(steps):
        page = Calling(state, tuple(first), asked, rounds, drill)
        step = next_step(page, on_call, MANAGERS, reachable, pace=PACE, now=now)
        asked.update(step.people)
        taken.append(((now - NOW) // timedelta(minutes=1), step.people))
        state, rounds = step.state, rounds + step.everyone
        if step.next_at is None:
            break
        now = step.next_at
    return taken, state


def test_it_climbs_one_by_one_twice_and_then_calls_everyone_for_ever() -> None:
    taken, state = climb(9)
    everyone = (1, 2, 3, 8, 9)
    assert taken == [
        (0, (1,)),
        (5, (2,)),
        (10, (3,)),
        (15, (1,)),
        (20, (2,)),
        (25, (3,)),
        (30, everyone),
        (35, everyone),
        (45, everyone),
    ]
    assert state is PageState.EXHAUSTED


def test_those_whom_it_names_come_first_together() -> None:
    taken, _ = climb(3, first=(9, 8))
    assert [people for _, people in taken] == [(9, 8), (1,), (2,)]


def test_nobody_on_call_is_everyone_at_once() -> None:
    taken, state = climb(1, on_call=())
    assert (taken, state) == ([(0, MANAGERS)], PageState.EXHAUSTED)


def test_who_cannot_be_reached_is_passed_over_without_waiting() -> None:
    taken, _ = climb(2, reachable={2, 3, 8})
    assert [people for _, people in taken] == [(2,), (3,)]


def test_nobody_reachable_still_goes_on() -> None:
    taken, state = climb(3, reachable=set())
    assert [people for _, people in taken] == [(), (), ()]
    assert state is PageState.EXHAUSTED


def test_a_test_calls_its_person_once_and_ends() -> None:
    taken, state = climb(5, first=(2,), drill=True)
    assert [people for _, people in taken] == [(2,), ()]
    assert state is PageState.CANCELLED


@given(
    st.lists(st.integers(1, 9), max_size=4),
    st.lists(st.integers(1, 9), max_size=5),
    st.sets(st.integers(1, 9)),
    st.integers(1, 40),
)
def test_it_never_ends_by_itself_and_never_waits_long(first, on_call, reachable, steps) -> None:
    taken, state = climb(steps, first=first, on_call=on_call, reachable=reachable)
    assert len(taken) == steps
    assert state in (PageState.CALLING, PageState.EXHAUSTED)
    times = [minute for minute, _ in taken]
    longest = LONGEST_PAUSE // timedelta(minutes=1)
    assert all(0 < later - before <= longest for before, later in itertools.pairwise(times))
    assert all(set(people) <= reachable for _, people in taken)
