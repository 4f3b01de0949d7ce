"""What the time is by the server's clock. Pure: the appliance's own wall clock is never asked."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ServerTime:
    """The server's clock as it was told at a moment of our own monotonic clock (seconds)."""

    told_us: int
    heard_at: float

    def at(self, monotonic: float) -> int:
        """The server's time in µs at `monotonic`; never before what was told."""
        return self.told_us + max(0, round((monotonic - self.heard_at) * 1_000_000))


def latest(known: ServerTime | None, monotonic: float, wall_us: int, last_known_us: int) -> int:
    """The best guess in µs: the server's word carried on; else the later of wall clock and last word."""
    if known is not None:
        return known.at(monotonic)
    return max(wall_us, last_known_us)
