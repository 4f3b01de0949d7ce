"""Limits of tries: they fade, hold over many at once, and keep no names."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connections
from hypothesis import given
from hypothesis import strategies as st
from logix_server.accounts.models import Tries
from logix_server.accounts.sign_in import limits, tries
from logix_server.accounts.sign_in.limits import LIMITS, Limit

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
NAME = LIMITS["name"]


@given(st.lists(st.floats(0, 600), max_size=200))
def test_over_any_time_no_more_get_through_than_the_limit_says(pauses: list[float]) -> None:
    limit, count, at, now, let = Limit(5, 60.0), 0.0, NOW, NOW, 0
    for pause in pauses:
        now += timedelta(seconds=pause)
        count, at = limits.left(count, at, now, limit), now
        if not limits.too_many(count, limit):
            count, let = count + 1, let + 1
    assert let <= limit.at_once + (now - NOW).total_seconds() / limit.seconds + 1e-6


def test_a_clock_that_goes_back_forgives_nothing() -> None:
    assert limits.left(3.0, NOW, NOW - timedelta(hours=1), NAME) == 3.0


@pytest.mark.database
@pytest.mark.django_db
def test_tries_are_counted_under_each_key_and_fade() -> None:
    keys = [("name", "ayse@x.example"), ("address", "192.0.2.1")]
    assert [tries.take(keys, NOW) for _ in range(21)] == [True] * 20 + [False]
    assert not tries.take([("name", "AYSE@x.example")], NOW)  # however it is written
    assert tries.take([("name", "mehmet"), keys[1]], NOW)
    assert tries.take(keys, NOW + timedelta(seconds=16))
    assert not tries.take(keys, NOW + timedelta(seconds=16))
    tries.give_back(keys)
    assert tries.take(keys, NOW + timedelta(seconds=16))
    assert "ayse" not in str(list(Tries.objects.values()))


@pytest.mark.database
@pytest.mark.django_db
def test_what_is_refused_is_not_counted() -> None:
    for _ in range(20):
        tries.take([("name", "ayse")], NOW)
    for _ in range(100):
        assert not tries.take([("name", "ayse")], NOW)
    assert tries.take([("name", "ayse")], NOW + timedelta(seconds=15))


@pytest.mark.database
@pytest.mark.django_db(transaction=True)
def test_many_at_once_get_no_more_than_one_after_another() -> None:
    keys = [("second-factor", "7")]
    for _ in range(LIMITS["second-factor"].at_once - 1):
        tries.take(keys, NOW)
    taken: list[bool] = []
    start = threading.Barrier(6)

    def guess() -> None:
        start.wait()
        try:
            taken.append(tries.take(keys, NOW))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=guess) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(taken) == [False] * 5 + [True]


@pytest.mark.database
@pytest.mark.django_db
def test_a_flood_of_invented_names_leaves_no_rows(django_assert_num_queries) -> None:
    address = ("address", "192.0.2.1")
    while tries.take([address], NOW):
        pass
    before = Tries.objects.count()
    for number in range(20):
        with django_assert_num_queries(1):
            assert not tries.take([("name", f"invented{number}"), address], NOW)
    assert Tries.objects.count() == before
