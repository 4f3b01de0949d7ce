"""What the writer is handed, and what it needs of a database."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from typing import Any, Protocol


class Kind(IntEnum):
    """What a queued item asks for, in the order in which a round does them."""

    SUBMISSION = 0
    WRITE = 1
    OPENED = 2
    CLOSED = 3
    READ = 4  # after the round's transaction, outside of it


@dataclass(slots=True, eq=False)
class Item:
    """One thing queued; `future` belongs to the loop and gets the result or the error."""

    kind: Kind
    work: Any
    future: asyncio.Future[Any]
    size: int


class StoreDown(Exception):
    """The database cannot be written now; the same work may succeed later."""


class Store(Protocol):
    """What the writer needs of the database; all is called from its thread."""

    def commit(self, items: Sequence[Item], now: datetime, *, again: bool) -> list[Any]:
        """Do all items in one durable transaction; results in the same order.

        `again`: the outcome of an earlier try is unknown; what was applied by it is not applied twice.
        Raises `StoreDown`, or whatever an item's own fault raises, in both cases with nothing done.
        """

    def commit_singly(self, item: Item, now: datetime) -> Any:
        """Do one item, leaving out and recording those of its parts that cannot be done."""

    def read(self, item: Item, now: datetime) -> Any:
        """Do one reading item."""

    def effects_due(self) -> bool:
        """Whether what was committed may have put effects."""

    def run_effects(self, now: datetime, limit: int) -> int:
        """Run waiting effects, each exactly once; how many were done."""

    def close(self) -> None:
        """Give up the connection; the next call opens another."""


@dataclass(frozen=True)
class Limits:
    """When the writer says no. Seconds, bytes."""

    queued_items: int = 20_000
    queued_bytes: int = 64 * 1_048_576
    patience_seconds: float = 5.0  # so long a failing database is tried again before streams are told
    retry_seconds: float = 0.1  # first pause between tries; doubles up to a second
