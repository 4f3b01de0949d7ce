"""What one device may bring about over hours and days, whatever it has the right to say in a second. Pure.

A health report costs a row that is deleted after a week. A finding costs a fault, its history, an effect,
perhaps a ticket and a person's night; an inventory costs up to a megabyte. So what a batch brings about is
counted apart from how fast messages come, and so are bytes. Both are debts: a batch is taken as long as
nothing is owed, and what it costs more than there is must be waited for. So a backlog drains, and a
compromised device is worth no more than a noisy one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from logix_server.health.facts import FullStateTold
from logix_server.link.submissions import Submission
from logix_server.link.throttle import FORGET_SECONDS, Bucket

#: With the default of 50 messages a second and 200 at once: 900 findings an hour and 3,000 at once,
#: 2 kB a second and 256 MB at once; an honest device has one finding a week and 60 B a second.
_EVENTS_A_MESSAGE: Final = 1 / 200
_EVENTS_A_BURST: Final = 15
_BYTES_A_MESSAGE: Final = 40
_BYTES_A_BURST: Final = 1_280_000
_INVENTORY: Final = 10.0
_LISTED_AN_EVENT: Final = 100
#: Nobody owes more than can be paid in an hour.
_MOST_OWED_SECONDS: Final = 3_600.0
#: A device that owes is sent away for so long at most, so that it is not taken for silent.
LONGEST_WAIT_SECONDS: Final = 300.0


class Allowance:
    """The buckets of one device; they outlive its streams, so that connecting anew gains nothing."""

    def __init__(self, rate: float, burst: float, now: float) -> None:
        self.messages = Bucket(rate, burst, now)
        self._events = Bucket(rate * _EVENTS_A_MESSAGE, burst * _EVENTS_A_BURST, now)
        self._bytes = Bucket(rate * _BYTES_A_MESSAGE, burst * _BYTES_A_BURST, now)

    def seconds_to_wait(self, brings_events: Callable[[], bool], now: float) -> float:
        """0 = a batch may be looked at, before anything of it is; else how long the device stays away."""
        if self._bytes.tokens >= 0.0 and self._events.tokens >= 0.0:
            return 0.0
        owed = self._bytes.take(0.0, now)
        if brings_events():
            owed = max(owed, self._events.take(0.0, now))
        return min(max(owed, 1.0), LONGEST_WAIT_SECONDS) if owed else 0.0

    def charge(self, told: Submission, size: int, now: float) -> None:
        """Pay for what a batch brings about."""
        self._bytes.owe(size, now, _MOST_OWED_SECONDS)
        if told.events or told.inventories or told.rejected:
            self._events.owe(_weight(told), now, _MOST_OWED_SECONDS)

    def forgotten(self, now: float) -> bool:
        """Whether nothing is left to remember of a device that is long gone."""
        if now - self.messages.touched <= FORGET_SECONDS:
            return False
        return self._events.full(now) and self._bytes.full(now)


def _weight(told: Submission) -> float:
    weight = float(len(told.rejected))
    for event in told.events:
        weight += 1 + len(event.findings) if isinstance(event, FullStateTold) else 1
    for inventory in told.inventories:
        listed = sum(len(part) for part in inventory.content.values() if isinstance(part, list))
        weight += _INVENTORY + listed / _LISTED_AN_EVENT
    return weight
