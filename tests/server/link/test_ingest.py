"""The single writer: groups, answers after the commit, survives a database that goes away."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

import pytest
from logix_common.clock import SystemClock
from logix_common.errors import Refused
from logix_common.reasons import STORE_UNAVAILABLE
from logix_server.link.ingest import Ingest
from logix_server.link.metrics import GatewayMetrics
from logix_server.link.rounds import Kind, Limits
from prometheus_client import CollectorRegistry

from tests.fakes.store import FakeStore
from tests.until import until


@asynccontextmanager
async def running(store: FakeStore, **limits: Any) -> AsyncIterator[Ingest]:
    metrics = GatewayMetrics(CollectorRegistry())
    ingest = Ingest(store, SystemClock(), metrics, limits=Limits(retry_seconds=0.01, **limits))
    ingest.start()
    try:
        yield ingest
    finally:
        await ingest.stop()


async def held(ingest: Ingest, store: FakeStore, works: list[Any]) -> list[asyncio.Future[Any]]:
    """Queue `works` while the writer is busy, so that they make one round."""
    store.gate.clear()
    first = ingest.submit(Kind.SUBMISSION, "first")
    await until(lambda: store.asked == 1)
    futures = [ingest.submit(Kind.SUBMISSION, work) for work in works]
    store.gate.set()
    await first
    return futures


async def test_what_is_queued_meanwhile_is_one_commit() -> None:
    store = FakeStore()
    async with running(store) as ingest:
        futures = await held(ingest, store, list(range(50)))
        assert await asyncio.gather(*futures) == list(range(50))
    assert store.rounds == [["first"], list(range(50))]


async def test_nothing_is_answered_before_the_database_took_it() -> None:
    store = FakeStore()
    store.down = True
    async with running(store, patience_seconds=600) as ingest:
        future = ingest.submit(Kind.SUBMISSION, "a")
        await until(lambda: store.tries > 3)
        assert not future.done()
        store.down = False
        assert await future == "a"
        assert not ingest.store_is_down
    assert store.closed >= 3


async def test_patience_ends_with_a_refusal_and_later_work_succeeds() -> None:
    store = FakeStore()
    store.down = True
    async with running(store, patience_seconds=0.05) as ingest:
        with pytest.raises(Refused, match=STORE_UNAVAILABLE):
            await ingest.submit(Kind.SUBMISSION, "a")
        assert ingest.store_is_down
        store.down = False
        assert await ingest.submit(Kind.SUBMISSION, "a") == "a"
        assert not ingest.store_is_down


async def test_a_commit_of_unknown_outcome_is_not_applied_twice() -> None:
    store = FakeStore()
    store.fail_after_commit = 1
    async with running(store) as ingest:
        await ingest.submit(Kind.SUBMISSION, "a")
    assert store.committed == ["a"]


async def test_only_the_culprit_fails_and_a_submission_is_stored_piece_by_piece() -> None:
    store = FakeStore()
    store.poison = {13, "opened"}
    async with running(store) as ingest:
        futures = await held(ingest, store, list(range(20)))
        results = await asyncio.gather(*futures)
        assert results == [n if n != 13 else "singly" for n in range(20)]
        with pytest.raises(ValueError, match="opened"):
            await ingest.submit(Kind.OPENED, "opened")
    assert store.singly == [13]
    assert sorted(store.committed[1:]) == [n for n in range(20) if n != 13]


async def test_the_order_of_a_round_is_entries_writes_openings_ends() -> None:
    store = FakeStore()
    async with running(store) as ingest:
        store.gate.clear()
        first = ingest.submit(Kind.SUBMISSION, "first")
        await until(lambda: store.asked == 1)
        read = asyncio.ensure_future(ingest.read(lambda _now: list(store.committed)))
        await asyncio.sleep(0)
        rest = [ingest.submit(kind, kind.name) for kind in (Kind.CLOSED, Kind.OPENED, Kind.SUBMISSION)]
        store.gate.set()
        await asyncio.gather(first, *rest)
        assert await read == ["first", "SUBMISSION", "OPENED", "CLOSED"]


async def test_a_full_queue_makes_streams_wait_until_it_is_half_empty() -> None:
    store = FakeStore()
    async with running(store, queued_items=10) as ingest:
        store.gate.clear()
        futures = [ingest.submit(Kind.SUBMISSION, n) for n in range(11)]
        assert ingest.full
        waiting = asyncio.create_task(ingest.room())
        await asyncio.sleep(0)
        assert not waiting.done()
        store.gate.set()
        await asyncio.gather(*futures)
        await waiting
        assert not ingest.full
        assert ingest.queued == 0


async def test_effects_run_after_the_answer_until_none_are_left() -> None:
    store = FakeStore()
    store.effects = 45
    rung = asyncio.Event()
    metrics = GatewayMetrics(CollectorRegistry())
    ingest = Ingest(store, SystemClock(), metrics, on_effects=rung.set)
    ingest.start()
    await ingest.submit(Kind.SUBMISSION, "a")
    await asyncio.wait_for(rung.wait(), 100)
    await until(lambda: store.effects == 0)
    await ingest.stop()


async def test_stopping_finishes_what_is_queued() -> None:
    store = FakeStore()
    async with running(store) as ingest:
        futures = [ingest.submit(Kind.SUBMISSION, n) for n in range(30)]
    assert [future.result() for future in futures] == list(range(30))


async def test_a_failing_read_is_told_to_who_asked() -> None:
    def broken(_now: object) -> None:
        raise KeyError("no such row")

    async with running(FakeStore()) as ingest:
        with pytest.raises(KeyError):
            await ingest.read(broken)
        assert await ingest.write(lambda _now: "still works") == "still works"


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
async def test_a_writer_that_dies_says_so() -> None:
    class Broken(FakeStore):
        def run_effects(self, now: datetime, limit: int) -> int:
            raise ValueError("cannot run them")

        def close(self) -> None:
            raise OSError("the connection cannot even be given up")

    died: list[BaseException] = []
    metrics = GatewayMetrics(CollectorRegistry())
    ingest = Ingest(Broken(), SystemClock(), metrics, on_death=died.append)
    ingest.start()
    await until(lambda: bool(died))
    assert isinstance(died[0], OSError)
    await asyncio.to_thread(ingest._thread.join)  # its last words belong to this test
