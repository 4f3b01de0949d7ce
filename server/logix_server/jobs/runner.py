"""The jobs role: each job in a thread of its own, so that none holds up or breaks another."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from typing import TypeVar

import structlog
from django.db import close_old_connections, connections
from logix_common.clock import Clock
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from logix_server.effects import leases
from logix_server.jobs.periodic import Job, pause_after

ResultT = TypeVar("ResultT")
log = structlog.get_logger(__name__)


class JobMetrics:
    """What the jobs role counts."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.registry = registry
        self.seconds = Histogram("logix_job_seconds", "Seconds a run took", ["job"], registry=registry)
        self.failures = Counter("logix_job_failures", "Runs that raised", ["job"], registry=registry)
        self.effects_waiting = Gauge("logix_effects_waiting", "Effects that are due", registry=registry)
        self.effects_parked = Gauge(
            "logix_effects_parked",
            "Effects that failed too often and wait for an operator",
            registry=registry,
        )
        self.holidays_uncertain = Gauge(
            "logix_holidays_uncertain",
            "Holidays of this year, and from November on of the next, that are missing or only reckoned",
            registry=registry,
        )


class Runner:
    """Runs jobs until stopped; of many such processes one runs a leased job at a time."""

    def __init__(self, jobs: Sequence[Job], clock: Clock, metrics: JobMetrics) -> None:
        self._jobs = jobs
        self._clock = clock
        self._metrics = metrics
        self._holder = secrets.token_hex(16)
        self._threads = {job.name: ThreadPoolExecutor(1, thread_name_prefix=job.name) for job in jobs}
        self._lease_thread = ThreadPoolExecutor(1, thread_name_prefix="leases")
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Start every job; on the loop."""
        self._tasks = [asyncio.create_task(self._repeat(job)) for job in self._jobs]

    async def stop(self) -> None:
        """Let what runs finish, start nothing more, give leases back."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for thread in (*self._threads.values(), self._lease_thread):
            await asyncio.get_running_loop().run_in_executor(thread, connections.close_all)
            thread.shutdown()

    async def _repeat(self, job: Job) -> None:
        failures = 0
        while True:
            ran = more = False
            try:
                ran, more = await self._turn(job)
                failures = 0
            except Exception as error:  # one job's mistake ends neither it nor the others
                failures += 1
                self._metrics.failures.labels(job.name).inc()
                log.error("job failed", job=job.name, failures=failures, exc_info=error)
            await self._clock.sleep(pause_after(job, ran=ran, more=more, failures=failures))

    async def _turn(self, job: Job) -> tuple[bool, bool]:
        """Run `job` where it is ours to run: (ran, more waiting)."""
        thread = self._threads[job.name]
        if not job.leased:
            return True, await self._in(thread, partial(self._run, job))
        started = self._clock.now()
        every, hold = timedelta(seconds=job.every), timedelta(seconds=job.hold)
        if not await self._in(thread, partial(leases.is_due, job.name, started, every=every)):
            return False, False
        claim = partial(leases.claim, job.name, self._holder, started, every=every, hold=hold)
        if not await self._in(thread, claim):
            return False, False
        extender = asyncio.create_task(self._extend(job))
        more = False
        try:
            # Shielded: a lease is not given back while its job still runs in the thread.
            more = await asyncio.shield(self._in(thread, partial(self._run, job)))
        finally:
            extender.cancel()
            # With more waiting the job stays due at once, for whoever comes first.
            last = started - every if more else started
            release = partial(leases.release, job.name, self._holder, started=last)
            await asyncio.shield(self._in(thread, lambda: release(self._clock.now())))
        return True, more

    def _run(self, job: Job) -> bool:
        with self._metrics.seconds.labels(job.name).time():
            return job.run(self._clock.now())

    async def _extend(self, job: Job) -> None:
        hold = timedelta(seconds=job.hold)
        while True:
            await self._clock.sleep(job.hold / 3)
            now = self._clock.now()
            extend = partial(leases.extend, job.name, self._holder, now, hold=hold)
            if not await self._in(self._lease_thread, extend):
                log.error("lease lost while its job runs", job=job.name)

    async def _in(self, thread: ThreadPoolExecutor, function: Callable[[], ResultT]) -> ResultT:
        return await asyncio.get_running_loop().run_in_executor(thread, _fresh, function)


def _fresh(function: Callable[[], ResultT]) -> ResultT:
    """Call with a connection that works: one that broke is dropped first."""
    close_old_connections()
    return function()
