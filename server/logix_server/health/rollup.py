"""An hour of reports in a few numbers a series. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from logix_common.observations import COUNTERS

#: (metric number, instance); instance "" is the whole machine.
Series = tuple[int, str]
#: The values of one instance in one report: instance, metric numbers, values. Plain, for there are many.
Columns = tuple[str, Sequence[int], Sequence[float]]
#: Series kept of an hour. A report has at most 4,000 values; a device that names others in each report
#: gains no more than twice that.
MAX_SERIES: Final = 8_000


@dataclass(frozen=True, slots=True)
class Summary:
    """One series over one hour. Of a counter only `last` means anything; the others equal it."""

    count: int
    minimum: float
    maximum: float
    mean: float
    last: float


@dataclass(frozen=True)
class Hour:
    """An hour of one unit: how many reports it stands for, and their series."""

    reports: int
    series: Mapping[Series, Summary]


def roll(reports: Iterable[Iterable[Columns]]) -> Hour:
    """The hour's reports in time order. Values that are no numbers are left out, as are series too many."""
    values: dict[Series, list[float]] = {}
    count = 0
    for report in reports:
        count += 1
        for instance, metrics, found in report:
            for metric, value in zip(metrics, found, strict=False):
                if math.isfinite(value):
                    series = (metric, instance)
                    if series in values:
                        values[series].append(value)
                    elif len(values) < MAX_SERIES:
                        values[series] = [value]
    return Hour(count, {series: _summary(series, of) for series, of in values.items()})


def merge(earlier: Hour, later: Hour) -> Hour:
    """Both as one hour: for reports that come when those before them are kept as a rollup only."""
    series = dict(earlier.series)
    for key, new in later.series.items():
        old = series.get(key)
        if old is not None:
            series[key] = _merged(old, new)
        elif len(series) < MAX_SERIES:
            series[key] = new
    return Hour(earlier.reports + later.reports, series)


def _summary(series: Series, values: list[float]) -> Summary:
    last = values[-1]
    if series[0] in COUNTERS:
        return Summary(len(values), last, last, last, last)
    # Scaled before the sum: the mean of two huge values is a number too.
    mean = math.fsum(value / len(values) for value in values)
    return Summary(len(values), min(values), max(values), mean, last)


def _merged(old: Summary, new: Summary) -> Summary:
    count = old.count + new.count
    mean = old.mean * (old.count / count) + new.mean * (new.count / count)
    return Summary(count, min(old.minimum, new.minimum), max(old.maximum, new.maximum), mean, new.last)
