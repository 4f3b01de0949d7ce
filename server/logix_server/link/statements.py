"""Hands module statements to the streams of this gateway: the newest that a device has not accepted."""

from __future__ import annotations

from collections import deque
from functools import partial
from typing import Final

from logix_common.clock import Clock

from logix_server.link import replies
from logix_server.link.pool import DatabasePool
from logix_server.link.streams import Registry, Stream
from logix_server.modules import queries
from logix_server.modules.facts import SignedStatement

#: Seconds. Rows are numbered when they are written and seen when their transaction ends, which is short.
_OVERLAP: Final = 120.0
#: Rows that are looked at again at the start, where nothing is known of what was under way before.
_FIRST: Final = 1_000


class Statements:
    """Lives on the loop; what is missed is sent when the device connects again."""

    def __init__(self, clock: Clock, reader: DatabasePool, registry: Registry) -> None:
        self._clock = clock
        self._reader = reader
        self._registry = registry
        self._known: dict[str, int] = {}  # stream id: newest counter that its device has or was sent
        self._fresh: set[str] = set()  # streams that were not looked at yet
        #: The newest row and when it was first seen, by our own clock: nobody else's bears on what is sent.
        self._marks: deque[tuple[float, int]] = deque()

    def admitted(self, stream: Stream, counter: int) -> None:
        """A stream whose device has accepted statements up to `counter`."""
        self._known[stream.stream_id] = counter
        self._fresh.add(stream.stream_id)

    async def look(self) -> None:
        """Send what is newer: to fresh streams, and to those whose unit has got another statement."""
        begun, fresh = self._clock.monotonic(), set(self._fresh)
        streams = {stream.stream_id: stream for stream in self._registry.admitted()}
        self._known = {name: counter for name, counter in self._known.items() if name in streams}
        newest, newer = await self._reader.run(partial(_issued, self._since(begun)))
        units = {
            stream.device.unit_id
            for name, stream in streams.items()
            if stream.device
            and (name in fresh or newer.get(stream.device.unit_id, 0) > self._known.get(name, 0))
        }
        statements = await self._reader.run(partial(_newest, sorted(units))) if units else {}
        for name, stream in streams.items():
            statement = statements.get(stream.device.unit_id) if stream.device else None
            if statement is not None and statement.counter > self._known.get(name, 0):
                self._known[name] = statement.counter
                stream.push(
                    replies.module_statement(statement.payload, statement.signature, statement.key_id)
                )
        self._fresh -= fresh
        if not self._marks:
            self._marks.append((begun, max(0, newest - _FIRST)))
        if newest != self._marks[-1][1]:
            self._marks.append((begun, newest))

    def _since(self, now: float) -> int | None:
        """The row up to which all was seen, None at the start."""
        while len(self._marks) > 1 and self._marks[1][0] <= now - _OVERLAP:
            self._marks.popleft()
        return self._marks[0][1] if self._marks else None


def _issued(since: int | None) -> tuple[int, dict[int, int]]:
    newest = queries.newest_row()
    return newest, queries.issued_after(max(0, newest - _FIRST) if since is None else since)


def _newest(unit_ids: list[int]) -> dict[int, SignedStatement]:
    return queries.newest_for(unit_ids)
