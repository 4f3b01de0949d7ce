"""Backoff, as properties over every history."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st
from logix_agent.link.backoff import Attempt, BackoffPolicy, Ended, after

POLICY = BackoffPolicy(first=1, cap=60, stable=60, lost_spread=30, final=14_400)
attempts = st.builds(
    Attempt,
    st.sampled_from(Ended),
    st.floats(0, 1e6),
    st.one_of(st.none(), st.floats(allow_nan=False, allow_infinity=True)),
)


@given(st.integers(0, 100), attempts, st.integers())
def test_every_wait_is_bounded(failures: int, attempt: Attempt, seed: int) -> None:
    wait = after(POLICY, failures, attempt, random.Random(seed))
    longest = max(2 * POLICY.cap + POLICY.lost_spread, 1.5 * POLICY.final)
    if attempt.retry_after is not None:
        longest = max(longest, 1.25 * POLICY.longest_retry_after)
    assert 0 <= wait.delay <= longest


@given(st.floats(0, 3600), attempts, st.integers())
def test_the_servers_retry_after_is_a_floor(asked: float, attempt: Attempt, seed: int) -> None:
    attempt = Attempt(attempt.ended, attempt.stood, asked)
    assert after(POLICY, 3, attempt, random.Random(seed)).delay >= asked


@given(st.integers(0, 40), st.integers())
def test_jitter_is_added_after_the_cap(failures: int, seed: int) -> None:
    wait = after(POLICY, failures, Attempt(Ended.NOT_REACHED), random.Random(seed))
    base = min(POLICY.cap, POLICY.first * 2**failures)
    assert base <= wait.delay <= 2 * base


def test_the_spread_stays_as_wide_as_the_cap() -> None:
    waits = [after(POLICY, 20, Attempt(Ended.NOT_REACHED), random.Random(seed)).delay for seed in range(500)]
    assert min(waits) < POLICY.cap * 1.05
    assert max(waits) > POLICY.cap * 1.95


def test_only_a_stable_stream_wipes_the_failures() -> None:
    rng = random.Random(1)
    assert after(POLICY, 5, Attempt(Ended.LOST, stood=59.9), rng).failures == 6
    assert after(POLICY, 5, Attempt(Ended.LOST, stood=60), rng).failures == 0
    assert after(POLICY, 5, Attempt(Ended.NOT_REACHED, stood=1000), rng).failures == 6


def test_a_fleet_that_lost_its_server_comes_back_spread() -> None:
    waits = [
        after(POLICY, 0, Attempt(Ended.LOST, stood=1000), random.Random(seed)).delay for seed in range(1000)
    ]
    assert max(waits) <= POLICY.lost_spread
    buckets = [sum(int(wait // 3) == tenth for wait in waits) for tenth in range(10)]
    assert min(buckets) > 50


def test_a_refusal_for_good_waits_for_hours() -> None:
    wait = after(POLICY, 0, Attempt(Ended.REFUSED_FOR_GOOD), random.Random(1))
    assert POLICY.final <= wait.delay <= 1.5 * POLICY.final
