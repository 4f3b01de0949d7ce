"""From what the monitor sees to what waits for the server."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from logix_common.clock import Clock, to_microseconds
from logix_common.findings import Component, Evidence, Severity

from logix_agent.facts import FindingEvent, HealthSample, InventoryFacts, Sighting
from logix_agent.link import report_codec
from logix_agent.link.deadline import woken
from logix_agent.link.reports import Reports
from logix_agent.link.spool_facts import Kind

log = logging.getLogger(__name__)

_CONDITION: Final = "spool"
#: A spool that was begun anew is told as a fault for so long, then as recovered.
_REPLACED_SECONDS: Final = 600.0
#: An inventory that could not be read is asked for again after so long.
_UNREAD_SECONDS: Final = 60.0
_NOTHING: Final = InventoryFacts()


class Watcher(Protocol):
    """What is used of `logix_agent.monitor.Monitor`; see there."""

    async def health(self) -> HealthSample: ...
    async def inventory(self) -> InventoryFacts: ...
    async def findings(self) -> list[FindingEvent]: ...
    async def commit(self) -> None: ...
    def open_findings(self) -> list[FindingEvent]: ...
    def set_condition(self, name: str, sighting: Sighting | None) -> None: ...
    @property
    def state_problem(self) -> str: ...
    @property
    def maintenance(self) -> object | None: ...


@dataclass(frozen=True)
class Intervals:
    """Seconds between looks."""

    health: float
    findings: float
    inventory: float


class Recorder:
    """Each `watch_…` runs for ever as a task of its own: one that hangs does not stop the others."""

    def __init__(
        self, watcher: Watcher, reports: Reports, clock: Clock, boot_id: str, intervals: Intervals
    ) -> None:
        self._watcher = watcher
        self._reports = reports
        self._clock = clock
        self._boot_id = boot_id
        self._intervals = intervals
        self._told: int | None = None
        self._window: object | None = None
        self._inventory_wanted = asyncio.Event()
        self._ailing = False
        self._healed = 0  # of the reports' failures
        self._pass = asyncio.Lock()  # a full state never falls between events and their commit
        self._full_state_wanted = asyncio.Event()
        self._anew = False

    def want_full_state(self) -> None:
        """Have the full state told; asking again while one waits for the server changes nothing."""
        self._full_state_wanted.set()

    async def watch_health(self) -> None:
        """One report each interval, from now on."""
        while True:
            began = self._clock.monotonic()
            sample = await self._watcher.health()
            await self._reports.put([report_codec.health_entry(sample, self._stamp())])
            await self._rest(began, self._intervals.health)

    async def watch_findings(self) -> None:
        """A pass each interval; what it finds waits for the server before the next one."""
        while True:
            began = self._clock.monotonic()
            await self.look()
            await self._rest(began, self._intervals.findings)

    async def watch_inventory(self) -> None:
        """Told at start and when it has changed; looked at anew when a maintenance window begins or ends."""
        while True:
            began = self._clock.monotonic()
            self._inventory_wanted.clear()
            inventory = await self._watcher.inventory()
            if inventory == _NOTHING:  # not a machine without parts: one that does not answer yet
                await self._rest(began, min(self._intervals.inventory, _UNREAD_SECONDS))
                continue
            if hash(inventory) != self._told:  # the facts themselves, thousands of packages, are not kept
                self._told = hash(inventory)
                await self._reports.put([report_codec.inventory_entry(inventory, self._stamp())])
            left = began + self._intervals.inventory - self._clock.monotonic()
            await woken(self._clock, max(left, 1.0), self._inventory_wanted)

    async def watch_full_state(self) -> None:
        """Tell the full state whenever it is wanted."""
        while True:
            await self._full_state_wanted.wait()
            self._full_state_wanted.clear()
            anew, self._anew = self._anew, False
            await self.tell_full_state(anew)

    async def look(self) -> None:
        """One pass of findings, into the spool and committed."""
        async with self._pass:
            fault = self._own_fault()
            if fault is None and (self._ailing or self._healed != self._reports.failures):
                # What went by memory may be told twice, not at all, or before what it follows.
                self._healed, self._anew = self._reports.failures, True
                self.want_full_state()
            self._ailing = fault is not None
            self._watcher.set_condition(_CONDITION, fault)
            events = await self._watcher.findings()
            if self._watcher.maintenance != self._window:
                self._window = self._watcher.maintenance
                self._inventory_wanted.set()
            if events:
                stamp = self._stamp()
                await self._reports.put([report_codec.finding_entry(event, stamp) for event in events])
            await self._watcher.commit()

    async def tell_full_state(self, anew: bool = False) -> str:
        """Put the full state among the reports, unless one waits there already (`anew`: even then).

        One that waits serves as well: whatever changed since then follows it in the spool. Only where
        something went by memory since, in this life or an earlier one, that need not be so.
        """
        if not anew and await self._reports.holds(Kind.FULL_STATE):
            return "a full state already waits to be sent"
        inventory = await self._watcher.inventory()
        async with self._pass:
            findings: Sequence[FindingEvent] = self._watcher.open_findings()
            known = None if inventory == _NOTHING else inventory
            entry = report_codec.full_state_entry(known, findings, self._stamp())
            await self._reports.put([entry])
        return f"{len(findings)} open findings"

    def _own_fault(self) -> Sighting | None:
        """The agent's own store as a fault of the machine."""
        problem, name = self._reports.problem or self._watcher.state_problem, "write"
        if not problem and self._clock.monotonic() - self._reports.replaced_at < _REPLACED_SECONDS:
            problem, name = self._reports.replaced, "damaged, begun anew"
        if not problem:
            return None
        return Sighting(
            component=Component.SYSTEM,
            part="system:spool",
            code="system.spool-unwritable",
            severity=Severity.FROM_TIME_TO_TIME,
            evidence=(Evidence(source="spool", name=name, value="failed", line=problem[:500]),),
        )

    async def _rest(self, began: float, interval: float) -> None:
        """Sleep until `interval` after `began`; a look that took longer is followed by a short rest."""
        left = began + interval - self._clock.monotonic()
        await self._clock.sleep(max(left, min(1.0, interval / 10)))

    def _stamp(self) -> report_codec.Stamp:
        now, boottime = to_microseconds(self._clock.now()), round(self._clock.monotonic() * 1_000_000)
        return report_codec.Stamp(now, boottime, self._boot_id)
