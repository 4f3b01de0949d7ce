"""Tasks that must not end: what crashes is logged and started again after a growing wait."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from logix_common.clock import Clock

from logix_agent.link.backoff import Attempt, BackoffPolicy, Ended, Rng, after
from logix_agent.link.kernel_random import KernelRandom

log = logging.getLogger(__name__)

POLICY = BackoffPolicy(first=1.0, cap=300.0, lost_spread=1.0)


async def kept_running(
    name: str, start: Callable[[], Awaitable[None]], clock: Clock, rng: Rng | None = None
) -> None:
    """Run `start()` for ever; it ends only by being cancelled."""
    failures = 0
    while True:
        began = clock.monotonic()
        try:
            await start()
            log.error("a task ended by itself", extra={"task": name})
        except asyncio.CancelledError as error:
            task = asyncio.current_task()
            if task is None or task.cancelling():
                raise
            log.error("a task was cancelled from within", extra={"task": name}, exc_info=error)
        except Exception as error:  # whatever it was, the duty must not end with it
            log.error("a task crashed", extra={"task": name}, exc_info=error)
        attempt = Attempt(Ended.LOST, clock.monotonic() - began)
        wait = after(POLICY, failures, attempt, rng or KernelRandom())
        failures = wait.failures
        await clock.sleep(wait.delay)
