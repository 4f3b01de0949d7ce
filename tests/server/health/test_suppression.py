"""Which findings a mute or a window keeps back: pure decisions."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from logix_server.health.judgement import FaultEventKind, gravity
from logix_server.health.suppression import BAD_NEWS, Kind, Period, Scope, Sign, keeping, told_as

from tests.server.rows import NOW

HOUR = timedelta(hours=1)
CALM, URGENT = gravity(2, False), gravity(2, True)


def period(number: int = 1, *, part: str = "", code: str = "", gravest: tuple[int, bool] = CALM) -> Period:
    return Period(number, Kind.MUTE, Scope(part, code, gravest), NOW, NOW + HOUR)


def sign(*, seen: float = 0.5, came: float | None = None, gravity: tuple[int, bool] = CALM) -> Sign:
    received = NOW + (seen if came is None else came) * HOUR
    return Sign("disk:S1", "disk.pending-sectors", gravity, NOW + seen * HOUR, received)


@pytest.mark.parametrize(
    ("of", "kept_back"),
    [
        (period(), True),
        (period(part="disk:S1"), True),
        (period(code="disk.pending-sectors"), True),
        (period(part="disk:S2"), False),
        (period(code="disk.smart-failed"), False),
        (period(part="disk:S1", code="disk.smart-failed"), False),
    ],
)
def test_a_mute_names_part_and_code_or_means_all(of: Period, kept_back: bool) -> None:
    assert (keeping([of], sign()) is of) is kept_back


@pytest.mark.parametrize(
    ("found", "gravest", "kept_back"),
    [
        (gravity(3, False), CALM, True),
        (CALM, CALM, True),
        (URGENT, CALM, False),
        (URGENT, URGENT, True),
        (gravity(1, False), URGENT, False),
        (gravity(1, True), gravity(1, True), True),
    ],
)
def test_what_is_graver_than_the_mute_names_breaks_through(
    found: tuple[int, bool], gravest: tuple[int, bool], kept_back: bool
) -> None:
    assert (keeping([period(gravest=gravest)], sign(gravity=found)) is not None) is kept_back


@pytest.mark.parametrize(
    ("seen", "came", "kept_back"),
    [
        (0.5, 0.5, True),
        (-3, 0.5, True),  # waited in the spool, and comes while it stands
        (0.5, 5, True),  # belongs to the service though it is told afterwards
        (1, 1, False),
        (-3, -2, False),
        (-3, 5, True),
    ],
)
def test_it_counts_while_it_stands(seen: float, came: float, kept_back: bool) -> None:
    assert (keeping([period()], sign(seen=seen, came=came)) is not None) is kept_back


def test_of_several_the_last_to_end_keeps_it_back() -> None:
    longer = Period(2, Kind.MAINTENANCE, Scope("", "", gravity(1, True)), NOW, NOW + 2 * HOUR)
    assert keeping([longer, period(1), period(3)], sign()) is longer


@given(
    st.sampled_from(sorted(BAD_NEWS)),
    st.booleans(),
    st.sampled_from([None, period(), Period(2, Kind.MAINTENANCE, Scope("", "", CALM), NOW, NOW + HOUR)]),
)
def test_bad_news_is_raised_once_nothing_keeps_it_back(
    kind: FaultEventKind, was_kept_back: bool, keeper: Period | None
) -> None:
    told = told_as(kind, was_kept_back=was_kept_back, keeper=keeper)
    if keeper is None:
        assert told is (FaultEventKind.RAISED if was_kept_back else kind)
    else:
        assert told is not FaultEventKind.RAISED  # the count of a storm knows nothing of it
        assert was_kept_back or told in (FaultEventKind.MUTED, FaultEventKind.SUPPRESSED)
