"""How much a device, and an address that enrols, may send."""

from __future__ import annotations

import pytest
from logix_server.link.allowance import LONGEST_WAIT_SECONDS, Allowance
from logix_server.link.attempts import Attempts
from logix_server.link.submissions import Spool, Submission
from logix_server.link.throttle import PATIENCE_SECONDS, Bucket

from tests.server.health.told import finding as told_finding


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


def batch_of(findings: int) -> Submission:
    told = Submission(1, Spool("0", 0), 1)
    told.events.extend([told_finding(1, "a1")] * findings)
    return told


def test_what_a_batch_brings_is_owed_and_paid_back_within_an_hour() -> None:
    allowance = Allowance(rate=50.0, burst=200.0, now=0.0)
    for _ in range(6):
        assert allowance.seconds_to_wait(lambda: True, 0.0) == 0.0
        allowance.charge(batch_of(500), 1_000, 0.0)
    assert allowance.seconds_to_wait(lambda: True, 0.0) == 0.0  # nothing is left, nothing is owed
    allowance.charge(batch_of(20_000), 1_000, 0.0)
    assert allowance.seconds_to_wait(lambda: True, 0.0) == LONGEST_WAIT_SECONDS
    assert allowance.seconds_to_wait(lambda: False, 0.0) == 0.0  # health goes on
    assert allowance.seconds_to_wait(lambda: True, 3_601.0) == 0.0


def test_bytes_are_owed_too_and_a_debtor_is_remembered() -> None:
    allowance = Allowance(rate=50.0, burst=200.0, now=0.0)
    for _ in range(256):
        allowance.charge(batch_of(0), 1_000_000, 0.0)
    allowance.charge(batch_of(0), 1_000_000, 0.0)
    assert allowance.seconds_to_wait(lambda: False, 0.0) == LONGEST_WAIT_SECONDS
    assert not allowance.forgotten(10_000.0)
    assert allowance.forgotten(200_000.0)
