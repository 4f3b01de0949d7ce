"""Microseconds since the epoch, exact and within what a datetime holds."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from logix_common.clock import EPOCH, MAX_MICROSECONDS, from_microseconds, to_microseconds


@given(st.integers(0, MAX_MICROSECONDS))
def test_there_and_back_nothing_is_lost(value: int) -> None:
    assert to_microseconds(from_microseconds(value)) == value


@pytest.mark.parametrize(
    ("told", "moment"),
    [
        (-1, EPOCH),
        (-(2**63), EPOCH),
        (2**63, datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)),
    ],
)
def test_what_no_datetime_holds_is_clamped(told: int, moment: datetime) -> None:
    assert from_microseconds(told) == moment


def test_a_moment_of_another_zone_is_the_same_moment() -> None:
    istanbul = datetime(2026, 3, 2, 10, 0, tzinfo=timezone(timedelta(hours=3)))
    assert to_microseconds(istanbul) == to_microseconds(datetime(2026, 3, 2, 7, 0, tzinfo=UTC))
