"""How much one device may send: a token bucket whose clock is the caller's. Pure."""

from __future__ import annotations

#: So many bytes weigh as much as a message.
BYTES_PER_TOKEN = 16_384
#: A new stream costs a TLS handshake and a transaction: as much as so many messages.
HELLO_TOKENS = 10.0
#: A device that was held back for so many seconds without a break is sent away.
PATIENCE_SECONDS = 60.0
#: A bucket untouched for so long is full again and forgotten.
FORGET_SECONDS = 900.0


class Bucket:
    """Tokens of one device; they outlive its streams, so that connecting anew gains nothing."""

    __slots__ = ("_burst", "_rate", "excess_since", "tokens", "touched")

    def __init__(self, rate: float, burst: float, now: float) -> None:
        self._rate = rate
        self._burst = burst
        self.tokens = burst
        self.touched = now
        self.excess_since: float | None = None  # None = not held back now

    def take(self, cost: float, now: float) -> float:
        """Pay `cost` at monotonic second `now`; returns the seconds to wait before reading on."""
        tokens = self.tokens + (now - self.touched) * self._rate
        tokens = min(tokens, self._burst)
        tokens -= cost
        self.tokens = tokens
        self.touched = now
        if tokens >= 0.0:
            self.excess_since = None
            return 0.0
        if self.excess_since is None:
            self.excess_since = now
        return -tokens / self._rate

    def owe(self, cost: float, now: float, most_seconds: float) -> None:
        """Pay `cost`, into debt where it must be, but never more of it than `most_seconds` bring in."""
        self.take(cost, now)
        self.tokens = max(self.tokens, -most_seconds * self._rate)

    def full(self, now: float) -> bool:
        """Whether nothing was taken that has not come back since."""
        return self.tokens + (now - self.touched) * self._rate >= self._burst

    def exhausted(self, now: float) -> bool:
        """Whether the device was held back without a break for longer than our patience."""
        return self.excess_since is not None and now - self.excess_since > PATIENCE_SECONDS

    def refill_seconds(self) -> float:
        """Seconds until the bucket is full: what the device is told to wait when sent away."""
        return (self._burst - self.tokens) / self._rate
