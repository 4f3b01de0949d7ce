"""The live streams of this gateway: what is known of each, and how one is told to end."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Generator, Iterator
from typing import Any, Final, Protocol

import grpc
import structlog
from logix_common.errors import Refused
from logix_common.reasons import TOO_SLOW

from logix_server.fleet.facts import LiveStream
from logix_server.link.allowance import Allowance
from logix_server.link.codec import Device
from logix_server.link.submissions import Spool
from logix_server.link.throttle import HELLO_TOKENS, Bucket

HELLO_SECONDS: Final = 10.0
#: Streams that one device may hold at once, also before their Hello and until gRPC is done with them.
MAX_A_DEVICE: Final = 16
#: A stream is over when nothing was heard for so many heartbeats.
MISSED_HEARTBEATS: Final = 3
log = structlog.get_logger(__name__)


class Writer(Protocol):
    """What a stream needs of gRPC; `grpc.aio.ServicerContext` has it."""

    async def write(self, message: Any, /) -> None:
        """Send one message."""


class _Turn:
    """One write under way; awaiting it costs a future only where somebody does."""

    __slots__ = ("_waiter",)

    def __init__(self) -> None:
        self._waiter: asyncio.Future[None] | None = None

    def __await__(self) -> Generator[Any, None, None]:
        if self._waiter is None:
            self._waiter = asyncio.get_running_loop().create_future()
        # Shielded: one waiter that is cancelled must not cancel the others.
        yield from asyncio.shield(self._waiter).__await__()

    def over(self) -> None:
        if self._waiter is not None:
            self._waiter.set_result(None)


class Stream:
    """One device stream. Lives on the loop; times are monotonic seconds of the gateway's clock."""

    __slots__ = (
        "_context",
        "_pushes",
        "_replying",
        "_task",
        "_writing",
        "allowance",
        "bucket",
        "certificate_serial",
        "contested",
        "device",
        "device_id",
        "durable",
        "ending",
        "flushed",
        "gone",
        "heard",
        "memory",
        "opened",
        "pong",
        "rejects",
        "skew_us",
        "stream_id",
        "trust_confirmed",
        "trust_version",
    )

    def __init__(
        self, stream_id: str, device_id: str, certificate_serial: str, context: Writer, now: float
    ) -> None:
        self.stream_id = stream_id
        self.device_id = device_id
        self.certificate_serial = certificate_serial
        self.heard = now
        self.flushed = now
        self.ending: Refused | None = None
        self.contested = False
        self.pong: tuple[bytes, asyncio.Future[bool]] | None = None
        self.device: Device | None = None  # once admitted
        self.allowance: Allowance
        self.bucket: Bucket  # the allowance's, for messages
        self.durable: Spool
        self.memory: Spool
        self.skew_us = 0
        self.trust_version = 0  # of the newest bundle sent
        self.trust_confirmed = 0  # that the device says it holds
        self.opened = False  # handed to the writer: its end must be too
        self.rejects = 0
        self._pushes: set[asyncio.Task[None]] = set()
        self._replying = False
        self.gone = False
        self._context = context
        self._writing: _Turn | None = None
        task = asyncio.current_task()
        assert task is not None
        self._task: asyncio.Task[None] = task

    async def send(self, message: bytes) -> None:
        """Send a reply, from the stream's own task; returns when gRPC has taken it.

        A write is never cancelled: gRPC would not finish it, and takes no final status before.
        """
        await self._turn()
        self._replying = True
        await self._write(message)
        if self.ending is not None:
            raise asyncio.CancelledError

    def push(self, message: bytes) -> None:
        """Send without waiting: one slow device must not hold up the others."""
        task = asyncio.create_task(self._pushed(message))
        self._pushes.add(task)
        task.add_done_callback(self._pushes.discard)

    async def _pushed(self, message: bytes) -> None:
        await self._turn()
        try:
            await self._write(message)
        except (grpc.aio.BaseError, grpc.RpcError, asyncio.InvalidStateError) as error:
            log.info("push lost with its stream", device=self.device_id, error=str(error))

    async def _turn(self) -> None:
        """Wait for the write under way: gRPC allows one at a time."""
        while self._writing is not None:
            await self._writing

    async def _write(self, message: bytes) -> None:
        # A plain future where others must wait, nothing where nobody does: an asyncio.Lock costs every
        # acknowledgement several microseconds.
        self._writing = turn = _Turn()
        try:
            await self._context.write(message)
        except (asyncio.CancelledError, grpc.aio.BaseError):
            self.gone = True  # we do not cancel a write: the device hung up, or the server is stopped
            raise
        finally:
            self._writing, self._replying = None, False
            turn.over()

    async def written(self) -> None:
        """Return once nothing is written any more.

        Where the device does not read that is never: whoever waits is cancelled when it hangs up. Until
        then the stream counts as one of those that its device may hold.
        """
        await self._turn()

    def end(self, refusal: Refused) -> None:
        """Make the stream's own task end with `refusal`; the first one counts."""
        if self.ending is None:
            self.ending = refusal
            if not self._replying:
                self._task.cancel()

    @property
    def live(self) -> LiveStream:
        """This stream as a fact; only once admitted."""
        assert self.device is not None
        return LiveStream(self.device.unit_id, self.stream_id, self.certificate_serial)


