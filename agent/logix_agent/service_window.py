"""What those who service the appliance have told: the maintenance window, and parts that they replaced."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from logix_common.clock import Clock, to_microseconds

from logix_agent import maintenance, replaced
from logix_agent.facts import FindingEvent
from logix_agent.maintenance import Window
from logix_agent.probes.readings import CannotTell
from logix_agent.probes.registry import InThread, Threads

log = logging.getLogger(__name__)
_READ_SECONDS: Final = 2.0
#: The seconds served are kept on disk in steps of so many.
_STEP: Final = 60.0


class Service:
    """Whether a window lasts. `key` and `served` are kept with the findings: a restart makes none longer.

    `replaced`: parts said to be replaced, until `applied` has been called: the state that knows it is kept.
    """

    def __init__(
        self,
        folder: Path,
        clock: Clock,
        boot_id: str,
        threads: Threads,
        *,
        key: str = "",
        served: float = 0.0,
    ) -> None:
        self._clock = clock
        self._boot_id = boot_id
        self._folder = folder
        self._read = InThread("service", self._look, threads)
        self._remove = InThread("service", lambda: replaced.remove(folder, self._notes), threads)
        self._notes: tuple[str, ...] = ()
        self.replaced: frozenset[str] = frozenset()
        self._looked_at = clock.monotonic()
        self._kept = (key, served)
        self.window: Window | None = None
        self.key = key
        self.served = served
        self.lasts = False

    async def look(self) -> None:
        """Read the window and reckon its time; what cannot be read stays as it was."""
        read = self.window
        try:
            async with asyncio.timeout(_READ_SECONDS):
                answer = await self._read()
            if not isinstance(answer, CannotTell):  # busy since the last look
                read, told = answer
                self._notes, self.replaced = tuple(told), frozenset(told.values())
        except (OSError, TimeoutError):
            pass
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

    async def applied(self) -> None:
        """What was said of replaced parts is in the state that is kept; it is not to be applied again."""
        if self._notes:
            with contextlib.suppress(OSError, TimeoutError):
                async with asyncio.timeout(_READ_SECONDS):
                    await self._remove()
            self._notes, self.replaced = (), frozenset()

    def _look(self) -> tuple[Window | None, dict[str, str]]:
        return maintenance.read(self._folder), replaced.read(self._folder)

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
