"""How long is left: every clock has its words, and they never promise more than there is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from logix_server.portal.time_left import NEAR, Clock, Pressure, TimeLeft, time_left

NOW = datetime(2026, 3, 2, 7, 0, tzinfo=UTC)
LATER, EARLIER = NOW + timedelta(hours=2, minutes=10, seconds=59), NOW - timedelta(minutes=25)


@pytest.mark.parametrize(
    ("clock", "left"),
    [
        (Clock(LATER), TimeLeft(Pressure.LEFT, 0, 2, 10)),
        (Clock(NOW + NEAR), TimeLeft(Pressure.NEAR, 0, 1, 0)),
        (Clock(NOW), TimeLeft(Pressure.NEAR, 0, 0, 0)),  # due at it is in time
        (Clock(EARLIER), TimeLeft(Pressure.OVER, 0, 0, 25)),
        (Clock(LATER, missed_at=EARLIER), TimeLeft(Pressure.OVER, 0, 0, 25)),  # what was missed stays so
        (Clock(EARLIER, answered_at=EARLIER), TimeLeft(Pressure.MET)),
        (Clock(EARLIER, answered_at=NOW, missed_at=EARLIER), TimeLeft(Pressure.LATE)),
        (Clock(None), TimeLeft(Pressure.NONE)),
        (Clock(None, paused=True), TimeLeft(Pressure.PAUSED)),
        (Clock(None, ended=True, paused=True), TimeLeft(Pressure.ENDED)),
        (Clock(LATER, ended=True), TimeLeft(Pressure.ENDED)),
        (Clock(NOW + timedelta(days=3, hours=4)), TimeLeft(Pressure.LEFT, 3, 4, 0)),
    ],
)
def test_every_clock_has_its_words(clock: Clock, left: TimeLeft) -> None:
    assert time_left(clock, NOW) == left


@given(st.timedeltas(min_value=timedelta(days=-400), max_value=timedelta(days=400)))
def test_whole_minutes_and_never_more_than_there_is(span: timedelta) -> None:
    left = time_left(Clock(NOW + span), NOW)
    told = timedelta(days=left.days, hours=left.hours, minutes=left.minutes)
    assert told <= abs(span) < told + timedelta(minutes=1)
    assert (left.pressure is Pressure.OVER) == (span < timedelta(0))
    assert left.hours < 24
    assert left.minutes < 60
