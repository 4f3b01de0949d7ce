"""Charts: inside their frame whatever is told, with gaps where nothing was, and every fault of the span."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st
from logix_server.portal.device.charts import HEIGHT, LEFT, TOP, WIDTH, Mark, Sample, chart

UNTIL = datetime(2026, 3, 2, 7, 0, tzinfo=UTC)
DAY, MONTH = timedelta(days=1), timedelta(days=30)
VALUES = st.floats(min_value=-1e12, max_value=1e15)
MINUTES = st.integers(0, 24 * 60 - 1)


def sample(minutes_before: float, value: float) -> Sample:
    return Sample(UNTIL - timedelta(minutes=minutes_before), value, value, value)


def points(drawn: str) -> list[tuple[float, float]]:
    return [(float(x), float(y)) for x, y in (pair.split(",") for pair in drawn.split())]


@given(st.lists(st.tuples(MINUTES, VALUES), min_size=1, max_size=300), st.sampled_from([None, 100.0]))
def test_everything_is_drawn_inside_the_frame(told: list[tuple[int, float]], ceiling: float | None) -> None:
    samples = sorted((sample(minute + 0.5, value) for minute, value in told), key=lambda one: one.at)
    drawn = chart(samples, [Mark(UNTIL - DAY / 2, "x")], UNTIL - DAY, UNTIL, ceiling)
    assert drawn is not None
    for line in (*drawn.lines, *drawn.bands):
        for x, y in points(line):
            assert LEFT - 2 <= x <= WIDTH + 2
            assert TOP - 0.2 <= y <= HEIGHT
    assert drawn.least == min(value for _, value in told)
    assert drawn.most == max(value for _, value in told)
    assert 1 <= len(drawn.rows) <= 25


def test_where_nothing_was_told_nothing_is_drawn() -> None:
    samples = [sample(minute, 1.0) for minute in range(24 * 60 - 1, 0, -1) if not 300 < minute < 400]
    drawn = chart(samples, [], UNTIL - DAY, UNTIL, 100)
    assert drawn is not None
    assert len(drawn.lines) == 2
    assert chart([], [], UNTIL - DAY, UNTIL, 100) is None
    assert chart(samples, [], UNTIL - 3 * DAY, UNTIL - 2 * DAY, 100) is None


def test_values_by_the_hour_are_one_line() -> None:
    samples = [sample(60 * hour, 1.0) for hour in range(24 * 30 - 1, 0, -1)]
    drawn = chart(samples, [], UNTIL - MONTH, UNTIL, None)
    assert drawn is not None
    assert len(drawn.lines) == 1


def test_marks_of_the_span_are_numbered_in_order() -> None:
    marks = [Mark(UNTIL - timedelta(hours=hours), str(hours)) for hours in (30, 20, 2)]
    drawn = chart([sample(10, 1.0)], marks, UNTIL - DAY, UNTIL, None)
    assert drawn is not None
    assert [(placed.number, placed.mark.label) for placed in drawn.marks] == [(1, "20"), (2, "2")]
