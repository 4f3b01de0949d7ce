"""The kernel's ring buffer of messages, read record by record (Documentation/ABI/testing/dev-kmsg)."""

from __future__ import annotations

import errno
import os
import time
from collections import deque
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from logix_agent.host.boot import boot_id

DEVICE: Final = Path("/dev/kmsg")
#: Records held at once; a kernel that logs more than that is heard at the next pass.
MAX_RECORDS: Final = 10_000
MAX_BYTES: Final = 4 * 1_048_576
#: The kernel writes no longer record (CONSOLE_EXT_LOG_MAX); a shorter buffer would be refused.
_RECORD: Final = 8_192
#: How often a pass goes on after the kernel has overwritten what it was about to read.
_MAX_OVERRUNS: Final = 8
#: Readings for the newest records: more than any buffer holds, and an end where the kernel logs without one.
_MAX_READINGS: Final = 200


@dataclass(frozen=True, slots=True)
class Drawn:
    """Records that nobody has settled, oldest first; `lost`: how often older ones were overwritten unread.

    `upto`: what `KernelRing.settle` takes once they are judged.
    """

    records: tuple[str, ...]
    lost: int
    uptime: float
    upto: int = 0


class KernelRing:
    """Keeps its place in the buffer from one reading to the next. Never waits.

    The kernel gives each record once: so every reading gives again what was read before, until it is settled.
    A reader that is cut off, or fails, loses nothing; the kernel keeps what finds no room here.
    """

    def __init__(self, device: Path = DEVICE) -> None:
        self._device = device
        self._descriptor: int | None = None
        self._held: list[str] = []
        self._settled = 0
        self._lost = 0
        self._newest = -1  # the kernel's number of the last record that was taken
        self.boot = boot_id()

    def read(self) -> Drawn | None:
        """What was logged and is not settled; None where the buffer may not be read and nothing is held."""
        if self._descriptor is None:
            try:
                self._descriptor = os.open(self._device, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
            except OSError:
                return self._drawn() if self._held else None
        opened = self._draw(self._descriptor)
        if not opened:
            self.close()
        return self._drawn() if opened or self._held else None

    def newest(self, most: int) -> tuple[tuple[str, ...], bool] | None:
        """The last `most` records, and whether there were more; None where the buffer may not be read.

        All that is there is taken and settled: for a ring of one's own.
        """
        kept: deque[str] = deque(maxlen=most)
        seen, drawn = 0, self.read()
        if drawn is None:
            return None
        for _ in range(_MAX_READINGS):
            if drawn is None or not drawn.records:
                break
            kept.extend(drawn.records)
            seen += len(drawn.records)
            self.settle(drawn.upto)
            drawn = self.read()
        return tuple(kept), seen > len(kept)

    def settle(self, upto: int) -> None:
        """All that a reading gave is judged and remembered: it is not given again."""
        del self._held[: max(0, upto - self._settled)]
        self._settled = max(self._settled, upto)
        self._lost = 0

    def _draw(self, descriptor: int) -> bool:
        """Take what is there, within bounds; False where the device is of no use any more."""
        size = sum(map(len, self._held))
        for _ in range(MAX_RECORDS):
            if len(self._held) >= MAX_RECORDS or size >= MAX_BYTES or self._lost >= _MAX_OVERRUNS:
                break
            try:
                data = os.read(descriptor, _RECORD)
            except BlockingIOError:  # all is read
                break
            except OSError as error:
                if error.errno != errno.EPIPE:  # EPIPE: overwritten; the next read gives the oldest there is
                    return False
                self._lost += 1
                continue
            if not data:
                break
            size += len(data)
            self._take(data.decode("utf-8", "replace").partition("\n")[0])
        return True

    def _take(self, record: str) -> None:
        """Hold a record, unless it was taken before the device was opened anew."""
        fields = record.partition(";")[0].split(",")
        number = int(fields[1]) if len(fields) > 2 and fields[1].isdecimal() else None
        if number is None or number > self._newest:
            self._held.append(record)
            self._newest = self._newest if number is None else number

    def _drawn(self) -> Drawn:
        return Drawn(tuple(self._held), self._lost, self.uptime(), self._settled + len(self._held))

    def uptime(self) -> float:
        """Seconds of the clock by which the kernel stamps its records."""
        return time.clock_gettime(time.CLOCK_MONOTONIC)

    def close(self) -> None:
        """Give the device back; the next reading opens it anew, and passes over what was taken before."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None
