"""Early signs, latches, flapping: what time adds to a verdict."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from logix_agent.detectors import baseline, debounce
from logix_agent.detectors.debounce import Debounce
from logix_agent.detectors.hysteresis import FLAP_WINDOW, FLAPS, SETTLED, Moment, step
from logix_agent.detectors.judgement import Judgement
from logix_agent.detectors.tracks import INTERMITTENT, State, standing
from logix_agent.facts import FindingEvent, Sighting
from logix_common.findings import CODES, Component, Event, Evidence

EARLY = Sighting(
    "disk",
    "disk:A1",
    "disk.interface-errors",
    3,
    (Evidence("smartctl", "199", "7", "0"),),
    early=True,
    count=7,
)
FAULT = Sighting("disk", "disk:A1", "disk.pending-sectors", 2, (Evidence("smartctl", "197", "8", "0"),))
LATCHED = replace(FAULT, component="memory", part="dimm:A", code="memory.uncorrected", severity=1)
NOTHING = Judgement()
EVERY = Debounce(1, 1)


def seen(*sightings: Sighting) -> Judgement:
    return Judgement(sightings)


def sound(sighting: Sighting) -> Judgement:
    return Judgement(healthy=frozenset({(sighting.part, sighting.code)}))


def mended(sighting: Sighting) -> Judgement:
    return Judgement(mended=frozenset({(sighting.part, sighting.code)}))


def counted(count: float) -> Judgement:
    return seen(replace(EARLY, count=count, evidence=(Evidence("smartctl", "199", str(count), "0"),)))


class Machine:
    """Feeds judgements one after another, a minute apart."""

    def __init__(self, numbers: Debounce = EVERY) -> None:
        self.state, self.now, self.numbers = State(), 0.0, numbers
        self._ids = (number.to_bytes(16, "big") for number in itertools.count(1))

    def feed(self, *judgements: Judgement, apart: float = 60.0) -> list[FindingEvent]:
        events: list[FindingEvent] = []
        for judgement in judgements:
            self.now += apart
            moment = Moment(self.now, lambda: next(self._ids), lambda _code, _component: self.numbers)
            self.state, new = step(self.state, judgement, moment)
            events += new
        return events


def short(events: list[FindingEvent]) -> list[tuple[Event, bool]]:
    return [(event.event, event.watched) for event in events]


RAISED, WATCHED = (Event.RAISED, False), (Event.RAISED, True)
GROWN, CLEARED = (Event.CHANGED, False), (Event.CLEARED, False)


# -- early signs ------------------------------------------------------------------------------------


def test_an_early_sign_that_appears_where_its_source_told_of_none_is_raised() -> None:
    live = seen(replace(EARLY, live=True, count=1))
    machine = Machine(Debounce(3, 3))
    assert short(machine.feed(live, live)) == []
    assert short(machine.feed(live)) == [RAISED]
    assert short(machine.feed(live, live, live)) == []


def test_what_was_old_history_does_not_become_news_because_its_source_is_read_again() -> None:
    machine = Machine()
    assert short(machine.feed(counted(7))) == [WATCHED]
    assert short(machine.feed(seen(replace(EARLY, live=True)), seen(replace(EARLY, live=True)))) == []
    assert short(machine.feed(seen(replace(EARLY, live=True, count=8)))) == [GROWN]


def test_an_early_sign_that_is_old_history_is_watched_until_it_grows() -> None:
    machine = Machine()
    (watched,) = machine.feed(counted(7))
    assert short([watched]) == [WATCHED]
    assert machine.feed(*[counted(7)] * 500) == []
    assert [finding.watched for finding in standing(machine.state)] == [True]
    (grown,) = machine.feed(counted(8))
    assert (short([grown]), grown.finding_id) == ([GROWN], watched.finding_id)
    assert [finding.watched for finding in standing(machine.state)] == [False]


def test_growth_must_stay_as_long_as_any_other_fault() -> None:
    machine = Machine(Debounce(2, 3))
    assert short(machine.feed(counted(7), counted(7))) == [WATCHED]
    assert machine.feed(counted(9)) == []
    assert short(machine.feed(counted(9))) == [GROWN]


def test_an_early_sign_of_a_part_that_was_sound_is_news() -> None:
    machine = Machine()
    assert machine.feed(sound(EARLY)) == []
    assert short(machine.feed(counted(1))) == [RAISED]


def test_a_sign_without_a_count_is_old_history_only_at_first_sight() -> None:
    machine = Machine()
    uncounted = replace(EARLY, count=None)
    assert short(machine.feed(seen(uncounted), seen(uncounted))) == [WATCHED]
    assert short(machine.feed(sound(EARLY), seen(uncounted))) == [(Event.CLEARED, True), RAISED]


def test_another_part_starts_afresh() -> None:
    machine = Machine()
    machine.feed(counted(7), counted(8))
    other = replace(EARLY, part="disk:B2", count=40)
    assert short(machine.feed(seen(other))) == [WATCHED]


def test_a_counter_that_was_set_back_starts_a_new_baseline() -> None:
    machine = Machine()
    assert short(machine.feed(counted(500), counted(3), counted(3))) == [WATCHED]
    assert short(machine.feed(counted(4))) == [GROWN]


def test_an_early_sign_that_becomes_a_plain_fault_is_raised() -> None:
    machine = Machine()
    machine.feed(counted(7))
    (raised,) = machine.feed(seen(replace(EARLY, early=False, severity=2, count=11)))
    assert (raised.event, raised.watched, raised.severity) == (Event.CHANGED, False, 2)


def test_growth_that_ended_long_ago_is_old_history_again() -> None:
    machine = Machine()
    machine.feed(counted(7), counted(8))
    day = 86_400.0
    assert machine.feed(*[counted(8)] * 6, apart=day) == []
    assert [event.event for event in machine.feed(counted(9), apart=day / 2)] == [Event.CHANGED]  # new values
    assert machine.feed(*[counted(9)] * 6, apart=day) == []
    assert short(machine.feed(counted(9), apart=day)) == [CLEARED, WATCHED]
    assert short(machine.feed(counted(10))) == [GROWN]


def test_a_fault_that_proves_itself_does_not_grow_old() -> None:
    machine = Machine()
    machine.feed(seen(FAULT))
    assert machine.feed(*[seen(FAULT)] * 100, apart=86_400.0) == []


def test_baselines_are_bounded_and_keep_what_is_tracked() -> None:
    machine = Machine()
    machine.feed(counted(7))
    many = frozenset((f"disk:{number}", "x") for number in range(2 * baseline.MAX_BASELINES))
    machine.feed(Judgement(healthy=many))
    assert len(machine.state.baselines) == baseline.MAX_BASELINES
    assert machine.feed(counted(7)) == []
    assert short(machine.feed(counted(8))) == [GROWN]


# -- latches ----------------------------------------------------------------------------------------


def test_what_does_not_heal_is_cleared_by_another_part_alone() -> None:
    machine = Machine()
    assert short(machine.feed(seen(LATCHED))) == [RAISED]
    assert machine.feed(*[sound(LATCHED)] * 100) == []
    assert short(machine.feed(mended(LATCHED))) == [CLEARED]


def test_a_candidate_is_not_latched() -> None:
    machine = Machine(Debounce(2, 2))
    assert machine.feed(seen(LATCHED), sound(LATCHED), seen(LATCHED), sound(LATCHED)) == []
    assert machine.state.tracks == {}


@pytest.mark.parametrize("code", sorted(debounce.LATCHED | debounce.BY_CODE.keys()))
def test_codes_with_numbers_of_their_own_exist(code: str) -> None:
    assert code in CODES


@pytest.mark.parametrize("component", list(Component))
def test_every_component_clears_no_sooner_than_it_raises(component: Component) -> None:
    numbers = debounce.debounce_of("", component)
    assert 1 <= numbers.raise_after <= numbers.clear_after


# -- flapping ---------------------------------------------------------------------------------------


def flap(machine: Machine, times: int) -> list[FindingEvent]:
    return machine.feed(*[seen(FAULT), sound(FAULT)] * times)


def test_a_flapping_fault_becomes_one_intermittent_finding() -> None:
    machine = Machine()
    assert short(flap(machine, FLAPS - 1)) == [RAISED, CLEARED] * (FLAPS - 1)
    (raised,) = flap(machine, 20)
    assert (raised.event, raised.severity, raised.urgent) == (Event.RAISED, 3, False)
    assert raised.evidence[0].name == INTERMITTENT
    assert raised.evidence[1:] == FAULT.evidence
    assert standing(machine.state) == [raised]


def test_the_final_state_of_a_flapping_fault_is_told_whichever_it_is() -> None:
    for last, told in ((seen(FAULT), (Event.CHANGED, 2)), (sound(FAULT), (Event.CLEARED, 3))):
        machine = Machine()
        flap(machine, 10)
        passes = round(SETTLED / 60) + 2
        (event,) = machine.feed(*[last] * passes)
        assert (event.event, event.severity) == told
        assert machine.feed(*[last] * passes) == []


def test_what_cannot_be_told_settles_no_flapping() -> None:
    machine = Machine()
    flap(machine, 10)
    assert machine.feed(*[NOTHING] * 1_000) == []
    assert len(standing(machine.state)) == 1


def test_a_part_that_was_replaced_is_judged_as_one_never_seen_before() -> None:
    """Its counter may go on counting: what it shows is old history again."""
    machine = Machine()
    machine.feed(counted(7), counted(8))
    still_there = counted(8).joined(mended(EARLY))
    assert short(machine.feed(still_there)) == [CLEARED, WATCHED]
    assert short(machine.feed(counted(9))) == [GROWN]


def test_another_part_ends_flapping_at_once() -> None:
    machine = Machine()
    flap(machine, 10)
    assert short(machine.feed(mended(FAULT))) == [CLEARED]


def test_a_fault_that_comes_once_a_day_does_not_flap() -> None:
    machine = Machine()
    events = machine.feed(*[seen(FAULT), sound(FAULT)] * 20, apart=FLAP_WINDOW / 2)
    assert short(events) == [RAISED, CLEARED] * 20
    assert all(event.severity == 2 for event in events)


# -- whatever comes ---------------------------------------------------------------------------------

STEPS = st.one_of(
    st.integers(0, 12).map(counted),
    st.sampled_from([seen(FAULT), sound(FAULT), mended(FAULT), sound(EARLY), NOTHING]),
    st.sampled_from([seen(LATCHED), sound(LATCHED), mended(LATCHED)]),
)


@given(
    st.lists(STEPS, max_size=80),
    st.integers(1, 3),
    st.integers(1, 4),
    st.sampled_from([30.0, 4_000.0, 90_000.0]),
)
def test_events_and_what_stands_never_disagree(
    steps: list[Judgement], raise_after: int, clear_after: int, apart: float
) -> None:
    """Whoever hears the events in order knows exactly what stands: the server does."""
    machine = Machine(Debounce(raise_after, clear_after))
    heard: dict[bytes, FindingEvent] = {}
    for judgement in steps:
        for event in machine.feed(judgement, apart=apart):
            if event.event is Event.RAISED:
                assert event.finding_id not in heard
                heard[event.finding_id] = event
            elif event.event is Event.CHANGED:
                assert not event.watched or heard[event.finding_id].watched  # never back to being watched
                heard[event.finding_id] = event
            else:
                del heard[event.finding_id]
        told = {finding.finding_id: finding.watched for finding in standing(machine.state)}
        assert told == {finding_id: event.watched for finding_id, event in heard.items()}
    keys = [(event.part, event.code) for event in heard.values()]
    assert len(keys) == len(set(keys))


@given(st.lists(st.integers(0, 5), max_size=60), st.booleans())
def test_the_final_state_is_never_swallowed(flips: list[int], faulty: bool) -> None:
    """However it flapped: what it is in the end is told after a settled hour."""
    machine = Machine(Debounce(2, 3))
    for length in flips:
        machine.feed(*[seen(FAULT)] * length, *[sound(FAULT)] * length)
    machine.feed(*[seen(FAULT) if faulty else sound(FAULT)] * (round(SETTLED / 60) + 5))
    assert [finding.severity for finding in standing(machine.state)] == ([2] if faulty else [])
