"""How much a device, and an address that enrols, may send."""

from __future__ import annotations

import pytest
from logix_server.link.attempts import Attempts
from logix_server.link.throttle import PATIENCE_SECONDS, Bucket


def test_a_burst_passes_and_what_follows_waits_for_the_rate() -> None:
    bucket = Bucket(rate=10.0, burst=5.0, now=100.0)
    assert [bucket.take(1.0, 100.0) for _ in range(5)] == [0.0] * 5
    assert bucket.take(1.0, 100.0) == pytest.approx(0.1)
    assert bucket.take(1.0, 100.0) == pytest.approx(0.2)
    assert bucket.take(1.0, 101.0) == 0.0


def test_patience_ends_only_when_a_device_was_held_back_without_a_break() -> None:
    bucket = Bucket(rate=1.0, burst=1.0, now=0.0)
    now = 0.0
    bucket.take(1.0, now)
    while now <= PATIENCE_SECONDS:
        assert not bucket.exhausted(now)
        now += bucket.take(1.0, now) or 0.5
    bucket.take(1.0, now)
    assert bucket.exhausted(now)

    bucket.take(1.0, now + 60)
    assert not bucket.exhausted(now + 60)


def test_tries_are_counted_for_each_address_and_a_storm_ends() -> None:
    attempts = Attempts(minute=3, now=0.0)
    assert [attempts.seconds_to_wait("a", 0.0) for _ in range(3)] == [0.0] * 3
    assert all(attempts.seconds_to_wait("a", 1.0) > 0 for _ in range(100))
    assert attempts.seconds_to_wait("b", 1.0) == 0.0
    assert attempts.seconds_to_wait("a", 25.0) == 0.0


def test_all_addresses_together_have_a_limit_and_few_are_remembered() -> None:
    attempts = Attempts(minute=1, now=0.0)
    answers = [attempts.seconds_to_wait(f"a{number}", 0.0) for number in range(11_000)]
    assert answers[:50] == [0.0] * 50
    assert min(answers[50:]) >= 1.0
    assert len(attempts._peers) <= 10_000
