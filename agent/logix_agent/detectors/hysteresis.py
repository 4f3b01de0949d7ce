"""From sightings to findings: raise after some in a row, clear after more without. Pure.

Not seen is not the same as sound: what a detector could not tell changes nothing, in either direction.

- An early sign that may be old history is only watched, until it grows (`baseline`).
- What does not heal (`debounce.LATCHED`) does not clear while the part is the same.
- What was raised `FLAPS` times within `FLAP_WINDOW` becomes one intermittent finding, from time to time,
  that is settled by `SETTLED` seconds of one verdict: then it stands as what it is, or clears.
- An early sign that was raised and has not grown for `baseline.QUIET` clears, and is watched again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from logix_common.findings import MAX_OPEN_FINDINGS, Event, Evidence

from logix_agent.detectors import baseline
from logix_agent.detectors.debounce import LATCHED, Debounce
from logix_agent.detectors.judgement import Judgement
from logix_agent.detectors.tracks import Key, State, Track, told
from logix_agent.facts import FindingEvent, Sighting

EVIDENCE_PACE: Final = 3_600.0  # seconds between two changes that only bring newer values
FLAPS: Final = 3
FLAP_WINDOW: Final = 86_400.0
SETTLED: Final = 3_600.0
MAX_FLAPPING: Final = 1_000
_WORTH_A_NEW_WORD: Final = ("source", "name", "value", "limit")


@dataclass(frozen=True, slots=True)
class Moment:
    """When a judgement was made, and by which numbers (code, component) it counts."""

    now: float
    new_id: Callable[[], bytes]
    debounce: Callable[[str, str], Debounce]

    def of(self, sighting: Sighting) -> Debounce:
        """The numbers for a fault."""
        return self.debounce(sighting.code, sighting.component)


def step(state: State, judgement: Judgement, moment: Moment) -> tuple[State, list[FindingEvent]]:
    """The state after one fresh judgement, and what became of findings by it."""
    tracks, baselines, raised = dict(state.tracks), dict(state.baselines), dict(state.raised)
    events: list[FindingEvent] = []
    for key in judgement.mended:  # another part: nothing that was known of the old one counts
        baselines.pop(key, None)
        raised.pop(key, None)
        track = tracks.pop(key, None)
        events += [told(Event.CLEARED, track)] if track and track.is_open else []
    sighted = _by_key(judgement.sightings)
    for key, sighting in sighted.items():
        known, before = tracks.get(key), baseline.before(sighting, baselines.get(key))
        if known is None and len(tracks) >= MAX_OPEN_FINDINGS and not _made_room(tracks, sighted):
            continue
        lately = _lately(raised.get(key, ()), moment.now)
        tracks[key], new = _seen(known, sighting, baseline.is_news(sighting, before), moment, len(lately))
        events += new
        after = tracks[key]
        if after.is_open and not after.watched and not (known and known.is_open):
            raised[key] = (*lately, moment.now)[-FLAPS:]
        was_raised = known is not None and known.is_open and not known.watched
        baselines[key] = baseline.after_sighting(before, sighting, raised=was_raised)
    for key in judgement.healthy - sighted.keys():
        baselines.pop(key, None)  # the newest come last
        baselines[key] = 0.0
        if key in tracks:
            left, event = _missed(tracks.pop(key), moment)
            events += [event] if event else []
            if left is not None:
                tracks[key] = left
    return State(tracks, baseline.bounded(baselines, tracks), _bounded(raised, moment.now)), events


def _made_room(tracks: dict[Key, Track], sighted: Mapping[Key, Sighting]) -> bool:
    """Forget a candidate that is not seen now: parts that are gone must not keep new faults out."""
    for key, track in tracks.items():
        if not track.is_open and key not in sighted:
            del tracks[key]
            return True
    return False


def _seen(
    known: Track | None, sighting: Sighting, news: bool, moment: Moment, lately: int
) -> tuple[Track, list[FindingEvent]]:
    """`news`: not old history; `lately`: how often it was raised within the window."""
    if known is None or not known.is_open:
        candidate = Track(sighting, seen=(known.seen if known else 0) + 1)
        if candidate.seen < moment.of(sighting).raise_after:
            return candidate, []
        times = lately + 1 if news and lately + 1 >= FLAPS else 0
        raised = replace(_open(sighting, moment.new_id(), moment.now), watched=not news, intermittent=times)
        return raised, [told(Event.RAISED, raised)]
    if known.intermittent:
        return _seen_again(known, sighting, moment)
    if known.watched and news:
        if known.seen + 1 < moment.of(sighting).raise_after:
            return replace(known, seen=known.seen + 1, missed=0), []
        return _told_anew(known, sighting, moment.now)
    if not known.watched:
        known = replace(known, grown_at=moment.now) if news else known
        if moment.now >= known.grown_at + baseline.QUIET:
            watched = replace(_open(sighting, moment.new_id(), moment.now), watched=True)
            return watched, [told(Event.CLEARED, known), told(Event.RAISED, watched)]
    return _compared(known, sighting, moment)


def _compared(known: Track, sighting: Sighting, moment: Moment) -> tuple[Track, list[FindingEvent]]:
    """A finding that stands as it did, or another severity or other values of it."""
    differing = 0
    if (sighting.severity, sighting.urgent) != (known.sighting.severity, known.sighting.urgent):
        worse = sighting.severity < known.sighting.severity
        needed = moment.of(sighting).raise_after if worse else moment.of(sighting).clear_after
        differing = known.seen + 1
        if differing >= needed:
            return _told_anew(known, sighting, moment.now, watched=known.watched)
    elif _news(known.sighting, sighting) and not known.told_at <= moment.now < known.told_at + EVIDENCE_PACE:
        return _told_anew(known, sighting, moment.now, watched=known.watched)
    return replace(known, seen=differing, missed=0), []


def _seen_again(known: Track, sighting: Sighting, moment: Moment) -> tuple[Track, list[FindingEvent]]:
    """An intermittent fault is there: one that stays is no longer intermittent."""
    turned_at = moment.now if known.missed else known.turned_at
    if moment.now >= turned_at + SETTLED:
        return _told_anew(known, sighting, moment.now)
    return replace(known, sighting=sighting, seen=0, missed=0, turned_at=turned_at), []


def _missed(track: Track, moment: Moment) -> tuple[Track | None, FindingEvent | None]:
    if not track.is_open:
        return None, None
    if track.sighting.code in LATCHED:
        return track, None
    missed = track.missed + 1
    turned_at = track.turned_at if track.missed else moment.now
    flapping = track.intermittent and moment.now < turned_at + SETTLED
    if missed < moment.of(track.sighting).clear_after or flapping:
        return replace(track, missed=missed, seen=0, turned_at=turned_at), None
    return None, told(Event.CLEARED, track)


def _open(sighting: Sighting, finding_id: bytes, now: float) -> Track:
    return Track(sighting, finding_id=finding_id, told_at=now, grown_at=now, turned_at=now)


def _told_anew(
    known: Track, sighting: Sighting, now: float, *, watched: bool = False
) -> tuple[Track, list[FindingEvent]]:
    track = replace(_open(sighting, known.finding_id, now), watched=watched, suppressed=known.suppressed)
    if not watched and not known.watched:
        track = replace(track, grown_at=known.grown_at)
    return track, [told(Event.CHANGED, track)]


def _lately(raised: tuple[float, ...], now: float) -> tuple[float, ...]:
    return tuple(moment for moment in raised if now - FLAP_WINDOW < moment <= now)


def _bounded(raised: Mapping[Key, tuple[float, ...]], now: float) -> dict[Key, tuple[float, ...]]:
    """Only what still counts; a machine with more flapping faults than that has other troubles."""
    lately = ((key, _lately(moments, now)) for key, moments in raised.items())
    return dict([(key, moments) for key, moments in lately if moments][-MAX_FLAPPING:])


def _by_key(sightings: tuple[Sighting, ...]) -> dict[Key, Sighting]:
    """One sighting a key: the worst, where one disk is seen on two paths."""
    found: dict[Key, Sighting] = {}
    for sighting in sightings:
        key = (sighting.part, sighting.code)
        if key not in found or sighting.severity < found[key].severity:
            found[key] = sighting
    return found


def _news(before: Sighting, seen: Sighting) -> bool:
    """Whether the proof is another; the source's own words alone are none."""

    def values(evidence: tuple[Evidence, ...]) -> list[tuple[str, ...]]:
        return [tuple(getattr(entry, name) for name in _WORTH_A_NEW_WORD) for entry in evidence]

    return values(before.evidence) != values(seen.evidence) or before.related_parts != seen.related_parts
