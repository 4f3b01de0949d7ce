"""Possible faults and findings that stand, as values; how a finding is told. Pure.

All times are seconds that the agent has watched: they only go forward, also over restarts and reboots.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from logix_common.findings import MAX_EVIDENCE, Event, Evidence, Severity

from logix_agent.facts import FindingEvent, Sighting

Key = tuple[str, str]  # (part, code)


@dataclass(frozen=True, slots=True)
class Track:
    """One possible fault: a candidate until `finding_id` is set, then a finding that stands."""

    sighting: Sighting  # as last told; of a candidate, as last seen
    seen: int = 0  # consecutive sightings (candidate), or sightings of something else than told (finding)
    missed: int = 0  # consecutive sound verdicts
    finding_id: bytes = b""
    told_at: float = 0.0
    watched: bool = False  # an early sign that may be old history
    grown_at: float = 0.0  # of an early sign that was raised: when it grew last
    intermittent: int = 0  # how often it was raised lately, once that is too often to tell each time
    turned_at: float = 0.0  # of an intermittent one: when it last came or went
    suppressed: bool = False  # came up in a maintenance window: nobody has been told

    @property
    def is_open(self) -> bool:
        """Whether it is a finding, raised or watched."""
        return bool(self.finding_id)


@dataclass(frozen=True, slots=True)
class State:
    """What is known over time. `baselines`: counts that are no news; `raised`: when each was, lately."""

    tracks: Mapping[Key, Track] = field(default_factory=dict)
    baselines: Mapping[Key, float] = field(default_factory=dict)
    raised: Mapping[Key, tuple[float, ...]] = field(default_factory=dict)


INTERMITTENT: Final = "intermittent"


def told(event: Event, track: Track) -> FindingEvent:
    """How a step is told: of an intermittent fault as one from time to time, with how often it came."""
    sighting = track.sighting
    if track.intermittent:
        note = Evidence("logix-agent", INTERMITTENT, f"raised {track.intermittent} times", "in 24 h")
        evidence = (note, *sighting.evidence)[:MAX_EVIDENCE]
        sighting = replace(sighting, severity=Severity.FROM_TIME_TO_TIME, evidence=evidence, urgent=False)
    return FindingEvent(
        event=event,
        finding_id=track.finding_id,
        component=sighting.component,
        part=sighting.part,
        code=sighting.code,
        severity=sighting.severity,
        evidence=sighting.evidence,
        related_parts=sighting.related_parts,
        slot=sighting.slot,
        serial=sighting.serial,
        model=sighting.model,
        watched=track.watched,
        urgent=sighting.urgent,
    )


def standing(state: State) -> list[FindingEvent]:
    """All findings that stand and may be told, watched ones too, worst first."""
    return _worst_first(track for track in state.tracks.values() if track.is_open and not track.suppressed)


def suppressed(state: State) -> list[FindingEvent]:
    """All findings that wait for the end of a maintenance window, worst first."""
    return _worst_first(track for track in state.tracks.values() if track.is_open and track.suppressed)


def unsettled(state: State) -> frozenset[str]:
    """Components with something half-way: raised or cleared only by further readings, best soon."""
    return frozenset(
        track.sighting.component
        for track in state.tracks.values()
        if not track.is_open or track.seen or (track.missed and not track.intermittent)
    )


def _worst_first(tracks: Iterable[Track]) -> list[FindingEvent]:
    found = [told(Event.RAISED, track) for track in tracks]
    return sorted(found, key=lambda finding: (finding.severity, finding.part, finding.code))
