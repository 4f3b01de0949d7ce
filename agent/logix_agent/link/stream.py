"""One stream to the server: Hello and Welcome, then reports out and orders in, until it ends.

One batch is under way at a time and the next waits for its acknowledgement: at the server a batch is
one commit, and more under way would only wait there.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from grpc import aio
from logix_common.clock import Clock, to_microseconds
from logix_common.errors import InvalidInput
from logix_common.identifiers import PROTOCOL_MAX, PROTOCOL_MIN

from logix_agent.link import codec
from logix_agent.link.channel import Disconnected, reach, why_ended
from logix_agent.link.deadline import within, woken
from logix_agent.link.reports import Reports
from logix_agent.link.spool_facts import SpooledEntry

log = logging.getLogger(__name__)

ACK_SECONDS: Final = 60.0
WRITE_SECONDS: Final = 60.0
#: Heartbeats without a word from the server before the link counts as dead.
_SILENT_BEATS: Final = 3
_MAX_BATCH_BYTES: Final = 512 * 1024
_MAX_BATCH_ENTRIES: Final = 500
#: A server's bound on a batch is three quarters of its bound on a message; an entry may fill that.
_ENTRY_SHARE: Final = 1.3
_MAX_QUEUED: Final = 256


@dataclass(frozen=True)
class _UnderWay:
    """A batch that waits for its acknowledgement."""

    last: int
    from_memory: bool
    due: float


class Stream:
    """Reports what waits; hands everything but acknowledgements and pings to `handler`."""

    def __init__(
        self,
        channel: aio.Channel,
        clock: Clock,
        reports: Reports,
        handler: Callable[[codec.ServerFacts], None],
        heartbeat_seconds: float,
    ) -> None:
        self._channel = channel
        self._clock = clock
        self._reports = reports
        self._handler = handler
        self._beat = heartbeat_seconds
        self._call: Any = None  # gRPC's call; its type is generic in what it cannot say
        self._queue: deque[bytes] = deque(maxlen=_MAX_QUEUED)
        self._wake = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()
        self._paused = False
        self._under_way: _UnderWay | None = None
        self._heard = self._spoke = clock.monotonic()
        self._batch_bytes, self._batch_entries = _MAX_BATCH_BYTES, _MAX_BATCH_ENTRIES
        self._spool_id = b""

    async def open(self, hello: codec.HelloFacts, seconds: float) -> codec.WelcomeFacts:
        """Connect and be welcomed. Raises `NotReached`, `Disconnected`, `Refused`."""
        await reach(self._channel, self._clock, seconds)
        self._spool_id = hello.spool_id
        self._call = self._channel.stream_stream(codec.CONNECT)()
        try:
            await within(self._clock, seconds, self._call.write(codec.hello(hello)))
            message = await within(self._clock, seconds, self._read())
        except TimeoutError:
            raise Disconnected(f"no welcome within {seconds:g} s") from None
        except (aio.AioRpcError, asyncio.InvalidStateError) as error:
            raise await self._failure(error) from error
        if not isinstance(message, codec.WelcomeFacts):
            raise Disconnected(f"the server's first message is {type(message).__name__}, not a welcome")
        self._take(message)
        return message

    async def serve(self) -> None:
        """Report and obey until the stream ends; never returns. Raises `Disconnected` or `Refused`."""
        stop_listening = self._reports.listen(self._wake.set)
        tasks = [asyncio.ensure_future(self._reading()), asyncio.ensure_future(self._writing())]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        except (aio.AioRpcError, asyncio.InvalidStateError) as error:
            raise await self._failure(error) from error
        except TimeoutError:
            raise Disconnected("the server does not take what is sent") from None
        finally:
            stop_listening()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        raise Disconnected("the stream ended")

    def say(self, message: bytes) -> None:
        """Send `message` before any further report."""
        self._queue.append(message)
        self._wake.set()

    async def pause(self, seconds: float) -> None:
        """Send no further reports; return when none is under way, or after `seconds`."""
        self._paused = True
        await woken(self._clock, seconds, self._idle)

    def resume(self) -> None:
        """Send reports again."""
        self._paused = False
        self._wake.set()

    async def drain(self, seconds: float) -> None:
        """Return when all that waits was acknowledged, or after `seconds`."""
        end = self._clock.monotonic() + seconds
        while self._clock.monotonic() < end:
            if self._under_way is None and await self._reports.next(1, 1) is None:
                return
            await woken(self._clock, min(0.2, end - self._clock.monotonic()), asyncio.Event())

    async def close(self) -> None:
        """End the stream and its channel."""
        if self._call is not None:
            self._call.cancel()
        with contextlib.suppress(asyncio.CancelledError, Exception):
            await self._channel.close()

    def _take(self, welcome: codec.WelcomeFacts) -> None:
        if not PROTOCOL_MIN <= welcome.protocol <= PROTOCOL_MAX:
            raise Disconnected(
                f"the server chose protocol {welcome.protocol}, which this agent does not speak"
            )
        if welcome.heartbeat_seconds:
            self._beat = float(min(max(welcome.heartbeat_seconds, 1), 3600))
        self._batch_bytes = min(welcome.max_batch_bytes or _MAX_BATCH_BYTES, _MAX_BATCH_BYTES)
        self._batch_entries = min(welcome.max_batch_entries or _MAX_BATCH_ENTRIES, _MAX_BATCH_ENTRIES)
        self._heard = self._spoke = self._clock.monotonic()

    async def _read(self) -> codec.ServerFacts:
        data = await self._call.read()
        if data is aio.EOF:
            await self._call.code()
            raise await self._failure(None)
        self._heard = self._clock.monotonic()
        try:
            return codec.server_message(data)
        except InvalidInput as error:
            raise Disconnected(f"the server sent garbage: {error}") from error

    async def _reading(self) -> None:
        while True:
            message = await self._read()
            if isinstance(message, codec.AckFacts):
                await self._acknowledged(message)
            elif isinstance(message, codec.PingFacts):
                self.say(codec.pong(message.nonce))
                continue
            self._handler(message)

    async def _acknowledged(self, ack: codec.AckFacts) -> None:
        try:
            await self._reports.acknowledge(ack.sequence, ack.from_memory)
        except InvalidInput as error:
            raise Disconnected(str(error)) from error
        waiting = self._under_way
        if waiting and waiting.from_memory is ack.from_memory and waiting.last <= ack.sequence:
            self._under_way = None
            self._idle.set()
            self._wake.set()

    async def _writing(self) -> None:
        while True:
            self._wake.clear()
            while self._queue:
                await self._write(self._queue.popleft())
            if self._under_way is None and not self._paused and await self._send_reports():
                continue
            now = self._clock.monotonic()
            if now >= self._spoke + self._beat:
                await self._write(codec.heartbeat(to_microseconds(self._clock.now()), round(now * 1_000_000)))
            self._check_alive(now)
            due = self._spoke + self._beat
            if self._under_way is not None:
                due = min(due, self._under_way.due)
            await woken(self._clock, max(0.0, due - self._clock.monotonic()), self._wake)

    async def _send_reports(self) -> bool:
        waiting = await self._reports.next(self._batch_bytes, self._batch_entries)
        if self._reports.stand().spool_id != self._spool_id:
            raise Disconnected("the spool was begun anew; connecting again to say so")
        if waiting is None:
            return False
        entries = [self._fitting(entry) for entry in waiting.entries]
        last = entries[-1].sequence
        self._under_way = _UnderWay(last, waiting.from_memory, self._clock.monotonic() + ACK_SECONDS)
        self._idle.clear()
        await self._write(codec.batch(entries, waiting.from_memory))
        return True

    def _fitting(self, entry: SpooledEntry) -> SpooledEntry:
        """An entry that this server can never take is sent empty: it would block its spool for ever."""
        if len(entry.payload) <= self._batch_bytes * _ENTRY_SHARE:
            return entry
        size = {"sequence": entry.sequence, "bytes": len(entry.payload)}
        log.error("an entry is larger than the server takes, and is left out", extra=size)
        return SpooledEntry(entry.sequence, b"")

    def _check_alive(self, now: float) -> None:
        if self._under_way is not None and now >= self._under_way.due:
            raise Disconnected(f"no acknowledgement within {ACK_SECONDS:g} s")
        if now - self._heard > max(_SILENT_BEATS * self._beat, ACK_SECONDS):
            raise Disconnected("the server is silent")

    async def _write(self, message: bytes) -> None:
        await within(self._clock, WRITE_SECONDS, self._call.write(message))
        self._spoke = self._clock.monotonic()

    async def _failure(self, error: BaseException | None) -> Exception:
        return await why_ended(self._call, error)
