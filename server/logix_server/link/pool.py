"""A few threads for database work that is not the writer's: enrolment and renewal sign certificates."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TypeVar

from django.db import close_old_connections, connections

ResultT = TypeVar("ResultT")


class DatabasePool:
    """Runs blocking functions in threads of its own.

    `keep` keeps a connection in each thread, for what is asked often; without it none is left behind.
    """

    def __init__(self, threads: int = 4, *, keep: bool = False) -> None:
        self._keep = keep
        self._threads = threads
        self._executor = ThreadPoolExecutor(threads, thread_name_prefix="database")

    async def run(self, function: Callable[[], ResultT]) -> ResultT:
        """The result of `function`, or its error."""
        call = _call_kept if self._keep else _call
        return await asyncio.get_running_loop().run_in_executor(self._executor, call, function)

    async def stop(self) -> None:
        """Wait for what runs, then end the threads."""
        if self._keep:
            barrier = threading.Barrier(self._threads)  # so that each thread gets one
            await asyncio.gather(*(self.run(partial(_close, barrier)) for _ in range(self._threads)))
        await asyncio.to_thread(self._executor.shutdown)


def _call(function: Callable[[], ResultT]) -> ResultT:
    try:
        return function()
    finally:
        connections.close_all()


def _call_kept(function: Callable[[], ResultT]) -> ResultT:
    close_old_connections()
    return function()


def _close(barrier: threading.Barrier) -> None:
    connections.close_all()
    barrier.wait()
