"""Silence counts only while a gateway ran; many at once are one incident."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from logix_server.fleet.silence import (
    Interval,
    OpenIncident,
    Silent,
    Thresholds,
    cutoff,
    judge_incidents,
    merged,
    to_report,
)

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
LIMITS = Thresholds(count=10, fraction=0.2, window=timedelta(minutes=15))


def minutes(number: float) -> datetime:
    return NOW - timedelta(minutes=number)


def run(start: float, end: float) -> Interval:
    return Interval(minutes(start), minutes(end))


@pytest.mark.parametrize(
    ("runs", "expected"),
    [
        ([], None),
        ([run(60, 0)], 15),
        ([run(10, 0)], None),  # we are up for ten minutes: nobody is silent yet
        ([run(500, 100), run(10, 0)], 105),  # ten minutes now and five before we were down
        ([run(60, 5)], 20),  # the gateway is down since five minutes
        ([run(30, 0), run(60, 0)], 15),  # two gateways are one uptime
        ([run(20, 10), run(8, 0)], 17),
        ([run(5, 5), run(60, 0)], 15),
    ],
)
def test_the_cutoff_counts_uptime_only(runs, expected):
    found = cutoff(runs, NOW, 900)
    assert found == (None if expected is None else minutes(expected))


intervals = st.lists(
    st.tuples(st.integers(0, 500), st.integers(0, 500)).map(lambda pair: run(max(pair), min(pair))),
    max_size=8,
)


@given(intervals, st.integers(1, 600))
def test_the_uptime_since_the_cutoff_is_exact(runs, wanted):
    found = cutoff(runs, NOW, wanted * 60)
    up = {
        minute
        for r in runs
        for minute in range(500)
        if r.start <= minutes(minute + 1) and minutes(minute) <= r.end
    }
    if found is None:
        assert len(up) < wanted
    else:
        assert len({minute for minute in up if minutes(minute + 1) >= found}) == wanted


@given(intervals)
def test_merging_keeps_time_and_leaves_no_overlap(runs):
    whole = merged(runs)
    assert all(a.end < b.start for a, b in itertools.pairwise(whole))


def silent(ids, since: float = 0):
    return [Silent(unit_id, minutes(since)) for unit_id in ids]


def test_few_silent_units_are_no_incident():
    assert not judge_incidents(silent(range(9)), 0, [], LIMITS, NOW).opened
    assert not judge_incidents(silent(range(10)), 41, [], LIMITS, NOW).opened


def test_many_at_once_are_one():
    judgement = judge_incidents(silent(range(10)), 40, [], LIMITS, NOW)
    assert judgement.opened == frozenset(range(10))


def test_many_over_days_are_none():
    slowly = [Silent(n, minutes(60 * n)) for n in range(20)]
    assert not judge_incidents(slowly, 10, [], LIMITS, NOW).opened


def test_who_falls_silent_soon_after_joins_and_later_not():
    standing = OpenIncident(1, minutes(10), frozenset(range(10)))
    judgement = judge_incidents(silent(range(12), 1), 30, [standing], LIMITS, NOW)
    assert judgement.joined == {10, 11}
    old = OpenIncident(1, minutes(16), frozenset(range(10)))
    judgement = judge_incidents([*silent(range(10), 16), *silent([10, 11])], 30, [old], LIMITS, NOW)
    assert judgement == type(judgement)()


def test_it_ends_when_most_are_heard_again_and_the_rest_open_none():
    standing = OpenIncident(1, minutes(10), frozenset(range(30)))
    assert not judge_incidents(silent(range(15), 10), 15, [standing], LIMITS, NOW).closed
    judgement = judge_incidents(silent(range(14), 10), 16, [standing], LIMITS, NOW)
    assert judgement.closed == {1}
    assert not judgement.opened
    after = judge_incidents(silent(range(14), 10), 16, [], LIMITS, NOW, explained=frozenset(range(30)))
    assert not after.opened


def test_what_an_incident_explains_is_not_reported():
    standing = OpenIncident(1, minutes(10), frozenset({1, 2}))
    assert to_report([1, 2, 3], [standing]) == [3]
    assert to_report([1, 2, 3], []) == [1, 2, 3]
