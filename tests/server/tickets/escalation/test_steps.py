"""When the steps of a ticket are due: tables and properties."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from logix_server.contracts.decisions.terms import ISTANBUL, Package
from logix_server.contracts.working_time import calendar as working
from logix_server.contracts.working_time.calendar import ALWAYS
from logix_server.contracts.working_time.holidays_tr import office_calendar
from logix_server.escalation_rules import rule_of, rules_of
from logix_server.tickets.decisions.sla import InForce, response
from logix_server.tickets.escalation.steps import Promise, Watched, earlier, plan, promise_of, step_of

OFFICE = office_calendar(2025, 2029)
TEMEL, STANDART, PROFESYONEL = Package.TEMEL, Package.STANDART, Package.PROFESYONEL


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ISTANBUL)


def watched(package: Package, level: int, opened: datetime, *more: InForce) -> Watched:
    history = [InForce(opened, level, package), *more]
    clock = response(history, OFFICE)
    last = history[-1]
    name = last.package.value if last.package else ""
    return Watched(name, last.level, last.at, clock.deadline, promise_of(history, OFFICE), clock.paused)


def due(rule: str, ticket: Watched) -> datetime | None:
    """When that only step is due, seen from before everything."""
    planned = plan([rule_of(rule)], ticket, (), office_calendar, at("2026-01-01T00:00"))
    assert not planned.due
    return planned.next_at


NIGHT = at("2026-10-29T02:00")  # a public holiday


@pytest.mark.parametrize(
    ("package", "level", "opened", "rule", "expected"),
    [
        (PROFESYONEL, 1, NIGHT, "* 1 0% oncall page", "2026-10-29T02:00"),
        (PROFESYONEL, 1, NIGHT, "* 1 80% manager page", "2026-10-29T02:12"),
        (PROFESYONEL, 2, NIGHT, "* 2 50% oncall mail", "2026-10-29T02:30"),
        (PROFESYONEL, 1, NIGHT, "* 1 200% manager page", "2026-10-29T02:30"),
        (PROFESYONEL, 1, NIGHT, "* 1 50% manager mail", "2026-10-30T09:00"),  # in their hours
        (STANDART, 2, at("2026-03-02T10:00"), "* * 50% assignee mail", "2026-03-02T12:00"),
        (STANDART, 3, at("2026-03-02T16:00"), "* * 50% assignee mail", "2026-03-03T11:00"),
        (STANDART, 2, at("2026-03-06T16:00"), "* * 80% assignee mail", "2026-03-09T11:12"),
        (TEMEL, 3, at("2026-03-02T13:00"), "* * 50% assignee mail", "2026-03-02T15:00"),
        (TEMEL, 1, at("2026-03-02T13:00"), "* * 50% assignee mail", None),  # no committed time
        (PROFESYONEL, 2, at("2026-03-02T10:00"), "* 2 0% oncall page outside-hours", "2026-03-02T17:00"),
        (PROFESYONEL, 2, NIGHT, "* 2 0% oncall page outside-hours", "2026-10-29T02:00"),
        (PROFESYONEL, 2, at("2026-10-28T12:30"), "* 2 0% oncall page outside-hours", "2026-10-28T13:00"),
    ],
)
def test_when_a_step_is_due(package, level, opened, rule, expected) -> None:
    found = due(rule, watched(package, level, opened))
    assert found == (at(expected) if expected else None)


def test_the_deadline_itself_is_still_in_time() -> None:
    ticket = watched(PROFESYONEL, 1, NIGHT)
    rules = [rule_of("* * 100% manager page")]
    assert plan(rules, ticket, (), office_calendar, at("2026-10-29T02:15")).due == ()
    later = at("2026-10-29T02:15") + timedelta(microseconds=1)
    assert plan(rules, ticket, (), office_calendar, later).due == tuple(rules)


def test_a_more_critical_level_has_steps_of_its_own() -> None:
    rules = rules_of(["* * 0% oncall page"])
    before = watched(PROFESYONEL, 2, NIGHT)
    taken = {step_of(rules[0], 2)}
    assert plan(rules, before, taken, office_calendar, NIGHT).due == ()
    raised = watched(PROFESYONEL, 2, NIGHT, InForce(at("2026-10-29T02:20"), 1, PROFESYONEL))
    assert plan(rules, raised, taken, office_calendar, at("2026-10-29T02:20")).due == rules


def test_a_change_of_level_moves_the_steps_with_the_deadline() -> None:
    raised = watched(STANDART, 3, at("2026-03-02T09:00"), InForce(at("2026-03-02T12:00"), 2, STANDART))
    assert raised.deadline == at("2026-03-02T14:00")  # half of six hours used: half of four is left
    assert due("* * 80% assignee mail", raised) == at("2026-03-02T13:12")


def test_a_pause_ends_every_step_until_it_is_renewed() -> None:
    pause = InForce(at("2026-03-02T12:00"), 2, STANDART, suspended=True)
    paused = watched(STANDART, 2, at("2026-03-02T11:00"), pause)
    assert due("* * 80% assignee mail", paused) is None
    assert due("* * 0% oncall page", paused) is None
    renewed = watched(
        STANDART, 2, at("2026-03-02T11:00"), pause, InForce(at("2026-03-09T12:00"), 2, STANDART)
    )
    assert due("* * 50% assignee mail", renewed) == at("2026-03-09T13:00")


def test_of_several_that_are_late_the_last_of_a_kind_is_taken() -> None:
    rules = rules_of(
        ["* * 50% assignee mail", "* * 80% assignee mail", "* * 100% manager mail", "* * 0% oncall page"]
    )
    ticket = watched(STANDART, 2, at("2026-03-02T10:00"))
    found = plan(rules, ticket, (), office_calendar, at("2026-03-02T15:00"))
    assert [(rule.percent, rule.who.value) for rule in found.due] == [
        (0, "oncall"),
        (80, "assignee"),
        (100, "manager"),
    ]
    assert [rule.percent for rule in found.overtaken] == [50]
    assert found.next_at is None


def test_a_page_that_somebody_took_up_stands_for_pages_before_the_deadline_alone() -> None:
    rules = rules_of(["* * 50% manager mail always", "* * 80% manager page", "* * 100% manager page"])
    ticket = replace(watched(PROFESYONEL, 1, NIGHT), acknowledged=True)
    before = plan(rules, ticket, (), office_calendar, at("2026-10-29T02:14"))
    assert [rule.percent for rule in before.due] == [50]
    assert [rule.percent for rule in before.overtaken] == [80]
    behind = plan(rules, ticket, (), office_calendar, at("2026-10-29T02:16"))
    assert [rule.percent for rule in behind.due] == [50, 100]


MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 1)).map(lambda one: one.replace(tzinfo=UTC))


@given(MOMENTS, st.integers(1, 30 * 60), st.sampled_from([OFFICE, ALWAYS]))
def test_working_time_counted_back_is_working_time(until, minutes, calendar) -> None:
    span = timedelta(minutes=minutes)
    since = earlier(calendar, until, span)
    assert working.between(calendar, since, until) == span


PERCENTS = st.integers(0, 300)


@given(st.sampled_from(list(Package)), st.integers(1, 3), MOMENTS, PERCENTS, PERCENTS)
def test_steps_stand_in_the_order_of_their_percents(package, level, opened, one, other) -> None:
    ticket = watched(package, level, opened)
    low, high = (due(f"* * {percent}% oncall page", ticket) for percent in sorted([one, other]))
    if low is not None and high is not None:
        assert opened <= low <= high


@given(
    st.sampled_from([STANDART, PROFESYONEL]),
    st.integers(1, 3),
    MOMENTS,
    st.lists(PERCENTS, max_size=5, unique=True),
)
def test_taking_what_is_due_when_it_is_due_takes_every_step_once(package, level, opened, percents) -> None:
    rules = rules_of(
        [f"* * {percent}% {'manager' if percent % 2 else 'oncall'} page" for percent in percents]
    )
    ticket, taken, now = watched(package, level, opened), [], opened
    for _ in range(len(rules) + 2):
        found = plan(rules, ticket, taken, office_calendar, now)
        taken += [step_of(rule, level) for rule in (*found.due, *found.overtaken)]
        if found.next_at is None:
            break
        assert found.next_at > now
        now = found.next_at
    assert sorted(taken) == sorted(step_of(rule, level) for rule in rules)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "profesyonel",
        "gold 1 50% manager mail",
        "* 4 50% manager mail",
        "* 1 50 manager mail",
        "* 1 5000% manager mail",
        "* 1 50% boss mail",
        "* 1 50% manager fax",
        "* 1 50% manager mail sometimes",
    ],
)
def test_what_is_no_step_is_said(text: str) -> None:
    with pytest.raises(ValueError, match="expected"):
        rule_of(text)


def test_too_many_steps_are_refused() -> None:
    with pytest.raises(ValueError, match="at most"):
        rules_of(["* * 50% manager mail"] * 101)


def test_promise_is_unknown_before_any_package_runs() -> None:
    assert promise_of([InForce(NIGHT, 1, None)], OFFICE) is None
    assert promise_of([InForce(NIGHT, 1, PROFESYONEL)], OFFICE) == Promise(ALWAYS, timedelta(minutes=15))
