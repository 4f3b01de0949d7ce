"""The single writer: everything queued is committed in one transaction, then everybody who waited is told.

One thread owns the database connection. A round takes what is queued, so that the more there is the
cheaper each item gets (group commit). Nothing is answered before its commit has returned.
"""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import Callable
from datetime import datetime
from time import perf_counter
from typing import Any, Final, TypeVar, cast

import structlog
from logix_common.clock import Clock
from logix_common.errors import Refused
from logix_common.reasons import STORE_UNAVAILABLE

from logix_server.link.metrics import GatewayMetrics
from logix_server.link.rounds import Item, Kind, Limits, Store, StoreDown

_ROUND_ITEMS: Final = 1_000
_ROUND_BYTES: Final = 16 * 1_048_576
_EFFECTS_A_ROUND: Final = 20

ResultT = TypeVar("ResultT")
log = structlog.get_logger(__name__)


class Ingest:
    """Hands work from the loop to the writer thread and answers back."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        metrics: GatewayMetrics,
        *,
        limits: Limits | None = None,
        on_effects: Callable[[], None] = lambda: None,
        on_death: Callable[[BaseException], None] = lambda _error: None,
    ) -> None:
        self._store = store
        self._clock = clock
        self._metrics = metrics
        self._limits = limits or Limits()
        self._on_effects = on_effects
        self._on_death = on_death
        self._round_since: float | None = None
        self._rounds: queue.SimpleQueue[list[Item] | None] = queue.SimpleQueue()
        # Of the loop alone. One hand-over a round, not one an item: each wakes a thread that then waits
        # for the interpreter's lock, and that costs more than the item itself.
        self._next: list[Item] = []
        self._idle = asyncio.Event()  # no round is with the writer
        self._idle.set()
        self._queued_items = 0
        self._queued_bytes = 0
        self._room = asyncio.Event()
        self._room.set()
        self._stopping = threading.Event()
        self._down_since: float | None = None
        self._effects_waiting = True  # what a former life left is looked for at once
        self._thread = threading.Thread(target=self._run, name="writer", daemon=True)
        self._loop: asyncio.AbstractEventLoop

    def start(self) -> None:
        """Start the thread; call it on the loop."""
        self._loop = asyncio.get_running_loop()
        self._thread.start()

    async def stop(self) -> None:
        """Finish what is queued, then end the thread."""
        self._stopping.set()
        await self._idle.wait()
        self._rounds.put(None)
        await asyncio.to_thread(self._thread.join)

    @property
    def full(self) -> bool:
        """Whether new work must wait (streams) or is turned away (new streams)."""
        return not self._room.is_set()

    @property
    def queued(self) -> int:
        """Items handed over and not answered yet."""
        return self._queued_items

    @property
    def store_is_down(self) -> bool:
        """Whether the last tries to write failed for longer than our patience."""
        down = self._down_since
        return down is not None and self._clock.monotonic() - down >= self._limits.patience_seconds

    @property
    def stuck_seconds(self) -> float:
        """How long the writer has been at its round: a database that answers nothing looks like this."""
        since = self._round_since
        return 0.0 if since is None else self._clock.monotonic() - since

    async def room(self) -> None:
        """Return when there is room: streams wait here before they read on (backpressure)."""
        await self._room.wait()

    def submit(self, kind: Kind, work: Any, size: int = 256) -> asyncio.Future[Any]:
        """Queue `work`; the future ends after the commit. It raises `Refused` when the store is down."""
        future: asyncio.Future[Any] = self._loop.create_future()
        self._queued_items += 1
        self._queued_bytes += size
        limits = self._limits
        if self._queued_bytes > limits.queued_bytes or self._queued_items > limits.queued_items:
            self._room.clear()
        self._next.append(Item(kind, work, future, size))
        if self._idle.is_set():
            self._idle.clear()
            # After this turn of the loop: what its other streams say goes along.
            self._loop.call_soon(self._hand_over)
        return future

    def _hand_over(self) -> None:
        """Give the writer its next round: what waits, up to the bounds of a round."""
        count = size = 0
        for item in self._next[:_ROUND_ITEMS]:
            count += 1
            size += item.size
            if size >= _ROUND_BYTES:
                break
        items, self._next = self._next[:count], self._next[count:]
        self._rounds.put(items)

    async def write(self, function: Callable[[datetime], ResultT]) -> ResultT:
        """Run `function(now)` in the writer's next transaction; returns after its commit."""
        return cast(ResultT, await self.submit(Kind.WRITE, function))

    async def read(self, function: Callable[[datetime], ResultT]) -> ResultT:
        """Run `function(now)` on the writer's connection, outside a transaction."""
        return cast(ResultT, await self.submit(Kind.READ, function))

    # On the writer's thread from here on.

    def _run(self) -> None:
        try:
            while (items := self._take()) is not None:
                self._round_since = self._clock.monotonic()
                if items:
                    self._round(items)
                if self._effects_waiting:
                    self._effects()
                self._round_since = None
            self._store.close()
        except BaseException as error:
            # Nobody would be answered any more, and nobody would know why.
            self._loop.call_soon_threadsafe(self._on_death, error)
            raise

    def _take(self) -> list[Item] | None:
        """The next round, empty when effects wait and nothing else does; None = the end."""
        try:
            return self._rounds.get(block=not self._effects_waiting)
        except queue.Empty:
            return []

    def _round(self, items: list[Item]) -> None:
        items.sort(key=lambda item: item.kind)
        writing = [item for item in items if item.kind is not Kind.READ]
        outcomes: list[tuple[Item, Any]] = []
        if writing:
            self._commit(writing, outcomes)
        for item in items[len(writing) :]:
            try:
                outcomes.append((item, self._store.read(item, self._clock.now())))
            except Exception as error:  # told to whoever asked
                self._store.close()
                outcomes.append((item, error))
        self._effects_waiting = self._effects_waiting or self._store.effects_due()
        self._loop.call_soon_threadsafe(self._resolve, outcomes)

    def _commit(self, items: list[Item], outcomes: list[tuple[Item, Any]]) -> None:
        """Commit `items` together; where one of them is at fault, halve until it stands alone."""
        begun = perf_counter()
        try:
            results = self._persist(items)
        except Refused as error:
            outcomes.extend((item, error) for item in items)
        except Exception as error:
            if len(items) == 1:
                outcomes.append((items[0], self._alone(items[0], error)))
                return
            half = len(items) // 2
            self._commit(items[:half], outcomes)
            self._commit(items[half:], outcomes)
        else:
            self._metrics.committed(len(items), perf_counter() - begun)
            outcomes.extend(zip(items, results, strict=True))

    def _persist(self, items: list[Item]) -> list[Any]:
        """Commit, trying again while the database is away; raises `Refused` when patience ends."""
        again = False
        pause = self._limits.retry_seconds
        while True:
            try:
                results = self._store.commit(items, self._clock.now(), again=again)
            except StoreDown as error:
                self._metrics.database_errors.inc()
                self._store.close()
                again = True
                self._down_since = self._down_since or self._clock.monotonic()
                if self.store_is_down or self._stopping.is_set():
                    log.error("store unavailable", error=str(error), items=len(items))
                    raise Refused(STORE_UNAVAILABLE, "the database cannot be written now") from error
                log.warning("store not writable, trying again", error=str(error))
                self._stopping.wait(pause)
                pause = min(pause * 2, 1.0)
            else:
                self._down_since = None
                return results

    def _alone(self, item: Item, error: Exception) -> Any:
        """The result of an item that cannot be done as it is, or the error it ends with."""
        if item.kind is not Kind.SUBMISSION:
            log.error("work failed", kind=item.kind.name, exc_info=error)
            return error
        try:
            return self._store.commit_singly(item, self._clock.now())
        except StoreDown:
            self._store.close()
            return Refused(STORE_UNAVAILABLE, "the database cannot be written now")
        except Exception as failure:
            log.error("submission failed", unit_id=item.work.unit_id, exc_info=failure)
            return failure

    def _effects(self) -> None:
        try:
            done = self._store.run_effects(self._clock.now(), _EFFECTS_A_ROUND)
        except Exception as error:
            # The jobs role runs what waits, and so does the next round that puts effects.
            log.error("effects failed", exc_info=error)
            self._store.close()
            done = 0
        self._effects_waiting = done > 0  # there are more, or one of them has put another
        if done:
            self._metrics.effects_run.inc(done)
            self._loop.call_soon_threadsafe(self._on_effects)

    # On the loop again.

    def _resolve(self, outcomes: list[tuple[Item, Any]]) -> None:
        if self._next:
            self._hand_over()
        else:
            self._idle.set()
        size = 0
        for item, outcome in outcomes:
            size += item.size
            future = item.future
            if not future.done():
                if isinstance(outcome, BaseException):
                    future.set_exception(outcome)
                else:
                    future.set_result(outcome)
        self._queued_items -= len(outcomes)
        self._queued_bytes -= size
        if not self._room.is_set():
            limits = self._limits
            # Half empty before anybody goes on: or each freed place wakes all who wait.
            if self._queued_bytes * 2 < limits.queued_bytes and self._queued_items * 2 < limits.queued_items:
                self._room.set()
