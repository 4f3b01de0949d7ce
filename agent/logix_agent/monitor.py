"""Probes, detectors and hysteresis put together: what the link reports."""

from __future__ import annotations

from pathlib import Path

from logix_common.clock import Clock

from logix_agent.config import AgentConfig
from logix_agent.facts import FindingEvent, HealthSample, InventoryFacts, Sighting
from logix_agent.host.commands import Commands
from logix_agent.host.paths import HostPaths


class Monitor:
    """Watches one machine.

    Contract of findings: `findings()` makes a pass and returns the events to spool, after the new
    state with these events is on disk. The caller spools them, then calls `commit()`. What was not
    committed is returned again by the next `findings()`, also after a crash, with the same
    finding_id: nothing is lost, and a repeat is recognised by (finding_id, event).
    """

    def __init__(
        self, config: AgentConfig, paths: HostPaths, commands: Commands, clock: Clock, state_path: Path
    ) -> None:
        raise NotImplementedError

    async def health(self) -> HealthSample:
        """One health report's worth of values; never raises for what the machine lacks."""
        raise NotImplementedError

    async def inventory(self) -> InventoryFacts:
        """What the machine consists of, bounded; compare with the last to see a change."""
        raise NotImplementedError

    async def findings(self) -> list[FindingEvent]:
        """One pass of all detectors: uncommitted events first, then new ones."""
        raise NotImplementedError

    async def commit(self) -> None:
        """The events of the last `findings()` are in the spool (or sent from memory)."""
        raise NotImplementedError

    def open_findings(self) -> list[FindingEvent]:
        """All findings that stand (event RAISED), for the full state."""
        raise NotImplementedError

    def set_condition(self, name: str, sighting: Sighting | None) -> None:
        """A fault of the agent itself (its spool cannot be written), or None when that is over.

        It goes through the same hysteresis at the next `findings()`.
        """
        raise NotImplementedError

    @property
    def state_problem(self) -> str:
        """Why the state could not be kept on disk, or "": findings then live in memory only."""
        raise NotImplementedError
