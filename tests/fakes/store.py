"""A database that a test breaks and mends; it implements `logix_server.link.rounds.Store`."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from logix_server.link.rounds import Item, Kind, StoreDown


class FakeStore:
    """Keeps what was committed; `down` refuses everything, `poison` names work that cannot be done."""

    def __init__(self) -> None:
        self.rounds: list[list[Any]] = []
        self.singly: list[Any] = []
        self.down = False
        self.fail_after_commit = 0  # so many commits succeed but say that they did not
        self.poison: set[Any] = set()
        self.effects = 0
        self.closed = 0
        self.gate = threading.Event()
        self.gate.set()
        self.tries = 0
        self.asked = 0  # rounds that arrived, also those that wait at the gate

    @property
    def committed(self) -> list[Any]:
        return [work for done in self.rounds for work in done]

    def commit(self, items: Sequence[Item], now: datetime, *, again: bool) -> list[Any]:
        self.asked += 1
        self.gate.wait()
        self.tries += 1
        if self.down:
            raise StoreDown("database is locked")
        if bad := [item.work for item in items if item.work in self.poison]:
            raise ValueError(f"cannot store {bad}")
        work = [item.work for item in items if not (again and item.work in self.committed)]
        self.rounds.append(work)
        if self.fail_after_commit:
            self.fail_after_commit -= 1
            raise StoreDown("connection lost in COMMIT")
        return [item.work if item.kind is not Kind.WRITE else item.work(now) for item in items]

    def commit_singly(self, item: Item, now: datetime) -> Any:
        self.singly.append(item.work)
        return "singly"

    def read(self, item: Item, now: datetime) -> Any:
        function: Callable[[datetime], Any] = item.work
        return function(now)

    def effects_due(self) -> bool:
        return bool(self.effects)

    def run_effects(self, now: datetime, limit: int) -> int:
        done = min(self.effects, limit)
        self.effects -= done
        return done

    def close(self) -> None:
        self.closed += 1
