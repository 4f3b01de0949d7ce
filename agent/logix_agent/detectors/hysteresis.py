"""From sightings to findings: raise after some in a row, clear after some without. Pure.

Not seen is not the same as sound: what a detector could not tell changes nothing, in either direction.
`now` is any clock in seconds; only the pace of evidence changes hangs on it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from logix_common.findings import MAX_OPEN_FINDINGS, Component, Event, Evidence

from logix_agent.detectors.judgement import Judgement
from logix_agent.facts import FindingEvent, Sighting

EVIDENCE_PACE: Final = 3_600.0  # seconds between two changes that only bring newer values
_WORTH_A_NEW_WORD: Final = ("source", "name", "value", "limit")

Key = tuple[str, str]  # (part, code)


@dataclass(frozen=True, slots=True)
class Debounce:
    """How many consecutive passes raise, and clear."""

    raise_after: int
    clear_after: int


#: Counters of disks do not flicker; temperatures and space do.
DEBOUNCE: Final[Mapping[str, Debounce]] = {
    Component.DISK: Debounce(2, 3),
    Component.STORAGE_WEAR: Debounce(2, 3),
    Component.RAID: Debounce(2, 3),
    Component.TEMPERATURE: Debounce(4, 10),
    Component.FILESYSTEM: Debounce(3, 4),
    Component.SYSTEM: Debounce(1, 2),
}
DEFAULT_DEBOUNCE: Final = Debounce(2, 3)


@dataclass(frozen=True, slots=True)
class Track:
    """One possible fault: a candidate until `finding_id` is set, then a finding that stands."""

    sighting: Sighting  # as last told; of a candidate, as last seen
    seen: int = 0  # consecutive sightings (candidate), or sightings of another severity (finding)
    missed: int = 0  # consecutive sound verdicts
    finding_id: bytes = b""
    told_at: float = 0.0

    @property
    def is_open(self) -> bool:
        """Whether it was raised."""
        return bool(self.finding_id)


State = Mapping[Key, Track]


def step(
    state: State,
    judgement: Judgement,
    now: float,
    new_id: Callable[[], bytes],
    debounce: Callable[[str], Debounce],
) -> tuple[dict[Key, Track], list[FindingEvent]]:
    """The state after one fresh judgement, and what became of findings by it."""
    after = dict(state)
    events: list[FindingEvent] = []
    sighted = _by_key(judgement.sightings)
    for key, sighting in sighted.items():
        known = after.get(key)
        if known is None and len(after) >= MAX_OPEN_FINDINGS and not _made_room(after, sighted):
            continue
        after[key], event = _seen(known, sighting, now, new_id, debounce(sighting.component))
        events += [event] if event else []
    for key in judgement.healthy - sighted.keys():
        track = after.get(key)
        if track is None:
            continue
        left, event = _missed(track, debounce(track.sighting.component))
        events += [event] if event else []
        if left is None:
            del after[key]
        else:
            after[key] = left
    return after, events


def _made_room(tracks: dict[Key, Track], sighted: Mapping[Key, Sighting]) -> bool:
    """Forget a candidate that is not seen now: parts that are gone must not keep new faults out."""
    for key, track in tracks.items():
        if not track.is_open and key not in sighted:
            del tracks[key]
            return True
    return False


def unsettled(state: State) -> frozenset[str]:
    """Components with something half-way: raised or cleared only by further readings, best soon."""
    return frozenset(
        track.sighting.component
        for track in state.values()
        if track.missed or track.seen or not track.is_open
    )


def standing(state: State) -> list[FindingEvent]:
    """All findings that stand, worst first."""
    found = [_event(Event.RAISED, track, track.sighting) for track in state.values() if track.is_open]
    return sorted(found, key=lambda finding: (finding.severity, finding.part, finding.code))


def _seen(
    known: Track | None, sighting: Sighting, now: float, new_id: Callable[[], bytes], debounce: Debounce
) -> tuple[Track, FindingEvent | None]:
    if known is None or not known.is_open:
        candidate = Track(sighting, seen=(known.seen if known else 0) + 1)
        if candidate.seen < debounce.raise_after:
            return candidate, None
        raised = Track(sighting, finding_id=new_id(), told_at=now)
        return raised, _event(Event.RAISED, raised, sighting)
    differing = 0
    if sighting.severity != known.sighting.severity:
        worse = sighting.severity < known.sighting.severity
        differing = known.seen + 1
        if differing >= (debounce.raise_after if worse else debounce.clear_after):
            return _told_anew(known, sighting, now)
    elif _news(known.sighting, sighting) and not known.told_at <= now < known.told_at + EVIDENCE_PACE:
        return _told_anew(known, sighting, now)
    return replace(known, seen=differing, missed=0), None


def _told_anew(known: Track, sighting: Sighting, now: float) -> tuple[Track, FindingEvent]:
    track = Track(sighting, finding_id=known.finding_id, told_at=now)
    return track, _event(Event.CHANGED, track, sighting)


def _missed(track: Track, debounce: Debounce) -> tuple[Track | None, FindingEvent | None]:
    if not track.is_open:
        return None, None
    missed = track.missed + 1
    if missed < debounce.clear_after:
        return replace(track, missed=missed, seen=0), None
    return None, _event(Event.CLEARED, track, track.sighting)


def _by_key(sightings: tuple[Sighting, ...]) -> dict[Key, Sighting]:
    """One sighting a key: the worst, where one disk is seen on two paths."""
    found: dict[Key, Sighting] = {}
    for sighting in sightings:
        key = (sighting.part, sighting.code)
        if key not in found or sighting.severity < found[key].severity:
            found[key] = sighting
    return found


def _news(told: Sighting, seen: Sighting) -> bool:
    """Whether the proof is another; the source's own words alone are none."""

    def values(evidence: tuple[Evidence, ...]) -> list[tuple[str, ...]]:
        return [tuple(getattr(entry, name) for name in _WORTH_A_NEW_WORD) for entry in evidence]

    return values(told.evidence) != values(seen.evidence) or told.related_parts != seen.related_parts


def _event(event: Event, track: Track, sighting: Sighting) -> FindingEvent:
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
    )
