"""What is known of storage pools (ZFS), as plain facts. Nothing here is judged or read."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PoolDevice:
    """A disk or partition of a pool. `device`: "sda1"; of one that is gone, where it was."""

    device: str
    state: str  # "ONLINE", "FAULTED", "UNAVAIL", "REMOVED", "OFFLINE", "DEGRADED"
    errors: int = 0  # of all kinds
    line: str = ""


@dataclass(frozen=True, slots=True)
class Pool:
    """A pool that is imported. `damaged`: what ZFS says of data that is lost; None = not told."""

    name: str
    state: str
    devices: tuple[PoolDevice, ...] | None = None
    damaged: str | None = None
    line: str = ""
    source: str = "zpool status"


@dataclass(frozen=True, slots=True)
class PoolReading:
    """All pools that are imported."""

    pools: tuple[Pool, ...]
