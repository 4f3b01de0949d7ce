"""Who counts as silent, and when many at once are one incident. Pure.

Only time in which a gateway ran counts: while we are down nobody can be heard, and nobody is silent.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Interval:
    """Time in which a gateway ran; `start` <= `end`."""

    start: datetime
    end: datetime


def merged(runs: Iterable[Interval]) -> list[Interval]:
    """The time in which any gateway ran, ascending, without overlaps."""
    joined: list[Interval] = []
    for run in sorted(runs, key=lambda interval: interval.start):
        if run.end <= run.start:
            continue
        if joined and run.start <= joined[-1].end:
            joined[-1] = Interval(joined[-1].start, max(joined[-1].end, run.end))
        else:
            joined.append(run)
    return joined


def cutoff(runs: Iterable[Interval], now: datetime, seconds: float) -> datetime | None:
    """The latest moment since which gateways ran for at least `seconds` up to `now`; None = not so long.

    A unit last heard at or before it is silent; one figure judges every unit.
    """
    missing = timedelta(seconds=seconds)
    for run in reversed(merged(runs)):
        end = min(run.end, now)
        length = end - run.start
        if length <= timedelta(0):
            continue
        if length >= missing:
            return end - missing
        missing -= length
    return None


@dataclass(frozen=True, slots=True)
class Thresholds:
    """When silence is one incident: at least `count` and `fraction` of those that were there, in `window`."""

    count: int
    fraction: float
    window: timedelta


@dataclass(frozen=True, slots=True)
class Silent:
    """A unit that is silent; `since` is when it was judged so."""

    unit_id: int
    since: datetime


@dataclass(frozen=True, slots=True)
class OpenIncident:
    """An incident that stands."""

    incident_id: int
    opened_at: datetime
    unit_ids: frozenset[int]


@dataclass(frozen=True, slots=True)
class Judgement:
    """What becomes of incidents: a new one with these units, units that join, ones that end."""

    opened: frozenset[int] = frozenset()
    joined: frozenset[int] = frozenset()  # of the newest open incident
    closed: frozenset[int] = frozenset()  # incident ids


def judge_incidents(
    silent: Sequence[Silent],
    heard: int,
    incidents: Sequence[OpenIncident],
    limits: Thresholds,
    now: datetime,
    *,
    explained: frozenset[int] = frozenset(),
) -> Judgement:
    """Decide on incidents from all silent units and the number that are heard.

    Units of an incident that are no longer among `silent` were heard again, or went out of service.
    An incident ends when more than half of its units are so. Units that fall silent within the window
    after an incident began belong to it; later ones are judged for themselves, as are those that an
    incident left silent when it ended (`explained`: units of incidents that ended within the window).
    """
    quiet = {unit.unit_id for unit in silent}
    closed = frozenset(i.incident_id for i in incidents if 2 * len(i.unit_ids & quiet) < len(i.unit_ids))
    standing = [incident for incident in incidents if incident.incident_id not in closed]
    covered: set[int] = set().union(*(incident.unit_ids for incident in incidents))
    recent = {u.unit_id for u in silent if u.since > now - limits.window} - covered - explained
    newest = max(standing, key=lambda incident: incident.opened_at, default=None)
    if newest is not None and now - newest.opened_at <= limits.window:
        return Judgement(joined=frozenset(recent), closed=closed)
    there = heard + len(recent)
    if recent and len(recent) >= limits.count and len(recent) >= limits.fraction * there:
        return Judgement(opened=frozenset(recent), closed=closed)
    return Judgement(closed=closed)


def to_report(overdue: Collection[int], incidents: Sequence[OpenIncident]) -> list[int]:
    """Units silent for long that get an effect of their own: none that an open incident explains."""
    explained: set[int] = set().union(*(incident.unit_ids for incident in incidents))
    return sorted(set(overdue) - explained)
