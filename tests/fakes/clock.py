"""A clock that tests move by hand; it implements `logix_common.clock.Clock`."""

from __future__ import annotations

import asyncio
import heapq
import itertools
from datetime import UTC, datetime, timedelta


class FakeClock:
    """Wall and monotonic time stand still until `advance`; `jump` moves the wall clock alone."""

    def __init__(self, start: datetime = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)) -> None:
        self._wall = start
        self._monotonic = 1_000.0
        self._order = itertools.count()
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []

    def now(self) -> datetime:
        return self._wall

    def monotonic(self) -> float:
        return self._monotonic

    async def sleep(self, seconds: float) -> None:
        if seconds <= 0:
            await asyncio.sleep(0)
            return
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self._monotonic + seconds, next(self._order), future))
        await future

    @property
    def sleeping(self) -> int:
        """How many sleepers wait."""
        return sum(not future.done() for _, _, future in self._sleepers)

    def wakes_at(self, monotonic: float) -> bool:
        """Whether a sleeper waits for that very moment."""
        return any(abs(due - monotonic) < 1e-6 and not future.done() for due, _, future in self._sleepers)

    def jump(self, to: datetime) -> None:
        """Set the wall clock, as a dead battery or an NTP step does; sleepers do not notice."""
        self._wall = to

    def move(self, seconds: float) -> None:
        """Let time pass for code that does not sleep."""
        self._wall += timedelta(seconds=seconds)
        self._monotonic += seconds

    async def advance(self, seconds: float) -> None:
        """Let time pass, waking each sleeper at its own moment and letting it run before the next."""
        end = self._monotonic + seconds
        while self._sleepers and self._sleepers[0][0] <= end:
            due, _, future = heapq.heappop(self._sleepers)
            self.move(due - self._monotonic)
            if not future.done():
                future.set_result(None)
            for _ in range(20):
                await asyncio.sleep(0)
        self.move(end - self._monotonic)
