"""What a message means for a ticket, by its state and how long ago it was solved."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from logix_server.tickets.decisions.reopening import Comes, may_reopen, message_comes, solved_before
from logix_server.tickets.lifecycle import MERGED, TICKET, TicketState

from tests.server.rows import NOW

DAY = timedelta(days=1)
TICK = timedelta(microseconds=1)


@pytest.mark.parametrize(
    ("state", "since", "comes"),
    [
        (TicketState.NEW, 90 * DAY, Comes.ADDED),
        (TicketState.OPEN, 90 * DAY, Comes.ADDED),
        (TicketState.WORKAROUND, 90 * DAY, Comes.ADDED),
        (TicketState.WAITING, 90 * DAY, Comes.TAKEN_UP),
        (TicketState.SOLVED, 0 * DAY, Comes.REOPENED),
        (TicketState.SOLVED, 14 * DAY, Comes.REOPENED),
        (TicketState.SOLVED, 14 * DAY + TICK, Comes.FOLLOWED),
        (TicketState.CLOSED, 0 * DAY, Comes.FOLLOWED),
    ],
)
def test_what_a_message_means(state: TicketState, since: timedelta, comes: Comes) -> None:
    assert message_comes(state, NOW - since, NOW) is comes


@given(st.timedeltas(timedelta(0), timedelta(days=40)))
def test_what_may_be_taken_up_again_is_never_what_is_closed(since: timedelta) -> None:
    solved_at: datetime = NOW - since
    assert may_reopen(TicketState.SOLVED, solved_at, NOW) != (solved_at < solved_before(NOW))


@given(st.sampled_from(list(TicketState)), st.timedeltas(timedelta(0), timedelta(days=40)))
def test_what_a_message_does_is_a_move_that_the_lifecycle_knows(state: TicketState, since: timedelta) -> None:
    if message_comes(state, NOW - since, NOW) in (Comes.TAKEN_UP, Comes.REOPENED):
        TICKET.check(state, TicketState.OPEN)


def test_a_merge_ends_whatever_is_not_closed() -> None:
    assert set(MERGED.allowed) == set(TicketState) - {TicketState.CLOSED}
