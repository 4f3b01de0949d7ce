"""The maintenance window as the resident agent lives through it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

from logix_common.clock import Clock, to_microseconds

from logix_agent import maintenance
from logix_agent.facts import FindingEvent
from logix_agent.maintenance import Window
from logix_agent.probes.readings import CannotTell
from logix_agent.probes.registry import InThread

log = logging.getLogger(__name__)
_READ_SECONDS: Final = 2.0
#: The seconds served are kept on disk in steps of so many.
_STEP: Final = 60.0


class Service:
    """Whether a window lasts. `key` and `served` are kept with the findings: a restart makes none longer."""

    def __init__(
        self,
        folder: Path,
        clock: Clock,
        boot_id: str,
        threads: ThreadPoolExecutor,
        *,
        key: str = "",
        served: float = 0.0,
    ) -> None:
        self._clock = clock
        self._boot_id = boot_id
        self._read = InThread("maintenance window", lambda: maintenance.read(folder), threads)
        self._looked_at = clock.monotonic()
        self._kept = (key, served)
        self.window: Window | None = None
        self.key = key
        self.served = served
        self.lasts = False

    async def look(self) -> None:
        """Read the window and reckon its time; what cannot be read stays as it was."""
        try:
            async with asyncio.timeout(_READ_SECONDS):
                read = await self._read()
        except (OSError, TimeoutError):
            read = self.window
        if isinstance(read, CannotTell):  # still busy since the last look
            read = self.window
        now = self._clock.monotonic()
        passed, self._looked_at = max(0.0, now - self._looked_at), now
        self.window = read
        if self.window is None:
            self.lasts = False
            return
        if self.window.key != self.key:
            self.key, self.served = self.window.key, 0.0
        elif self.lasts:
            self.served += passed
        wall = to_microseconds(self._clock.now())
        self.lasts = self.window.left(wall, self._boot_id, now, self.served) > 0
        if not self.lasts:
            self.served = max(self.served, self.window.seconds)  # over is over, whatever the clocks say later

    def has_moved(self) -> bool:
        """Whether more has passed than was kept on disk; the caller keeps it now."""
        key, served = self._kept
        over = self.served > served and not self.lasts
        if key == self.key and self.served < served + _STEP and not over:
            return False
        self._kept = (self.key, self.served)
        return True

    def log(self, events: Iterable[FindingEvent]) -> None:
        """Findings that are kept back, into the agent's own log."""
        for event in events:
            log.info(
                "suppressed by maintenance: %s %s %s (severity %d)",
                event.event,
                event.part,
                event.code,
                event.severity,
            )
