"""A series of readings as a chart: lines, a band between least and most, gaps, marks of faults. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, NamedTuple

WIDTH: Final = 720
HEIGHT: Final = 160
LEFT: Final = 48  # room for the values
TOP: Final = 12
BOTTOM: Final = 20  # room for the times
#: No more points than a screen tells apart; beyond two days values are kept by the hour.
_MOST_POINTS: Final = 240
_HOUR: Final = timedelta(hours=1)
_BY_THE_HOUR: Final = timedelta(days=2)
_ROWS: Final = 24


class Sample(NamedTuple):
    """A value at a moment; where it stands for a span, the least and the most of it."""

    at: datetime
    least: float
    most: float
    mean: float


class Mark(NamedTuple):
    """Something that came about at a moment."""

    at: datetime
    label: str


@dataclass(frozen=True)
class Tick:
    """A labelled place on an axis."""

    place: float
    value: float
    at: datetime | None = None


@dataclass(frozen=True)
class Placed:
    """A mark with its place and its number in the legend."""

    x: float
    number: int
    mark: Mark


@dataclass(frozen=True)
class Chart:
    """Everything that the SVG and the table beside it show."""

    lines: tuple[str, ...]  # of `polyline`
    bands: tuple[str, ...]  # of `polygon`
    values: tuple[Tick, ...]
    times: tuple[Tick, ...]
    marks: tuple[Placed, ...]
    rows: tuple[Sample, ...]  # the same, coarser, for a table
    least: float
    most: float
    last: float


def chart(
    samples: Sequence[Sample], marks: Iterable[Mark], since: datetime, until: datetime, ceiling: float | None
) -> Chart | None:
    """The chart of [since, until); None where there is nothing to draw.

    `ceiling`: the value that cannot be exceeded (100 for a part of a hundred), else the most there is.
    """
    within = [sample for sample in samples if since <= sample.at < until]
    if not within:
        return None
    span = until - since
    step = max(span / _MOST_POINTS, _HOUR) if span > _BY_THE_HOUR else span / _MOST_POINTS
    floor, top = _range(within, ceiling)

    def x(at: datetime) -> float:
        return round(LEFT + (at - since) / span * (WIDTH - LEFT), 1)

    def y(value: float) -> float:
        return round(TOP + (top - value) / (top - floor) * (HEIGHT - TOP - BOTTOM), 1)

    runs = _runs(_coarser(within, since, step), step)
    numbered = enumerate((mark for mark in marks if since <= mark.at < until), 1)
    return Chart(
        lines=tuple(_line([(x(one.at), y(one.mean)) for one in run]) for run in runs),
        bands=tuple(_band([(x(one.at), y(one.least), y(one.most)) for one in run]) for run in runs),
        values=tuple(Tick(y(value), value) for value in (floor, (floor + top) / 2, top)),
        times=tuple(Tick(x(at), 0, at) for at in (since + span * part / 4 for part in range(4))),
        marks=tuple(Placed(x(mark.at), number, mark) for number, mark in numbered),
        rows=tuple(_coarser(within, since, span / _ROWS)),
        least=min(one.least for one in within),
        most=max(one.most for one in within),
        last=within[-1].mean,
    )


def _range(samples: Sequence[Sample], ceiling: float | None) -> tuple[float, float]:
    """From nought, or from below it where values are; never of no height."""
    floor = min(0.0, *(one.least for one in samples))
    top = ceiling if ceiling is not None else max(one.most for one in samples) * 1.1
    top = max(top, *(one.most for one in samples))
    return floor, top if top > floor else floor + 1


def _coarser(samples: Sequence[Sample], since: datetime, step: timedelta) -> list[Sample]:
    """One sample for each `step` that has any, at its middle."""
    found: dict[int, list[Sample]] = {}
    for sample in samples:
        found.setdefault((sample.at - since) // step, []).append(sample)
    return [
        Sample(
            since + step * (place + 0.5),
            min(one.least for one in group),
            max(one.most for one in group),
            sum(one.mean for one in group) / len(group),
        )
        for place, group in sorted(found.items())
    ]


def _runs(samples: Sequence[Sample], step: timedelta) -> list[list[Sample]]:
    """The samples without a gap between them: where nothing was told nothing is drawn."""
    runs: list[list[Sample]] = []
    for sample in samples:
        if runs and sample.at - runs[-1][-1].at < 2.5 * step:
            runs[-1].append(sample)
        else:
            runs.append([sample])
    return runs


def _line(points: Sequence[tuple[float, float]]) -> str:
    if len(points) == 1:  # a line of one point would not be seen
        points = [(points[0][0] - 1, points[0][1]), (points[0][0] + 1, points[0][1])]
    return " ".join(f"{x},{y}" for x, y in points)


def _band(points: Sequence[tuple[float, float, float]]) -> str:
    upper = [f"{x},{most}" for x, _least, most in points]
    lower = [f"{x},{least}" for x, least, _most in reversed(points)]
    return " ".join([*upper, *lower])
