"""How many enrolments a peer, and everybody together, may try. Pure: the caller says what time it is."""

from __future__ import annotations

from typing import Final

from logix_server.link.throttle import Bucket

_REMEMBERED: Final = 10_000
#: Everybody together may try so many times as much as one address.
_ALL_FACTOR: Final = 50


class Attempts:
    """A bucket for each address and one for all; `minute` tries a minute, the same as burst."""

    def __init__(self, minute: int, now: float) -> None:
        self._minute = float(max(minute, 1))
        self._all = Bucket(self._minute / 60 * _ALL_FACTOR, self._minute * _ALL_FACTOR, now)
        self._peers: dict[str, Bucket] = {}

    def seconds_to_wait(self, address: str, now: float) -> float:
        """0 = go on (the try is counted); else how long this peer should stay away."""
        bucket = self._peers.get(address)
        if bucket is None:
            if len(self._peers) >= _REMEMBERED:
                self._forget(now)
            bucket = self._peers[address] = Bucket(self._minute / 60, self._minute, now)
        if wait := _taken(bucket, now):
            return wait
        return _taken(self._all, now)

    def _forget(self, now: float) -> None:
        """Drop full buckets, and where that frees nothing the oldest ones."""
        oldest = sorted(self._peers, key=lambda address: self._peers[address].touched)
        for address in oldest[: _REMEMBERED // 10]:
            del self._peers[address]
        for address in [a for a, bucket in self._peers.items() if now - bucket.touched > 60]:
            del self._peers[address]


def _taken(bucket: Bucket, now: float) -> float:
    wait = bucket.take(1.0, now)
    if wait:
        bucket.tokens += 1.0  # a refused try costs nothing more, or a storm would never end
        return max(1.0, wait)
    return 0.0
