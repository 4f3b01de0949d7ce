"""The spool of last resort: what no disk would take waits here for the server."""

from __future__ import annotations

import os
from collections.abc import Sequence

from logix_agent.link.spool_facts import Held, Kind, NewEntry, SpooledEntry, to_drop


class MemorySpool:
    """Bounded; drops as the durable spool does, and only then the oldest of what is left.

    Memory is harder a bound than a disk: an appliance that swaps is worse off than one whose oldest
    findings are told by the full state alone.
    """

    def __init__(self, max_bytes: int) -> None:
        self.spool_id = os.urandom(16)
        self._max_bytes = max_bytes
        self._entries: dict[int, NewEntry] = {}
        self._bytes = 0
        self._last_written = 0

    def __len__(self) -> int:
        return len(self._entries)

    @property
    def bytes(self) -> int:
        """What the entries take of the bound."""
        return self._bytes

    def count(self, kind: Kind) -> int:
        """How many entries of `kind` wait."""
        return sum(entry.kind is kind for entry in self._entries.values())

    def put(self, entries: Sequence[NewEntry]) -> int:
        """Take `entries`; the newest sequence. What the bound drops is gone."""
        for entry in entries:
            self._last_written += 1
            self._entries[self._last_written] = entry
            self._bytes += entry.cost
        if self._bytes > self._max_bytes:
            self._shrink()
        return self._last_written

    def batch_after(self, sequence: int, max_bytes: int, max_entries: int) -> list[SpooledEntry]:
        """The oldest entries after `sequence`, at least one where there is one."""
        batch: list[SpooledEntry] = []
        total = 0
        for number, entry in self._entries.items():
            if number <= sequence:
                continue
            total += len(entry.payload)
            if batch and (total > max_bytes or len(batch) >= max_entries):
                break
            batch.append(SpooledEntry(number, entry.payload))
        return batch

    def acknowledge(self, sequence: int) -> None:
        """Forget everything up to `sequence`."""
        for number in [number for number in self._entries if number <= sequence]:
            self._remove(number)

    def _shrink(self) -> None:
        held = [Held(n, e.kind, e.cost, e.finding_id) for n, e in self._entries.items()]
        for number in to_drop(held, self._bytes - self._max_bytes):
            self._remove(number)
        while self._bytes > self._max_bytes and len(self._entries) > 1:
            self._remove(next(iter(self._entries)))

    def _remove(self, number: int) -> None:
        self._bytes -= self._entries.pop(number).cost
