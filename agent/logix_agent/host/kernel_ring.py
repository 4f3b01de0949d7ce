"""The kernel's ring buffer of messages, read record by record (Documentation/ABI/testing/dev-kmsg)."""

from __future__ import annotations

import errno
import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from logix_agent.host.boot import boot_id

DEVICE: Final = Path("/dev/kmsg")
#: Records taken in one pass; a kernel that logs more than that is heard at the next.
MAX_RECORDS: Final = 10_000
MAX_BYTES: Final = 4 * 1_048_576
#: The kernel writes no longer record (CONSOLE_EXT_LOG_MAX); a shorter buffer would be refused.
_RECORD: Final = 8_192
#: How often a pass goes on after the kernel has overwritten what it was about to read.
_MAX_OVERRUNS: Final = 8


@dataclass(frozen=True, slots=True)
class Drawn:
    """Records not read before, oldest first; `lost`: how often older ones were overwritten unread."""

    records: tuple[str, ...]
    lost: int
    uptime: float


class KernelRing:
    """Keeps its place in the buffer from one reading to the next. Never waits."""

    def __init__(self, device: Path = DEVICE) -> None:
        self._device = device
        self._descriptor: int | None = None
        self.boot = boot_id()

    def read(self) -> Drawn | None:
        """What was logged since the last reading; None where the buffer may not be read."""
        if self._descriptor is None:
            try:
                self._descriptor = os.open(self._device, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
            except OSError:
                return None
        records: list[str] = []
        lost = size = 0
        while len(records) < MAX_RECORDS and size < MAX_BYTES and lost < _MAX_OVERRUNS:
            try:
                data = os.read(self._descriptor, _RECORD)
            except BlockingIOError:  # all is read
                break
            except OSError as error:
                if error.errno != errno.EPIPE:  # EPIPE: overwritten; the next read gives the oldest there is
                    self.close()
                    return None if not records else Drawn(tuple(records), lost, self.uptime())
                lost += 1
                continue
            if not data:
                break
            size += len(data)
            records.append(data.decode("utf-8", "replace").partition("\n")[0])
        return Drawn(tuple(records), lost, self.uptime())

    def uptime(self) -> float:
        """Seconds of the clock by which the kernel stamps its records."""
        return time.clock_gettime(time.CLOCK_MONOTONIC)

    def close(self) -> None:
        """Give the device back; the next reading begins anew."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None
