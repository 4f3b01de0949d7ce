"""Which steps of a ticket's escalation are due, and when the next one is. Pure.

A step lies at a part of the response time, counted in the working time of the promise itself: at 80 %
of four office hours, 48 office minutes are left. What a change of level, package or calendar does to the
deadline it does to the steps.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from logix_server.contracts.working_time import calendar as working
from logix_server.contracts.working_time import office_hours
from logix_server.contracts.working_time.calendar import HORIZON_DAYS, Calendar
from logix_server.contracts.working_time.office_hours import Office
from logix_server.escalation_rules import How, Rule, When, Who
from logix_server.tickets.decisions.sla import TARGETS, InForce, calendar_of

_TICK: Final = timedelta(microseconds=1)
_DAY: Final = timedelta(days=1)


@dataclass(frozen=True)
class Promise:
    """The response time in force: so much working time of a calendar."""

    calendar: Calendar
    span: timedelta


@dataclass(frozen=True)
class Watched:
    """A ticket as far as its escalation goes.

    `since`: since when its level and package are what they are. `over`: answered, ended or merged, or
    its clock stands still: nothing is due. `acknowledged`: a person took up its page since then, which
    stands for further pages until the deadline has passed; it answers no customer.
    """

    package: str
    level: int
    since: datetime
    deadline: datetime | None = None
    promise: Promise | None = None
    over: bool = False
    acknowledged: bool = False


@dataclass(frozen=True)
class Plan:
    """`due` are taken now; `overtaken` never: a later one of the kind is due too, or somebody took it up."""

    due: tuple[Rule, ...] = ()
    overtaken: tuple[Rule, ...] = ()
    next_at: datetime | None = None


def step_of(rule: Rule, level: int) -> str:
    """The name under which a step is taken once. A new level is a new promise, with steps of its own."""
    return f"{level}:{rule.percent}%:{rule.who.value}:{rule.how.value}"


def promise_of(in_force: Iterable[InForce], office: Calendar) -> Promise | None:
    """The response time that the clock runs on: the last one committed, as `tickets.decisions.sla` counts."""
    began: datetime | None = None
    promise: Promise | None = None
    paused = False
    for event in in_force:
        paused = event.suspended or (paused and event.package is None)
        if paused or event.package is None:
            continue
        began = began or event.at
        target = TARGETS[event.package, event.level]
        calendar = calendar_of(event.package, office)
        if isinstance(target, int):
            promise = Promise(calendar, timedelta(minutes=target))
        elif target is not None:
            end = working.same_day(calendar, began)
            promise = Promise(calendar, working.between(calendar, began, end))
    return promise


def plan(
    rules: Sequence[Rule], watched: Watched, taken: Collection[str], office: Office, now: datetime
) -> Plan:
    """What is due at `now`, and when to look again; None: not before something changes."""
    if watched.over:
        return Plan()
    due: list[Rule] = []
    ahead: list[datetime] = []
    for rule in rules:
        if not rule.holds_for(watched.package, watched.level) or step_of(rule, watched.level) in taken:
            continue
        at = _waits_for(rule.when, _moment(rule, watched), office, now)
        if at is not None and at <= now:
            due.append(rule)
        elif at is not None:
            ahead.append(at)
    wanted = [rule for rule in _ascending(due) if not _taken_up(rule, watched)]
    last: dict[tuple[Who, How], Rule] = {(rule.who, rule.how): rule for rule in wanted}
    overtaken = tuple(rule for rule in due if last.get((rule.who, rule.how)) is not rule)
    return Plan(tuple(_ascending(last.values())), overtaken, min(ahead, default=None))


def _taken_up(rule: Rule, watched: Watched) -> bool:
    return watched.acknowledged and rule.how is How.PAGE and rule.percent < 100


def _ascending(rules: Iterable[Rule]) -> list[Rule]:
    return sorted(rules, key=lambda rule: rule.percent)


def _moment(rule: Rule, watched: Watched) -> datetime | None:
    """When the step's part of the response time is used up; at 100 % the deadline has passed."""
    if rule.percent == 0:
        return watched.since
    if watched.deadline is None or watched.promise is None:
        return None  # no committed time (Reading 2)
    span, calendar = watched.promise.span, watched.promise.calendar
    if rule.percent < 100:
        return earlier(calendar, watched.deadline, span * (100 - rule.percent) / 100)
    if rule.percent == 100:
        return watched.deadline + _TICK  # due at the deadline is still in time
    return working.add(calendar, watched.deadline, span * (rule.percent - 100) / 100)


def _waits_for(when: When, at: datetime | None, office: Office, now: datetime) -> datetime | None:
    """The first moment from `at` on at which such a step may be taken; one that has come waits from now."""
    if at is None or when is When.ALWAYS:
        return at
    at = max(at, now)
    if office_hours.is_open(office, at) is (when is When.OFFICE_HOURS):
        return at
    return office_hours.next_change(office, at)


def earlier(calendar: Calendar, until: datetime, span: timedelta) -> datetime:
    """The instant from which on `span` of working time passes before `until`.

    Where the horizon holds less, its beginning.
    """
    if calendar.always:
        return until - span
    left = span
    day = until.astimezone(calendar.zone).date()
    for _ in range(HORIZON_DAYS):
        for start, end in reversed(calendar.day(day)):
            last = min(end, until)
            if last <= start:
                continue
            if left <= last - start:
                return last - left
            left -= last - start
        day -= _DAY
    return until - HORIZON_DAYS * _DAY
