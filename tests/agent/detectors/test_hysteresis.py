"""Raise, change, clear: and what leaves everything as it is."""

from __future__ import annotations

import itertools
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st
from logix_agent.detectors.debounce import Debounce
from logix_agent.detectors.hysteresis import Moment, step
from logix_agent.detectors.judgement import Judgement
from logix_agent.detectors.tracks import State, standing, unsettled
from logix_agent.facts import FindingEvent, Sighting
from logix_common.findings import MAX_OPEN_FINDINGS, Event, Evidence

FAULT = Sighting("disk", "disk:A1", "disk.pending-sectors", 2, (Evidence("smartctl", "pending", "8"),))


def told(value: str, line: str = "") -> Judgement:
    """The fault with another value in its proof."""
    return Judgement((replace(FAULT, evidence=(Evidence("smartctl", "pending", value, line=line),)),))


KEY = (FAULT.part, FAULT.code)
SEEN = Judgement((FAULT,))
SOUND = Judgement(healthy=frozenset({KEY}))
NOTHING = Judgement()
USUAL = Debounce(2, 3)


class Machine:
    """Feeds judgements one after another, a minute apart."""

    def __init__(self, debounce: Debounce = USUAL) -> None:
        self.state = State()
        self.now = 5_000.0
        self.debounce = debounce
        self._ids = (number.to_bytes(16, "big") for number in itertools.count(1))

    def feed(self, *judgements: Judgement, apart: float = 60.0) -> list[FindingEvent]:
        events: list[FindingEvent] = []
        for judgement in judgements:
            self.now += apart
            moment = Moment(self.now, lambda: next(self._ids), lambda _code, _component: self.debounce)
            self.state, new = step(self.state, judgement, moment)
            events += new
        return events


def kinds(events: list[FindingEvent]) -> list[Event]:
    return [event.event for event in events]


def test_raised_at_the_second_sighting_and_only_once() -> None:
    machine = Machine()
    assert machine.feed(SEEN) == []
    assert kinds(machine.feed(SEEN, SEEN, SEEN)) == [Event.RAISED]


def test_one_sound_verdict_starts_the_count_anew() -> None:
    assert Machine().feed(SEEN, SOUND, SEEN, SOUND, SEEN) == []


def test_cleared_at_the_third_sound_verdict_in_a_row_under_the_same_id() -> None:
    machine = Machine()
    (raised,) = machine.feed(SEEN, SEEN)
    assert machine.feed(SOUND, SOUND, SEEN, SOUND, SOUND) == []
    (cleared,) = machine.feed(SOUND)
    assert (cleared.event, cleared.finding_id) == (Event.CLEARED, raised.finding_id)
    assert machine.state.tracks == {}


def test_cannot_tell_neither_raises_nor_clears() -> None:
    machine = Machine()
    assert machine.feed(SEEN, NOTHING, NOTHING, NOTHING) == []
    assert kinds(machine.feed(SEEN)) == [Event.RAISED]
    assert machine.feed(*[NOTHING] * 50) == []
    assert machine.feed(SOUND, NOTHING, SOUND) == []
    assert kinds(machine.feed(SOUND)) == [Event.CLEARED]


def test_coming_back_after_it_cleared_is_another_finding() -> None:
    machine = Machine(Debounce(1, 1))
    first, _, second = machine.feed(SEEN, SOUND, SEEN)
    assert first.finding_id != second.finding_id


def test_a_worse_severity_is_told_when_it_stays() -> None:
    machine = Machine()
    machine.feed(SEEN, SEEN)
    worse = Judgement((replace(FAULT, severity=1),))
    assert machine.feed(worse, SEEN, worse) == []
    (changed,) = machine.feed(worse)
    assert (changed.event, changed.severity) == (Event.CHANGED, 1)


def test_a_milder_severity_takes_as_long_as_clearing() -> None:
    machine = Machine()
    machine.feed(SEEN, SEEN)
    milder = Judgement((replace(FAULT, severity=3),))
    assert machine.feed(milder, milder) == []
    assert [event.severity for event in machine.feed(milder)] == [3]


def test_a_growing_counter_is_told_once_an_hour() -> None:
    machine = Machine(Debounce(1, 1))
    machine.feed(SEEN)
    ticks = [told(str(9 + tick)) for tick in range(180)]
    assert kinds(machine.feed(*ticks, apart=60.0)) == [Event.CHANGED] * 3


def test_other_words_for_the_same_values_are_no_change() -> None:
    machine = Machine(Debounce(1, 1))
    machine.feed(SEEN)
    reworded = told("8", line="new words")
    assert machine.feed(reworded, apart=7_200.0) == []


def test_a_clock_that_was_reset_by_a_reboot_does_not_silence_changes() -> None:
    machine = Machine(Debounce(1, 1))
    machine.feed(SEEN)
    machine.now = 0.0
    other = told("99")
    assert kinds(machine.feed(other)) == [Event.CHANGED]


def test_the_worst_of_two_paths_to_one_disk_counts() -> None:
    machine = Machine(Debounce(1, 1))
    (raised,) = machine.feed(Judgement((replace(FAULT, severity=3), FAULT)))
    assert raised.severity == 2


def test_what_is_half_way_is_unsettled() -> None:
    machine = Machine()
    machine.feed(SEEN)
    assert unsettled(machine.state) == {"disk"}
    machine.feed(SEEN)
    assert unsettled(machine.state) == frozenset()
    machine.feed(SOUND)
    assert unsettled(machine.state) == {"disk"}


def test_the_number_of_possible_faults_is_bounded() -> None:
    machine = Machine(Debounce(1, 1))
    many = tuple(replace(FAULT, part=f"disk:{number}") for number in range(5_000))
    assert len(machine.feed(Judgement(many))) == len(machine.state.tracks) == 1_000


@given(st.lists(st.sampled_from([SEEN, SOUND, NOTHING]), max_size=60), st.integers(1, 4), st.integers(1, 4))
def test_every_finding_is_raised_once_and_cleared_at_most_once(
    judgements: list[Judgement], raise_after: int, clear_after: int
) -> None:
    machine = Machine(Debounce(raise_after, clear_after))
    events = machine.feed(*judgements)
    by_id: dict[bytes, list[Event]] = {}
    for event in events:
        by_id.setdefault(event.finding_id, []).append(event.event)
    assert all(told[0] is Event.RAISED and told.count(Event.RAISED) == 1 for told in by_id.values())
    assert all(Event.CLEARED not in told[:-1] for told in by_id.values())
    still_open = [told for told in by_id.values() if told[-1] is not Event.CLEARED]
    assert len(still_open) == len(standing(machine.state)) <= 1


def test_candidates_that_are_gone_keep_no_new_fault_out() -> None:
    machine = Machine()
    for number in range(MAX_OPEN_FINDINGS):
        machine.feed(Judgement((replace(FAULT, part=f"disk:GONE{number}"),)))
    (raised,) = machine.feed(SEEN, SEEN)
    assert raised.part == FAULT.part
    assert len(machine.state.tracks) <= MAX_OPEN_FINDINGS
