"""Time as a port: everything that asks for the time or waits takes a `Clock`."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """What the two ends need of time."""

    def now(self) -> datetime:
        """The wall clock, timezone-aware UTC. May jump."""

    def monotonic(self) -> float:
        """Seconds that only go forward, also through suspend (CLOCK_BOOTTIME)."""

    async def sleep(self, seconds: float) -> None:
        """Return after `seconds` of monotonic time."""


class SystemClock:
    """The machine's clocks."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.clock_gettime(time.CLOCK_BOOTTIME)

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(max(0.0, seconds))


EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def to_microseconds(moment: datetime) -> int:
    """Microseconds since the epoch of an aware `moment`, exact (no float in between)."""
    delta = moment - EPOCH
    return (delta.days * 86_400 + delta.seconds) * 1_000_000 + delta.microseconds


#: What a datetime can hold; a device's clock is untrusted and may say anything.
MIN_MICROSECONDS = 0
MAX_MICROSECONDS = 253_402_300_799_999_999


def from_microseconds(value: int) -> datetime:
    """The aware UTC moment of `value` microseconds since the epoch, clamped to the years 1970-9999."""
    bounded = min(max(value, MIN_MICROSECONDS), MAX_MICROSECONDS)
    seconds, rest = divmod(bounded, 1_000_000)
    return datetime.fromtimestamp(seconds, UTC).replace(microsecond=rest)
