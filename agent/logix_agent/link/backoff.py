"""How long to wait before the next try to connect. Pure: what happened in, seconds out.

Every delay is random, so that a fleet that lost the same server does not come back as one wave.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from typing import Protocol

#: Doubling further than this only overflows; the cap holds long before.
_MAX_DOUBLINGS = 32


class Rng(Protocol):
    """`random.Random`, or anything as random."""

    def uniform(self, a: float, b: float, /) -> float:
        """A number from `a` to `b`, each as likely."""
        ...


class Ended(Enum):
    """How a try to hold a stream ended."""

    NOT_REACHED = auto()  # no Welcome was seen
    LOST = auto()  # a stream that had been welcomed broke
    REFUSED = auto()  # the server said no, and trying again may help
    REFUSED_FOR_GOOD = auto()  # the server said no with one of reasons.FINAL_REASONS


@dataclass(frozen=True)
class BackoffPolicy:
    """Durations in seconds."""

    first: float = 1.0
    cap: float = 60.0
    stable: float = 60.0  # a stream that stood so long wipes the count of failures
    lost_spread: float = 30.0  # after losing a server that answered: anywhere in so much
    final: float = 4 * 3600.0  # between tries after a refusal for good, plus up to half of it again
    longest_retry_after: float = 24 * 3600.0  # a server may ask for more; this is as far as it is obeyed


@dataclass(frozen=True)
class Attempt:
    """One try: how it ended, how long its stream stood after the Welcome, what the server asked for."""

    ended: Ended
    stood: float = 0.0
    retry_after: float | None = None


@dataclass(frozen=True)
class Wait:
    """The decision: wait `delay` seconds; `failures` goes into the next decision."""

    delay: float
    failures: int


def after(policy: BackoffPolicy, failures: int, attempt: Attempt, rng: Rng) -> Wait:
    """The wait after `attempt`, given the count of `failures` in a row before it.

    Exponential up to the cap, then full jitter on top (so the spread stays as wide as the cap even
    after many failures). A server's `retry_after` is a floor, never a ceiling.
    """
    stable = attempt.ended is Ended.LOST and attempt.stood >= policy.stable
    failed = 0 if stable else min(failures + 1, _MAX_DOUBLINGS)
    if attempt.ended is Ended.REFUSED_FOR_GOOD:
        base = policy.final
        delay = base + rng.uniform(0, base / 2)
    elif stable:
        delay = rng.uniform(0, policy.lost_spread)
    else:
        base = min(policy.cap, policy.first * 2.0 ** (failed - 1))
        delay = base + rng.uniform(0, base)
        if attempt.ended is Ended.LOST:
            delay += rng.uniform(0, policy.lost_spread)
    if attempt.retry_after is not None:
        asked = min(max(attempt.retry_after, 0.0), policy.longest_retry_after)
        delay = max(delay, asked + rng.uniform(0, max(policy.first, asked / 4)))
    return Wait(delay, failed)
