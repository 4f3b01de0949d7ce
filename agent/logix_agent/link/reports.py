"""Where reports wait for the server: the durable spool, or memory when no disk would take them."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeVar

from logix_common.clock import Clock
from logix_common.errors import InvalidInput

from logix_agent.link.disk_thread import DiskThread
from logix_agent.link.memory_spool import MemorySpool
from logix_agent.link.spool import Spool, SpoolDamaged, SpoolUnwritable
from logix_agent.link.spool_facts import Kind, NewEntry, SpooledEntry

log = logging.getLogger(__name__)
T = TypeVar("T")

#: A commit takes milliseconds; a disk that needs longer is at fault, and the finding goes by memory.
_DISK_SECONDS: Final = 5.0
#: After a failure the disk is left alone for so long.
_REST_SECONDS: Final = 20.0
_MEMORY_BYTES: Final = 1024 * 1024


@dataclass(frozen=True)
class Waiting:
    """The next entries for the server."""

    entries: list[SpooledEntry]
    from_memory: bool


@dataclass(frozen=True)
class SpoolStand:
    """What a Hello says of the spools."""

    spool_id: bytes
    memory_spool_id: bytes
    last_acknowledged: int
    last_written: int


class Reports:
    """Never raises for the disk's faults: `problem` says what is wrong with it, "" when nothing is."""

    def __init__(self, path: Path, max_bytes: int, clock: Clock, disk: DiskThread) -> None:
        self._path = path
        self._max_bytes = max_bytes
        self._clock = clock
        self._disk = disk
        self._spool: Spool | None = None
        self._memory = MemorySpool(min(_MEMORY_BYTES, max_bytes))
        self._no_spool_id = os.urandom(16)  # said in Hello while there is no durable spool
        self._acknowledged = 0  # of the durable spool; ahead of the file's when the disk takes nothing
        self._handed_out = {False: 0, True: 0}  # newest sequence given to a stream, by from_memory
        self._rest_until = 0.0
        self.problem = ""
        #: How often the disk did not take or give what it should: entries may be out of order or lost.
        self.failures = 0
        #: Why the spool's file was begun anew, or "", and when (monotonic).
        self.replaced, self.replaced_at = "", 0.0
        self._listeners: list[Callable[[], None]] = []

    async def put(self, entries: Sequence[NewEntry]) -> None:
        """Keep `entries` for the server, on the disk if it takes them, else in memory."""
        if self._clock.monotonic() < self._rest_until or not await self._put_durably(entries):
            self.failures += 1
            self._memory.put(entries)
        for listener in self._listeners:
            listener()

    def listen(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Call `listener` whenever something new waits, until the function that this returns is called."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    async def next(self, max_bytes: int, max_entries: int) -> Waiting | None:
        """What to send next: memory first (no crash may take it), then the spool in order. None: nothing."""
        from_memory = self._memory.batch_after(0, max_bytes, max_entries)
        if from_memory:
            self._handed_out[True] = max(self._handed_out[True], from_memory[-1].sequence)
            return Waiting(from_memory, True)
        spool = self._spool
        if spool is None or spool.last_written <= self._acknowledged:
            return None
        after = self._acknowledged
        entries = await self._on_disk(lambda: spool.batch_after(after, max_bytes, max_entries))
        if not entries:
            return None
        self._handed_out[False] = max(self._handed_out[False], entries[-1].sequence)
        return Waiting(entries, False)

    async def acknowledge(self, sequence: int, from_memory: bool) -> None:
        """The server has committed everything up to `sequence`; `InvalidInput` if that was never sent."""
        if sequence > self._handed_out[from_memory]:
            raise InvalidInput("acknowledgement", f"entry {sequence} was never sent")
        if from_memory:
            self._memory.acknowledge(sequence)
            return
        self._acknowledged = max(self._acknowledged, sequence)
        spool = self._spool
        if spool is not None:
            await self._on_disk(lambda: spool.acknowledge(sequence))

    async def applied(self, sequence: int) -> bool:
        """The server has applied so much of the durable spool, it says in its Welcome.

        False: it has applied what this spool never wrote, because the file was put back from an older
        copy. The spool then has a new id, which a new Hello must say.
        """
        if sequence > self.stand().last_written:
            await self._rename()
            return False
        self._handed_out[False] = max(self._handed_out[False], sequence)
        await self.acknowledge(sequence, from_memory=False)
        return True

    async def open(self) -> None:
        """Open the durable spool, if the disk lets us."""
        await self._put_durably(())

    async def holds(self, kind: Kind) -> bool:
        """Whether an entry of `kind` still waits."""
        spool = self._spool
        if self._memory.count(kind):
            return True
        return spool is not None and bool(await self._on_disk(lambda: spool.count(kind)))

    def stand(self) -> SpoolStand:
        """For Hello, and to see whether the durable spool is still the same one."""
        spool = self._spool
        if spool is None:
            return SpoolStand(self._no_spool_id, self._memory.spool_id, 0, 0)
        acknowledged = min(self._acknowledged, spool.last_written)
        return SpoolStand(spool.spool_id, self._memory.spool_id, acknowledged, spool.last_written)

    @property
    def bytes(self) -> int:
        """What waits in the durable spool, as the bound reckons it."""
        return self._spool.bytes if self._spool else 0

    @property
    def in_memory(self) -> int:
        """How many entries wait in memory."""
        return len(self._memory)

    async def close(self) -> None:
        """Close the spool; what waits in memory is lost (the full state of the next start tells it)."""
        if self._spool is not None:
            await self._on_disk(self._spool.close)
            self._spool = None

    async def _rename(self) -> None:
        self._acknowledged = self._handed_out[False] = 0
        if self._spool is None:
            self._no_spool_id = os.urandom(16)
        else:
            await self._on_disk(self._spool.rename)

    async def _put_durably(self, entries: Sequence[NewEntry]) -> bool:
        now = self._clock.now()

        def work() -> Spool:
            spool = self._spool or Spool(self._path, self._max_bytes, now)
            spool.put(entries)
            return spool

        try:
            spool = await self._disk.call_within(self._clock, _DISK_SECONDS, work)
        except (SpoolUnwritable, OSError) as error:
            self._failed(error)
            return False
        if spool is not self._spool:
            self._spool = spool
            self._acknowledged = self._handed_out[False] = spool.last_acknowledged
            if spool.replaced:
                self.replaced, self.replaced_at = spool.replaced, self._clock.monotonic()
        if self.problem:
            log.info("the spool can be written again")
            self.problem = ""
        return True

    async def _on_disk(self, work: Callable[[], T]) -> T | None:
        try:
            return await self._disk.call_within(self._clock, _DISK_SECONDS, work)
        except (SpoolUnwritable, OSError) as error:
            self._failed(error)
            return None

    def _failed(self, error: Exception) -> None:
        if not self.problem:
            log.error("the spool cannot be written; reporting from memory", extra={"problem": str(error)})
        self.problem = str(error)
        self.failures += 1
        if isinstance(error, SpoolDamaged):
            self._spool = None  # the next put opens it anew, moving the broken file aside
            return
        self._rest_until = self._clock.monotonic() + _REST_SECONDS
