"""What units tell: how far their spools are applied, and what they consist of."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from logix_server.fleet.facts import InventoryTold, Position


def advance(positions: Sequence[Position], now: datetime) -> None:
    """Move spool positions forward in the caller's transaction; never lowers one."""
    raise NotImplementedError


def applied(unit_id: int, spool_id: str) -> int:
    """Newest applied sequence of a spool; 0 = none."""
    raise NotImplementedError


def store_inventories(told: Sequence[InventoryTold]) -> int:
    """Keep inventories that differ from the unit's newest one; how many rows were added."""
    raise NotImplementedError


def prune_inventories(now: datetime) -> int:
    """Periodic job: keep the newest inventories of each unit only; how many rows went."""
    raise NotImplementedError