class Registry:
    """Every stream that this gateway holds, by stream id; admitted ones by unit too."""

    def __init__(self, rate: float, burst: float) -> None:
        self._rate = max(rate, 0.001)
        self._burst = max(burst, HELLO_TOKENS)
        self._streams: dict[str, Stream] = {}
        self._allowances: dict[str, Allowance] = {}
        self._departed: list[Stream] = []
        self._held: Counter[str] = Counter()

    def __len__(self) -> int:
        return len(self._streams)

    def __iter__(self) -> Iterator[Stream]:
        return iter(list(self._streams.values()))

    def get(self, stream_id: str) -> Stream | None:
        return self._streams.get(stream_id)

    @property
    def held(self) -> int:
        """Streams that take up room: the live ones and those that gRPC has not ended yet."""
        return self._held.total()

    def hold(self, device_id: str) -> bool:
        """Make room for a stream of a device; False where it has too many. `let_go` of each at last."""
        self._held[device_id] += 1
        return self._held[device_id] <= MAX_A_DEVICE

    def let_go(self, device_id: str) -> None:
        """A stream is gone for good."""
        self._held[device_id] -= 1
        if not self._held[device_id]:
            del self._held[device_id]

    def add(self, stream: Stream, now: float) -> None:
        """Take a stream in before its Hello; its device's allowance comes along."""
        allowance = self._allowances.get(stream.device_id)
        if allowance is None:
            allowance = self._allowances[stream.device_id] = Allowance(self._rate, self._burst, now)
        stream.allowance, stream.bucket = allowance, allowance.messages
        self._streams[stream.stream_id] = stream

    def remove(self, stream: Stream) -> None:
        """Forget a stream that has ended; who waits for its pong is told that none will come."""
        self._streams.pop(stream.stream_id, None)
        if stream.heard > stream.flushed:
            self._departed.append(stream)
        if stream.pong and not stream.pong[1].done():
            stream.pong[1].set_result(False)

    def heard_since_flush(self) -> list[Stream]:
        """Streams, live or gone, that were heard since they were last asked for here."""
        found = [stream for stream in (*self._departed, *self.admitted()) if stream.heard > stream.flushed]
        self._departed.clear()
        for stream in found:
            stream.flushed = stream.heard
        return [stream for stream in found if stream.device is not None]

    def admitted(self) -> list[Stream]:
        """Streams whose Hello was answered and that are not told to end."""
        return [s for s in self._streams.values() if s.device is not None and s.ending is None]

    def of_unit(self, unit_id: int) -> list[Stream]:
        return [stream for stream in self.admitted() if stream.device and stream.device.unit_id == unit_id]

    def end_slow(self, now: float, heartbeat_seconds: float) -> int:
        """End streams without a Hello in time or silent for too long; how many."""
        ended = 0
        for stream in self:
            limit = MISSED_HEARTBEATS * heartbeat_seconds if stream.device else HELLO_SECONDS
            if now - stream.heard > limit and stream.ending is None:
                what = "nothing was heard" if stream.device else "no Hello came"
                stream.end(Refused(TOO_SLOW, f"{what} for {limit:.0f} s"))
                ended += 1
        return ended

    def forget_allowances(self, now: float) -> None:
        """Drop what is remembered of devices that are long gone."""
        gone = [device for device, allowance in self._allowances.items() if allowance.forgotten(now)]
        for device in gone:
            del self._allowances[device]
