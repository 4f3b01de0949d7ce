"""Jobs in one process and in two: each at its interval, never twice at once, one's failure its own."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest
from logix_common.clock import Clock, SystemClock
from logix_server.config import current
from logix_server.effects import leases
from logix_server.jobs.periodic import Job
from logix_server.jobs.runner import JobMetrics, Runner
from prometheus_client import CollectorRegistry

from tests.fakes.clock import FakeClock
from tests.until import until

pytestmark = [pytest.mark.database, pytest.mark.django_db(transaction=True)]

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


class Counted:
    """A job that counts its runs and may fail or wait for the test."""

    def __init__(self) -> None:
        self.runs = 0
        self.at_once = 0
        self.most_at_once = 0
        self.more = 0
        self.broken = False
        self.gate = threading.Event()
        self.gate.set()
        self._lock = threading.Lock()

    def __call__(self, _now: datetime) -> bool:
        with self._lock:
            self.runs += 1
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
        self.gate.wait()
        with self._lock:
            self.at_once -= 1
        if self.broken:
            raise RuntimeError("broken")
        self.more -= 1
        return self.more > 0


@asynccontextmanager
async def running(*jobs: Job, clock: Clock | None = None) -> AsyncIterator[Runner]:
    runner = Runner(jobs, clock or SystemClock(), JobMetrics(CollectorRegistry()))
    runner.start()
    try:
        yield runner
    finally:
        await runner.stop()


async def stepping(clock: FakeClock, sleepers: int, condition: Callable[[], bool]) -> None:
    """Let fake seconds pass until `condition` holds, each only once all `sleepers` wait for the clock.

    Who does not sleep is at the database: were time to pass meanwhile, its lease would run out.
    """
    while not condition():
        await until(lambda: condition() or clock.sleeping >= sleepers)
        await clock.advance(1)


async def test_two_processes_share_a_job_and_never_run_it_at_once() -> None:
    counted = Counted()
    counted.gate.clear()
    clock = FakeClock(NOW)
    shared = Job("shared", 30.0, counted)
    async with running(shared, clock=clock), running(shared, clock=clock):
        await until(lambda: counted.runs == 1)
        await stepping(clock, 2, lambda: clock.now() > NOW + timedelta(seconds=200))  # past the first lease
        assert counted.runs == 1
        counted.gate.set()
        await stepping(clock, 2, lambda: counted.runs >= 4)
    assert counted.most_at_once == 1


async def test_a_job_that_fails_does_not_stop_the_others() -> None:
    broken, healthy = Counted(), Counted()
    broken.broken = True
    clock = FakeClock(NOW)
    async with running(Job("broken", 5.0, broken), Job("healthy", 5.0, healthy), clock=clock):
        await stepping(clock, 2, lambda: healthy.runs >= 4 and broken.runs >= 2)
        broken.broken = False
        await stepping(clock, 2, lambda: healthy.runs >= 6 and broken.runs >= 3)


async def test_a_job_with_more_to_do_goes_on_at_once() -> None:
    counted = Counted()
    counted.more = 5
    async with running(Job("busy", 3_600.0, counted), clock=FakeClock(NOW)):
        await until(lambda: counted.runs == 5)


def test_a_lease_is_taken_once_and_taken_over_when_its_holder_died() -> None:
    def claim(holder: str, now: datetime) -> bool:
        return leases.claim("job", holder, now, every=MINUTE, hold=2 * MINUTE)

    assert leases.is_due("job", NOW, every=MINUTE)
    assert claim("a", NOW)
    assert not claim("b", NOW)
    assert not leases.is_due("job", NOW + MINUTE, every=MINUTE)
    assert leases.extend("job", "a", NOW + MINUTE, hold=2 * MINUTE)
    assert not claim("b", NOW + 2 * MINUTE)
    assert claim("b", NOW + 3 * MINUTE)
    assert not leases.extend("job", "a", NOW + 3 * MINUTE, hold=MINUTE)

    leases.release("job", "a", NOW + 3 * MINUTE, started=NOW)  # no longer its own
    assert not claim("a", NOW + 4 * MINUTE)
    leases.release("job", "b", NOW + 4 * MINUTE, started=NOW + 3 * MINUTE)
    assert not claim("a", NOW + 3 * MINUTE + timedelta(seconds=59))
    assert claim("a", NOW + 4 * MINUTE)


def test_many_who_claim_at_the_same_moment_get_one_lease() -> None:
    from django.db import connections

    start, won = threading.Barrier(6), Counter[bool]()

    def claim(holder: str) -> None:
        start.wait()
        try:
            won[leases.claim("race", holder, NOW, every=MINUTE, hold=MINUTE)] += 1
        finally:
            connections.close_all()

    threads = [threading.Thread(target=claim, args=(str(n),)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert won == {True: 1, False: 5}


async def test_every_job_of_the_catalogue_runs_on_an_empty_database() -> None:
    from logix_server.jobs.catalogue import periodic_jobs

    jobs = periodic_jobs(current(), JobMetrics(CollectorRegistry()))
    assert len({job.name for job in jobs}) == len(jobs)
    clock = FakeClock(SystemClock().now())
    registry = CollectorRegistry()
    runner = Runner(jobs, clock, JobMetrics(registry))
    runner.start()

    def ran(job: Job) -> float:
        return registry.get_sample_value("logix_job_seconds_count", {"job": job.name}) or 0.0

    await until(lambda: all(ran(job) for job in jobs))
    await runner.stop()
    assert [registry.get_sample_value("logix_job_failures_total", {"job": job.name}) for job in jobs] == [
        None
    ] * len(jobs)
