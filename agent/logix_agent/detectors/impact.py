"""What a fault does to this appliance, now: it may be worse than the part alone tells. Pure.

PRI-4 asks whether the system has stopped. A fault that needs a replacement is level 1 where a service that
the appliance is there for has failed beside it, and where it is the only disk's. Not in `replay`: a capture
tells nothing of the appliance around it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final

from logix_common.findings import MAX_EVIDENCE, Component, Evidence, Severity

from logix_agent.facts import ServiceFact, ServiceStatus, Sighting

#: What programs and their data lie on; a service does not fail of a fan.
_CARRIES: Final = frozenset(
    {Component.DISK, Component.RAID, Component.MEMORY, Component.CPU, Component.FILESYSTEM}
)


def felt(
    sightings: Iterable[Sighting], services: Sequence[ServiceFact], disks: frozenset[str]
) -> tuple[Sighting, ...]:
    """The sightings with the level that they have here. `disks`: parts of the fixed disks that are there."""
    failed = [service.name for service in services if service.status is ServiceStatus.FAILED]
    return tuple(_felt(sighting, failed, disks) for sighting in sightings)


def _felt(sighting: Sighting, failed: Sequence[str], disks: frozenset[str]) -> Sighting:
    if sighting.severity != Severity.NEEDS_REPLACEMENT or sighting.early:
        return sighting
    if failed and sighting.component in _CARRIES:
        return _stopped(sighting, Evidence("systemctl", failed[0], "failed", "active"))
    if sighting.component == Component.DISK and disks == {sighting.part}:
        return _stopped(
            sighting, Evidence("logix-agent", "disks", "1", "", "the only disk of this appliance")
        )
    return sighting


def _stopped(sighting: Sighting, why: Evidence) -> Sighting:
    evidence = (*sighting.evidence[: MAX_EVIDENCE - 1], why)
    return replace(sighting, severity=Severity.STOPPED, evidence=evidence, urgent=False)
