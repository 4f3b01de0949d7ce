"""The health charts of a device: which there are, and what each shows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_noop as N_
from logix_common.clock import from_microseconds
from logix_common.findings import title_of
from logix_common.observations import Metric

from logix_server.accounts.access import Viewer
from logix_server.health.queries import Reading
from logix_server.health.reading import raised_between, series_of
from logix_server.portal.device.charts import HEIGHT, LEFT, WIDTH, Chart, Mark, Sample, chart

MOST_MARKS: Final = 20
SPANS: Final = {
    "day": (timedelta(days=1), N_("24 hours")),
    "week": (timedelta(days=7), N_("7 days")),
    "month": (timedelta(days=30), N_("30 days")),
}
_Found = Mapping[tuple[int, str], Sequence[Reading]]


@dataclass(frozen=True)
class Subject:
    """What is looked at: `unit` stands behind its values, `ceiling` bounds them where something does."""

    name: str
    metrics: frozenset[int]
    unit: str
    ceiling: float | None
    of: Callable[[_Found], dict[str, list[Sample]]]


@dataclass(frozen=True)
class Shown:
    """One chart on the page."""

    instance: str  # "" = the whole machine
    chart: Chart


@dataclass(frozen=True)
class Health:
    """The part of the page that shows charts, and what may be chosen instead."""

    subject: str
    span: str
    unit: str
    charts: Sequence[Shown]
    subjects: Sequence[tuple[str, str]]
    spans: Sequence[tuple[str, str]]
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT


def _samples(readings: Sequence[Reading]) -> list[Sample]:
    return [Sample(from_microseconds(one.at_us), one.minimum, one.maximum, one.mean) for one in readings]


def _each(found: _Found) -> dict[str, list[Sample]]:
    return {instance: _samples(readings) for (_metric, instance), readings in found.items()}


def _memory_used(found: _Found) -> dict[str, list[Sample]]:
    """What is not available of the memory, as a part of a hundred."""
    totals = {one.at_us: one.last for one in found.get((Metric.MEMORY_TOTAL_BYTES, ""), ())}
    samples = []
    for one in found.get((Metric.MEMORY_AVAILABLE_BYTES, ""), ()):
        total = totals.get(one.at_us)
        if total:
            used = [100 - 100 * free / total for free in (one.maximum, one.minimum, one.mean)]
            samples.append(Sample(from_microseconds(one.at_us), *used))
    return {"": samples} if samples else {}


SUBJECTS: Final = {
    "processor": Subject(N_("Processor"), frozenset({Metric.CPU_PERCENT}), "%", 100, _each),
    "memory": Subject(
        N_("Memory in use"),
        frozenset({Metric.MEMORY_TOTAL_BYTES, Metric.MEMORY_AVAILABLE_BYTES}),
        "%",
        100,
        _memory_used,
    ),
    "filesystems": Subject(
        N_("File systems in use"), frozenset({Metric.FILESYSTEM_USED_PERCENT}), "%", 100, _each
    ),
    "temperature": Subject(N_("Temperatures"), frozenset({Metric.TEMPERATURE_CELSIUS}), "°C", None, _each),
}


def health_of(viewer: Viewer, serial: str, subject: str, span: str, now: datetime) -> Health:
    """The charts of `subject` over `span` up to `now`; an unknown name is the first. Raises `NotFound`."""
    subject = subject if subject in SUBJECTS else next(iter(SUBJECTS))
    span = span if span in SPANS else next(iter(SPANS))
    chosen, since = SUBJECTS[subject], now - SPANS[span][0]
    found = chosen.of(series_of(viewer, serial, chosen.metrics, since, now))
    language = (get_language() or "tr")[:2]
    marks = [
        Mark(fault.raised_at, f"{title_of(fault.code, language)} ({fault.part})")
        for fault in raised_between(viewer, serial, since, now, MOST_MARKS)
    ]
    charts = [(name, chart(samples, marks, since, now, chosen.ceiling)) for name, samples in found.items()]
    return Health(
        subject,
        span,
        chosen.unit,
        [Shown(name, one) for name, one in charts if one is not None],
        [(code, gettext(one.name)) for code, one in SUBJECTS.items()],
        [(code, gettext(name)) for code, (_length, name) in SPANS.items()],
    )
