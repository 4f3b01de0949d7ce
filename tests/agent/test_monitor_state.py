"""The monitor's state file: what was written is read again, anything else is refused."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from logix_agent.detectors.memory import Memory
from logix_agent.detectors.parts import KnownPart
from logix_agent.detectors.tracks import State, Track
from logix_agent.facts import FindingEvent, Sighting
from logix_agent.monitor_state import Kept, decoded, encoded
from logix_common.findings import Event, Evidence

EVIDENCE = (Evidence("smartctl /dev/sda", "Current_Pending_Sector", "8", "0", "a line · ü"),)
FAULT = Sighting("disk", "disk:A1", "disk.pending-sectors", 2, EVIDENCE, ("raid:md0",), "sda", "A1", "M")
KEY = (FAULT.part, FAULT.code)
FINDING = b"\x00\xff" * 8
CONTENT = Kept(
    state=State(
        {
            (FAULT.part, FAULT.code): Track(
                FAULT, seen=1, missed=2, finding_id=FINDING, told_at=12.5, watched=True
            )
        },
        {(FAULT.part, FAULT.code): 3.0},
        {(FAULT.part, FAULT.code): (1.0, 12.5)},
    ),
    waiting=(
        FindingEvent(
            event=Event.RAISED,
            finding_id=FINDING,
            component="disk",
            part="disk:A1",
            code="disk.pending-sectors",
            severity=2,
            evidence=EVIDENCE,
            related_parts=("raid:md0",),
            slot="sda",
            serial="A1",
            model="M",
        ),
    ),
    memory=Memory({"sda": "A1"}, {"md0": {"sda1": "A1"}}, {"/var": "/dev/md0"}, {"sel": {"last": "7"}}),
    parts=(KnownPart("disk:A1", "smart", "sda", "A1", "M", removable=True, like="x"),),
    watched=99.5,
    window="ab",
    served=3.5,
)


def test_what_was_written_is_read_again() -> None:
    assert decoded(encoded(CONTENT)) == CONTENT
    assert decoded(encoded(Kept())) == Kept()


@given(st.binary(max_size=60) | st.text(max_size=60).map(str.encode))
def test_garbage_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError):
        decoded(data)


NEWER = ["baselines", "raised", "parts", "watched", "window", "served"]
PLACES = ["version", "tracks", "waiting", "memory", *NEWER]
ANYTHING = (
    st.none()
    | st.integers()
    | st.text(max_size=5)
    | st.lists(st.dictionaries(st.text(max_size=3), st.none()))
)


@given(st.sampled_from(PLACES), ANYTHING)
def test_a_damaged_part_is_refused_or_harmless(place: str, value: object) -> None:
    document = json.loads(encoded(CONTENT))
    document[place] = value
    try:
        read = decoded(json.dumps(document).encode())
    except ValueError:
        return
    assert place != "memory"
    assert value in ([], 1) or place in ("watched", "window", "served")
    assert isinstance(read, Kept)


def test_a_file_of_an_earlier_version_is_read() -> None:
    document = json.loads(encoded(CONTENT))
    for place in NEWER:
        del document[place]
    for name in ("watched", "grown_at", "intermittent", "turned_at", "suppressed"):
        del document["tracks"][0][name]
    read = decoded(json.dumps(document).encode())
    assert read.waiting == CONTENT.waiting
    assert [track.finding_id for track in read.state.tracks.values()] == [FINDING]


def test_a_cut_file_is_refused() -> None:
    data = encoded(CONTENT)
    for length in range(0, len(data) - 1, 7):
        with pytest.raises(ValueError):
            decoded(data[:length])
