"""Deadlines on the injected clock, so that tests need not wait for them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

from logix_common.clock import Clock

T = TypeVar("T")


async def within(clock: Clock, seconds: float, work: Awaitable[T]) -> T:
    """The result of `work`; raises `TimeoutError` and cancels it when `seconds` pass first."""
    task = asyncio.ensure_future(work)
    timer = asyncio.ensure_future(clock.sleep(seconds))
    try:
        await asyncio.wait((task, timer), return_when=asyncio.FIRST_COMPLETED)
        if task.done():
            return task.result()
        raise TimeoutError
    finally:
        for each in (task, timer):
            if not each.done():
                each.cancel()
        await asyncio.gather(task, timer, return_exceptions=True)


async def woken(clock: Clock, seconds: float, event: asyncio.Event) -> bool:
    """Wait until `event` is set or `seconds` passed; whether it was set. The event is left as it is."""
    if event.is_set():
        return True
    try:
        await within(clock, seconds, event.wait())
    except TimeoutError:
        return event.is_set()
    return True
