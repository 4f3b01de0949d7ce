"""How much one device may upload over days, and how often begin. Pure: the caller says what time it is."""

from __future__ import annotations

from typing import Final

from logix_server.link.throttle import Bucket

#: Bytes: a bundle for each of the most tickets of a day, twice, at once; and the same again within two days.
BURST: Final = 320_000_000.0
RATE: Final = BURST / 172_800
#: To begin costs as much as so many bytes: a handshake, a look at the database, a file.
BEGIN_COST: Final = 65_536.0
_REMEMBERED: Final = 20_000


class UploadAllowance:
    """A bucket of bytes for each device; connecting anew gains nothing."""

    def __init__(self) -> None:
        self._devices: dict[str, Bucket] = {}

    def seconds_to_wait(self, device_id: str, size: int, now: float) -> float:
        """0 = go on (`size` bytes are paid for); else how long this device should stay away."""
        bucket = self._devices.get(device_id)
        if bucket is None:
            if len(self._devices) >= _REMEMBERED:
                self._forget(now)
            bucket = self._devices[device_id] = Bucket(RATE, BURST, now)
        cost = size + BEGIN_COST
        wait = bucket.take(cost, now)
        if wait:
            bucket.tokens += cost  # a refused try costs nothing more, or it would never end
        return max(1.0, wait) if wait else 0.0

    def _forget(self, now: float) -> None:
        """Drop full buckets, and where that frees nothing the oldest ones."""
        for device_id in [each for each, bucket in self._devices.items() if bucket.full(now)]:
            del self._devices[device_id]
        if len(self._devices) >= _REMEMBERED:
            oldest = sorted(self._devices, key=lambda each: self._devices[each].touched)
            for device_id in oldest[: _REMEMBERED // 10]:
                del self._devices[device_id]
