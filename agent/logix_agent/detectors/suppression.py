"""Findings in a maintenance window: kept back while it lasts, told if they still stand at its end. Pure."""

from __future__ import annotations

from dataclasses import replace

from logix_common.findings import Event

from logix_agent.detectors.tracks import State, told
from logix_agent.facts import FindingEvent


def held_back(
    before: State, after: State, events: list[FindingEvent]
) -> tuple[State, list[FindingEvent], list[FindingEvent]]:
    """A step within a window: the state, what is told all the same, and what is suppressed.

    What was told before goes on being so: its end is told, its changes wait. What comes up is kept back.
    """
    tracks = dict(after.tracks)
    passed: list[FindingEvent] = []
    suppressed: list[FindingEvent] = []
    for event in events:
        key = (event.part, event.code)
        known = before.tracks.get(key)
        was_told = known is not None and known.is_open and not known.suppressed
        if event.event is Event.CLEARED and was_told:
            passed.append(event)
            continue
        suppressed.append(event)
        track = tracks.get(key)
        if track is None or event.event is Event.CLEARED:
            continue
        if event.event is Event.RAISED:
            tracks[key] = replace(track, suppressed=True)
        elif was_told and known is not None:
            tracks[key] = known
    return replace(after, tracks=tracks), passed, suppressed


def released(state: State) -> tuple[State, list[FindingEvent]]:
    """The window is over: what was kept back and still stands is raised."""
    tracks = {
        key: replace(track, suppressed=False) if track.suppressed else track
        for key, track in state.tracks.items()
    }
    events = [
        told(Event.RAISED, tracks[key])
        for key, track in state.tracks.items()
        if track.suppressed and track.is_open
    ]
    return replace(state, tracks=tracks), events
