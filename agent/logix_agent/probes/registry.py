"""Runs probes, each with its own time limit: one that hangs or crashes is cut off, the others go on.

A blocking probe runs in a thread. A thread stuck in the kernel (a dying disk) cannot be ended: until
it comes back that probe answers "still busy" and is not started again. Who asks while another's reading
is under way gets that one.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Generic, TypeVar

from logix_common.clock import Clock

from logix_agent.probes.readings import CannotTell

log = logging.getLogger(__name__)
ResultT = TypeVar("ResultT")


@dataclass(frozen=True, slots=True)
class Outcome(Generic[ResultT]):
    """The last run of a probe."""

    result: ResultT | CannotTell
    finished: float  # Clock.monotonic
    seconds: float  # how long it took


class Threads:
    """A few threads for what may block, made when they are needed. One that hangs is left behind."""

    def __init__(self, at_once: int, name: str) -> None:
        self._at_once = at_once
        self._name = name
        self._pool = ThreadPoolExecutor(at_once, name)

    def start(self, read: Callable[[], ResultT]) -> asyncio.Future[ResultT]:
        """Have `read` run in a thread."""
        return asyncio.get_running_loop().run_in_executor(self._pool, read)

    def leave_behind(self) -> None:
        """A thread hangs in the kernel: what comes next runs in new ones, the idle ones of old end."""
        self._pool.shutdown(wait=False)
        self._pool = ThreadPoolExecutor(self._at_once, self._name)


class InThread(Generic[ResultT]):
    """A blocking read made awaitable, never more than one at a time."""

    def __init__(self, name: str, read: Callable[[], ResultT], threads: Threads) -> None:
        self._name = name
        self._read = read
        self._threads = threads
        self._work: asyncio.Future[ResultT] | None = None

    @property
    def busy(self) -> bool:
        """Whether a read is under way, or stuck in the kernel."""
        return self._work is not None and not self._work.done()

    async def __call__(self) -> ResultT | CannotTell:
        if self.busy:
            return CannotTell(f"{self._name}: still busy since an earlier reading")
        self._work = self._threads.start(self._read)
        try:
            return await asyncio.shield(self._work)
        except asyncio.CancelledError:
            self._threads.leave_behind()
            raise


class Probe(Generic[ResultT]):
    """One source, read at most every `interval` seconds; `turn` is waited for before the time limit runs."""

    def __init__(
        self,
        name: str,
        read: Callable[[], Awaitable[ResultT | CannotTell]],
        clock: Clock,
        *,
        time_limit: float,
        interval: float = 0.0,
        turn: contextlib.AbstractAsyncContextManager[object] | None = None,
    ) -> None:
        self.name = name
        self.last: Outcome[ResultT] | None = None
        self._read = read
        self._clock = clock
        self._time_limit = time_limit
        self._interval = interval
        self._turn = turn or contextlib.nullcontext()
        self._one = asyncio.Lock()
        self._readings = 0

    @property
    def busy(self) -> bool:
        """Whether a thread still reads: it cannot be ended, and the process ends only with it."""
        return isinstance(self._read, InThread) and self._read.busy

    async def run(self, anew: bool = False) -> tuple[ResultT | CannotTell, bool]:
        """The reading, and whether it is a fresh one; `anew` asks again before the interval is over."""
        readings = self._readings
        async with self._one:
            joined = self._readings != readings
            now = self._clock.monotonic()
            if self.last is not None and (joined or (not anew and now < self.last.finished + self._interval)):
                return self.last.result, joined
            async with self._turn:
                began = self._clock.monotonic()
                result = await self._limited()
            finished = self._clock.monotonic()
            self.last = Outcome(result, finished, finished - began)
            self._readings += 1
            return result, True

    async def _limited(self) -> ResultT | CannotTell:
        try:
            async with asyncio.timeout(self._time_limit):
                return await self._read()
        except TimeoutError:
            log.warning("probe %s: no answer within %g s", self.name, self._time_limit)
            return CannotTell(f"{self.name}: no answer within {self._time_limit:g} s")
        except Exception as error:  # a crash of one probe must not silence the others
            log.exception("probe %s failed", self.name)
            return CannotTell(f"{self.name}: failed ({type(error).__name__})")
