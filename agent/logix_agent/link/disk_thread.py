"""One thread for work that may hang: a failing disk can hold an fsync for minutes.

The loop goes on meanwhile: it answers the server, and what the disk did not take in time is reported
from memory.
"""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import Awaitable, Callable
from typing import Any, Final, TypeVar

from logix_common.clock import Clock

from logix_agent.link.deadline import within

T = TypeVar("T")

#: Writes something small to the disk off the loop; raises what the write raises, or `DiskHangs`.
Keeper = Callable[[Callable[[], None]], Awaitable[None]]
#: A small file takes milliseconds; a disk that needs longer is at fault.
_KEEP_SECONDS: Final = 5.0


class DiskHangs(OSError):
    """The work has not come back in time; it may still be done later."""


class DiskThread:
    """Runs functions one after another, in order, off the loop.

    The thread is a daemon: one that hangs in the kernel must not keep the process from ending.
    """

    def __init__(self, name: str) -> None:
        self._jobs: queue.SimpleQueue[tuple[Callable[[], Any], asyncio.Future[Any]] | None] = (
            queue.SimpleQueue()
        )
        self._abandoned = 0
        self._thread = threading.Thread(target=self._work, name=name, daemon=True)
        self._thread.start()

    async def call(self, function: Callable[[], T]) -> T:
        """The result of `function` run in the thread, however long it takes."""
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._jobs.put((function, future))
        return await future

    async def call_within(self, clock: Clock, seconds: float, function: Callable[[], T]) -> T:
        """As `call`; raises `DiskHangs` after `seconds`, and the function is then left running.

        While such a one still runs nothing is put behind it: `DiskHangs` at once.
        """
        if self._abandoned:
            raise DiskHangs("the disk has not answered yet")
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._jobs.put((function, future))
        try:
            return await within(clock, seconds, asyncio.shield(future))
        except TimeoutError as error:
            self._abandoned += 1
            future.add_done_callback(self._came_back)
            raise DiskHangs(f"no answer from the disk in {seconds:g} s") from error

    def _came_back(self, future: asyncio.Future[Any]) -> None:
        self._abandoned -= 1
        if not future.cancelled():
            future.exception()  # looked at, so that it is not reported as never retrieved

    def stop(self) -> None:
        """End the thread after what is queued; does not wait."""
        self._jobs.put(None)

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            function, future = job
            try:
                result, error = function(), None
            except Exception as failure:  # handed to whoever asked
                result, error = None, failure
            try:
                future.get_loop().call_soon_threadsafe(_settle, future, result, error)
            except RuntimeError:  # the loop is closed: nobody asks any more
                return
            del job, function, future, result, error  # nothing is kept alive while waiting


def _settle(future: asyncio.Future[Any], result: Any, error: Exception | None) -> None:
    if future.done():
        return
    if error is not None:
        future.set_exception(error)
    else:
        future.set_result(result)


def keeper(disk: DiskThread, clock: Clock, seconds: float = _KEEP_SECONDS) -> Keeper:
    """A `Keeper` that writes in the thread of `disk` and waits at most `seconds` for it."""

    async def keep(work: Callable[[], None]) -> None:
        await disk.call_within(clock, seconds, work)

    return keep
