"""A few threads for database work that is not the writer's: enrolment and renewal sign certificates."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from django.db import connections

ResultT = TypeVar("ResultT")


class DatabasePool:
    """Runs blocking functions; each leaves no connection behind, so that none grows stale."""

    def __init__(self, threads: int = 4) -> None:
        self._executor = ThreadPoolExecutor(threads, thread_name_prefix="database")

    async def run(self, function: Callable[[], ResultT]) -> ResultT:
        """The result of `function`, or its error."""
        return await asyncio.get_running_loop().run_in_executor(self._executor, _call, function)

    async def stop(self) -> None:
        """Wait for what runs, then end the threads."""
        await asyncio.to_thread(self._executor.shutdown)


def _call(function: Callable[[], ResultT]) -> ResultT:
    try:
        return function()
    finally:
        connections.close_all()
