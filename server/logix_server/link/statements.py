"""Hands module statements to the streams of this gateway: the newest that a device has not accepted."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial
from typing import Final

from logix_common.clock import Clock

from logix_server.link import replies
from logix_server.link.pool import DatabasePool
from logix_server.link.streams import Registry, Stream
from logix_server.modules import queries
from logix_server.modules.facts import SignedStatement

#: A statement is seen when its transaction ends, and dated when it began.
_OVERLAP: Final = timedelta(seconds=120)


class Statements:
    """Lives on the loop; what is missed is sent when the device connects again."""

    def __init__(self, clock: Clock, reader: DatabasePool, registry: Registry) -> None:
        self._clock = clock
        self._reader = reader
        self._registry = registry
        self._known: dict[str, int] = {}  # stream id: newest counter that its device has or was sent
        self._fresh: set[str] = set()  # streams that were not looked at yet
        self._since = clock.now() - _OVERLAP

    def admitted(self, stream: Stream, counter: int) -> None:
        """A stream whose device has accepted statements up to `counter`."""
        self._known[stream.stream_id] = counter
        self._fresh.add(stream.stream_id)

    async def look(self) -> None:
        """Send what is newer: to fresh streams, and to those whose unit has got another statement."""
        begun, fresh = self._clock.now(), set(self._fresh)
        streams = {stream.stream_id: stream for stream in self._registry.admitted()}
        self._known = {name: counter for name, counter in self._known.items() if name in streams}
        newer = await self._reader.run(partial(_issued, self._since))
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
        self._since = begun - _OVERLAP


def _issued(since: datetime) -> dict[int, int]:
    return queries.issued_since(since)


def _newest(unit_ids: list[int]) -> dict[int, SignedStatement]:
    return queries.newest_for(unit_ids)
