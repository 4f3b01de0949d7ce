"""When an entry really happened, by the server's clock. Times in µs; pure."""

from __future__ import annotations

from dataclasses import dataclass

#: Clocks of devices may say anything; differences are kept inside a 64-bit column with room to spare.
FARTHEST_US = 2**62


@dataclass(frozen=True, slots=True)
class HelloTimes:
    """What a Hello said of the device's clocks, and when it came in by ours."""

    boot_id: str
    device_us: int
    boottime_us: int
    received_us: int

    @property
    def skew_us(self) -> int:
        """How far the device's wall clock is ahead of ours."""
        return bounded(self.device_us - self.received_us)


def bounded(value: int) -> int:
    """`value`, kept inside what every database column holds."""
    return min(max(value, -FARTHEST_US), FARTHEST_US)


def observed_us(hello: HelloTimes, boot_id: str, device_us: int, boottime_us: int, latest_us: int) -> int:
    """The true moment of an entry, at most `latest_us` and never before 1970.

    Within the boot of the Hello its monotonic clock tells it, whatever the wall clock does meanwhile;
    for an earlier boot the wall clock minus today's skew is the best there is.
    """
    if boot_id in ("", hello.boot_id):
        moment = hello.received_us - (hello.boottime_us - boottime_us)
    else:
        moment = device_us - (hello.device_us - hello.received_us)
    return max(0, min(moment, latest_us))
