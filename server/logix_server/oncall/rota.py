"""Who is on call for a package at a moment, and when nobody is. Pure.

Shifts are wall time of Europe/Istanbul: 17:00 stays 17:00 on a day of 23 hours. All spans are
half-open, [start, end). Instants given back are UTC.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Final
from zoneinfo import ZoneInfo

ISTANBUL: Final = ZoneInfo("Europe/Istanbul")
DAY: Final = timedelta(days=1)

Interval = tuple[datetime, datetime]


@dataclass(frozen=True)
class ShiftFacts:
    """Hours of a weekday (0 = Monday) in minutes from 00:00; an end not after the start is next day's.

    It comes round every `every_weeks` weeks from the week of `starts_on` on, the first on or after that
    day, the last begins on `ends_on`.
    """

    id: int
    person: int
    weekday: int
    start: int
    end: int
    starts_on: date
    ends_on: date | None = None
    every_weeks: int = 1

    def begins_on(self, day: date) -> bool:
        """Whether one begins on `day`."""
        if day.weekday() != self.weekday or day < self.starts_on:
            return False
        if self.ends_on is not None and day > self.ends_on:
            return False
        return (_monday(day) - _monday(self.starts_on)).days // 7 % self.every_weeks == 0

    def span(self, day: date, zone: tzinfo) -> Interval:
        """When the one that begins on `day` runs; empty where clocks leap over it."""
        end = self.end if self.end > self.start else self.end + 24 * 60
        return _at(day, self.start, zone), _at(day, end, zone)


@dataclass(frozen=True)
class OverrideFacts:
    """In place of `replaces` (None: of whoever has the shift) comes `person` (None: nobody)."""

    id: int
    starts_at: datetime
    ends_at: datetime
    person: int | None
    replaces: int | None = None

    def applied(self, people: list[int], at: datetime) -> list[int]:
        """Who is on call at `at` once it is taken into account."""
        if not self.starts_at <= at < self.ends_at:
            return people
        if self.replaces is None:
            return [] if self.person is None else [self.person]
        kept = [self.person if each == self.replaces else each for each in people]
        return [each for each in kept if each is not None]


@dataclass(frozen=True)
class RotaFacts:
    """One rota; of several for a package a lower `tier` is called first."""

    name: str
    packages: frozenset[str]
    tier: int
    shifts: tuple[ShiftFacts, ...] = ()
    overrides: tuple[OverrideFacts, ...] = ()  # in the order in which they were made: later ones win
    zone: tzinfo = ISTANBUL

    def people(self, at: datetime) -> list[int]:
        """Who is on call here at `at`, in the order of the shifts, each once."""
        today = at.astimezone(self.zone).date()
        people: list[int] = []
        for shift in self.shifts:
            for day in (today - DAY, today):
                if shift.begins_on(day):
                    start, end = shift.span(day, self.zone)
                    if start <= at < end:
                        people.append(shift.person)
        for override in self.overrides:
            people = override.applied(people, at)
        return list(dict.fromkeys(people))

    def moments(self, since: datetime, until: datetime) -> Iterator[datetime]:
        """Every instant of [since, until) at which somebody may come or go."""
        first, last = since.astimezone(self.zone).date() - DAY, until.astimezone(self.zone).date()
        edges: list[datetime] = [edge for one in self.overrides for edge in (one.starts_at, one.ends_at)]
        for offset in range((last - first).days + 1):
            day = first + offset * DAY
            for shift in self.shifts:
                if shift.begins_on(day):
                    edges.extend(shift.span(day, self.zone))
        return (edge.astimezone(UTC) for edge in edges if since <= edge < until)


def on_call(rotas: Sequence[RotaFacts], package: str, at: datetime) -> tuple[int, ...]:
    """Who is on call for `package` at `at`: by tier, then the rota's name, then its shifts; each once."""
    people = [person for rota in serving(rotas, package) for person in rota.people(at)]
    return tuple(dict.fromkeys(people))


@dataclass(frozen=True)
class Watch:
    """Who is on call in [start, end), in the order in which they are called; `people` empty: nobody."""

    start: datetime
    end: datetime
    people: tuple[int, ...]


def watches(rotas: Sequence[RotaFacts], package: str, since: datetime, until: datetime) -> list[Watch]:
    """The whole of [since, until) by who is on call for `package`, ascending; no two alike touch."""
    served = serving(rotas, package)
    edges = sorted({since, *(edge for rota in served for edge in rota.moments(since, until))})
    found: list[Watch] = []
    for start, end in zip(edges, [*edges[1:], until], strict=True):
        people = on_call(served, package, start)
        if found and found[-1].people == people:
            found[-1] = replace(found[-1], end=end)
        else:
            found.append(Watch(start, end, people))
    return found


def serving(rotas: Sequence[RotaFacts], package: str) -> list[RotaFacts]:
    """The rotas of a package in the order in which they are called."""
    return sorted((rota for rota in rotas if package in rota.packages), key=lambda one: (one.tier, one.name))


def gaps(rotas: Sequence[RotaFacts], package: str, needed: Sequence[Interval]) -> list[Interval]:
    """When nobody is on call for `package` within `needed`, ascending; gaps that touch are one."""
    served = serving(rotas, package)
    found: list[Interval] = []
    for since, until in needed:
        edges = sorted({since, *(edge for rota in served for edge in rota.moments(since, until))})
        for start, end in zip(edges, [*edges[1:], until], strict=True):
            if any(rota.people(start) for rota in served):
                continue
            if found and found[-1][1] == start:
                found[-1] = (found[-1][0], end)
            else:
                found.append((start, end))
    return [(start.astimezone(UTC), end.astimezone(UTC)) for start, end in found]


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _at(day: date, minute: int, zone: tzinfo) -> datetime:
    # Wall-clock arithmetic first, the zone after.
    wall = datetime.combine(day, time.min) + timedelta(minutes=minute)
    return wall.replace(tzinfo=zone).astimezone(UTC)
