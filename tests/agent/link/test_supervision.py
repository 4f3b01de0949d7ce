"""Tasks that must not end, whatever they raise."""

from __future__ import annotations

import asyncio

import pytest
from logix_agent.link.supervision import kept_running

from tests.fakes.clock import FakeClock
from tests.until import until


@pytest.mark.parametrize("ends", [None, ValueError("broken"), asyncio.CancelledError()])
async def test_a_task_that_ends_is_started_again(ends: BaseException | None) -> None:
    """Also one that a library ends with a CancelledError of its own: gRPC does when a call is cancelled."""
    clock, starts = FakeClock(), 0

    async def start() -> None:
        nonlocal starts
        starts += 1
        if ends is not None:
            raise ends

    task = asyncio.ensure_future(kept_running("test", start, clock))
    await until(lambda: clock.sleeping or task.done())
    assert not task.done()
    await clock.advance(10)
    assert starts >= 2
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
