"""The internal clock of resolution: working time, less what waits for others."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from logix_server.contracts.decisions.terms import ISTANBUL, Package
from logix_server.contracts.working_time.holidays_tr import office_calendar
from logix_server.tickets.decisions.resolution import Pace, StateSince, resolution
from logix_server.tickets.decisions.sla import InForce
from logix_server.tickets.lifecycle import TicketState

from tests.server.tickets.decisions import minute_count

OFFICE = office_calendar(2024, 2030)
MINUTE = timedelta(minutes=1)
T, S, P = Package.TEMEL, Package.STANDART, Package.PROFESYONEL
OPEN, WAITING, SOLVED = TicketState.OPEN, TicketState.WAITING, TicketState.SOLVED


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"2026-{text}").replace(tzinfo=ISTANBUL)


CASES = {
    "working time only": ([(None, S)], "03-03T10:00", 8.0, Pace.RUNNING),
    "7x24 runs through the night": ([(None, P)], "03-03T10:00", 24.0, Pace.RUNNING),
    "without a package by the office's hours": ([(None, None)], "03-03T10:00", 8.0, Pace.RUNNING),
    "waiting for the customer pauses it": (
        [(None, S), ("03-02T11:00", WAITING), ("03-02T15:00", OPEN)], "03-02T16:00", 2.0, Pace.RUNNING,
    ),
    "... and stands still": ([(None, S), ("03-02T11:00", WAITING)], "03-05T16:00", 1.0, Pace.WAITING),
    "a workaround ends nothing": (
        [(None, S), ("03-02T11:00", TicketState.WORKAROUND)], "03-02T16:00", 6.0, Pace.RUNNING,
    ),
    "suspension pauses it": (
        [(None, S), ("03-02T11:00", (S, True)), ("03-04T09:00", S)], "03-04T10:00", 2.0, Pace.RUNNING,
    ),
    "suspended while it waits": (
        [(None, S), ("03-02T11:00", WAITING), ("03-02T12:00", (S, True)), ("03-02T13:00", OPEN)],
        "03-02T15:00", 1.0, Pace.SUSPENDED,
    ),
    "solved is the end": ([(None, S), ("03-02T12:00", SOLVED)], "03-09T12:00", 2.0, Pace.SOLVED),
    "taken up again it goes on": (
        [(None, S), ("03-02T12:00", SOLVED), ("03-03T12:00", OPEN)], "03-03T13:00", 3.0, Pace.RUNNING,
    ),
    "another package, another calendar": (
        [(None, S), ("03-02T16:00", P)], "03-03T00:00", 14.0, Pace.RUNNING,
    ),
    "what comes later is not looked at": (
        [(None, S), ("03-02T12:00", SOLVED)], "03-02T11:00", 1.0, Pace.RUNNING,
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_what_has_been_worked(case: str) -> None:
    events, look, hours, pace = CASES[case]
    history = []
    for when, what in events:
        moment = at(when or "03-02T10:00")
        if isinstance(what, TicketState):
            history.append(StateSince(moment, what))
        else:
            package, suspended = what if isinstance(what, tuple) else (what, False)
            history.append(InForce(moment, 2, package, suspended))
    clock = resolution(history, OFFICE, at(look))
    assert (clock.worked / timedelta(hours=1), clock.pace) == (hours, pace)


def test_closing_leaves_the_moment_of_the_solution() -> None:
    history = [
        InForce(at("03-02T10:00"), 2, S),
        StateSince(at("03-02T12:00"), SOLVED),
        StateSince(at("03-09T12:00"), TicketState.CLOSED),
    ]
    assert resolution(history, OFFICE, at("03-10T12:00")).solved_at == at("03-02T12:00")


@pytest.mark.parametrize("history", [[], [StateSince(datetime(2026, 3, 2, tzinfo=UTC), OPEN)]])
def test_a_history_needs_a_beginning(history: list[StateSince]) -> None:
    with pytest.raises(ValueError, match="begins"):
        resolution(history, OFFICE, datetime(2026, 3, 2, tzinfo=UTC))


STEPS = st.lists(
    st.tuples(
        st.integers(1, 2000),
        st.sampled_from([*(OPEN, WAITING, SOLVED), *((p, s) for p in (T, P) for s in (False, True))]),
    ),
    max_size=6,
)


@settings(max_examples=60, deadline=None)
@given(st.datetimes(datetime(2024, 1, 1), datetime(2030, 6, 1)), STEPS, st.integers(0, 2000))
def test_agrees_with_counting_minutes(naive: datetime, steps, rest: int) -> None:
    opened = naive.replace(second=0, microsecond=0, tzinfo=UTC)
    history: list = [InForce(opened, 2, S)]
    minute, package, suspended, state, counted = opened, S, False, TicketState.NEW, 0
    for gap, what in [*steps, (rest, None)]:
        for _ in range(gap):
            works = package is P or minute_count.office_open(minute)
            counted += works and not suspended and state not in (WAITING, SOLVED)
            minute += MINUTE
        if isinstance(what, TicketState):
            state = what
            history.append(StateSince(minute, what))
        elif what is not None:
            package, suspended = what
            history.append(InForce(minute, 2, package, suspended))
    assert resolution(history, OFFICE, minute).worked == counted * MINUTE
