"""Memory errors: at first sight, over time, and in trees whose sums do not agree."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st
from logix_agent.detectors import fitted_modules, memory_errors
from logix_agent.detectors.judgement import Judgement
from logix_agent.detectors.memory_errors import CORRECTED, DAY, UNCORRECTED, judge, paces
from logix_agent.probes import edac, edac_text, smbios
from logix_agent.probes.memory_readings import MemoryCounters, MemoryReading
from logix_agent.probes.readings import CannotTell

from tests.agent.machine_facts import FIXTURES


def tree(text: str) -> MemoryReading:
    """A tree written as "path value" lines."""
    reading = edac.parse(dict(line.rsplit(" ", 1) for line in text.strip().splitlines()))
    assert isinstance(reading, MemoryReading)
    return reading


def faults(judgement: Judgement) -> dict[tuple[str, str], tuple[int, float | None]]:
    return {(seen.part, seen.code): (int(seen.severity), seen.count) for seen in judgement.sightings}


def module(corrected: int) -> MemoryReading:
    return MemoryReading((MemoryCounters("mc0/dimm0", "A1", corrected, 0, "edac"),))


@pytest.mark.parametrize(
    ("corrected", "severity", "early"), [(0, 0, False), (1, 3, True), (99, 3, True), (100, 2, False)]
)
def test_how_many_corrected_errors_are_many(corrected: int, severity: int, early: bool) -> None:
    judgement = judge(module(corrected))
    assert [(int(seen.severity), seen.early) for seen in judgement.sightings] == (
        [(severity, early)] if severity else []
    )
    assert ("dimm:mc0/dimm0", UNCORRECTED) in judgement.healthy
    assert (("dimm:mc0/dimm0", CORRECTED) in judgement.healthy) is (corrected == 0)


def test_the_socket_is_named() -> None:
    (seen,) = judge(module(3)).sightings
    assert (seen.slot, seen.part) == ("A1", "dimm:mc0/dimm0")


def test_ten_within_a_day_are_many_until_the_counter_is_set_back() -> None:
    notes = paces(module(5), {}, 1000.0)
    assert judge(module(5), notes).sightings[0].early
    notes = paces(module(14), notes, 2000.0)
    assert judge(module(14), notes).sightings[0].early
    notes = paces(module(15), notes, 3000.0)
    (seen,) = judge(module(15), notes).sightings
    assert (int(seen.severity), seen.early) == (2, False)
    notes = paces(module(15), notes, 3000.0 + 3 * DAY)  # it stays so
    assert int(judge(module(15), notes).sightings[0].severity) == 2
    notes = paces(module(1), notes, 10.0)  # a boot
    assert judge(module(1), notes).sightings[0].early


def test_ten_over_many_days_are_few() -> None:
    notes: dict[str, str] = {}
    for day in range(20):
        notes = dict(paces(module(day), notes, day * (DAY + 60)))
        seen = judge(module(day), notes).sightings
        assert all(each.early for each in seen)


def test_what_is_noted_changes_only_when_something_happens() -> None:
    notes = paces(module(5), {}, 1000.0)
    assert paces(module(6), notes, 1030.0) == notes
    assert paces(CannotTell("busy"), notes, 2000.0) == notes
    assert paces(module(0), {}, 1000.0) == {}


def test_old_and_new_files_show_the_same_errors_once() -> None:
    reading = tree(
        """
mc0/ce_count 7
mc0/ue_count 0
mc0/csrow0/ce_count 7
mc0/csrow0/ch0_ce_count 7
mc0/dimm0/dimm_ce_count 7
mc0/dimm0/dimm_ue_count 0
mc0/dimm0/dimm_label DIMM_A1
mc0/dimm1/dimm_ce_count 0
"""
    )
    assert faults(judge(reading)) == {("dimm:mc0/dimm0", CORRECTED): (3, 7.0)}
    assert judge(reading).sightings[0].slot == "DIMM_A1"


def test_what_only_the_sum_counts_is_the_controllers() -> None:
    reading = tree("mc0/ce_count 150\nmc0/ue_count 1\nmc0/ue_noinfo_count 1\nmc0/rank0/dimm_ce_count 20")
    assert faults(judge(reading)) == {
        ("memory:mc0", UNCORRECTED): (1, 1.0),
        ("memory:mc0", CORRECTED): (2, 130.0),
        ("dimm:mc0/rank0", CORRECTED): (3, 20.0),
    }


def test_sums_that_are_too_small_hide_nothing() -> None:
    reading = tree("mc0/ue_count 0\nmc0/ce_count 0\nmc0/csrow0/ue_count 3\nmc0/csrow0/ch0_ce_count 4")
    assert faults(judge(reading)) == {
        ("memory:mc0/csrow0", UNCORRECTED): (1, 3.0),
        ("dimm:mc0/csrow0/ch0", CORRECTED): (3, 4.0),
    }


def test_a_row_that_tells_no_channels_is_a_module_of_its_own() -> None:
    assert faults(judge(tree("mc0/csrow1/ue_count 2"))) == {("dimm:mc0/csrow1", UNCORRECTED): (1, 2.0)}


def test_controllers_come_in_order() -> None:
    reading = tree("mc10/ce_count 0\nmc9/ce_count 0")
    assert [each.place for each in reading.counters] == ["mc9", "mc10"]


@pytest.mark.parametrize("files", [{}, {"mc0/ce_count": "x"}, {"mc0/mc_name": "E5"}, {"nonsense": "1"}])
def test_a_tree_without_counters_cannot_be_judged(files: dict[str, str]) -> None:
    reading = edac.parse(files)
    assert isinstance(reading, CannotTell)
    assert judge(reading).doubts


NAMES = st.sampled_from(
    ["ce_count", "ue_count", "ue_noinfo_count", "ch0_ce_count", "dimm_ce_count", "ch1_dimm_label"]
)
PLACES = st.sampled_from(["mc0", "mc1/csrow0", "mc1/dimm0", "mc0/rank1", "mc0/csrow2", "mcx", ""])
VALUES = st.integers(-5, 10**16).map(str) | st.text(max_size=10)


@given(st.dictionaries(st.tuples(PLACES, NAMES), VALUES))
def test_no_tree_makes_the_detector_fail_and_no_uncorrected_error_is_lost(
    files: dict[tuple[str, str], str],
) -> None:
    reading = edac.parse({f"{place}/{name}": value for (place, name), value in files.items()})
    judgement = judge(reading)
    paces(reading, {"mc0": "since x"}, 5.0)
    told = any(
        name.startswith("ue")
        and place.startswith(("mc0", "mc1"))
        and value.isascii()
        and value.isdecimal()
        and 0 < int(value) < 10**15
        and ("/" not in place or ("csrow" in place and name == "ue_count"))
        for (place, name), value in files.items()
    )
    assert any(seen.code == UNCORRECTED for seen in judgement.sightings) or not told


@given(st.text("mc0:csrowh12 Unorected Es()/_CEU\n\t'", max_size=300) | st.text(max_size=300))
def test_no_text_makes_the_detector_fail(text: str) -> None:
    judgement = judge(edac_text.parse(text))
    assert judgement.doubts or judgement.healthy or judgement.sightings


@given(st.integers(0, 2000), st.dictionaries(st.just("mc0/dimm0"), st.text(max_size=30)), st.floats(0, 1e9))
def test_no_note_makes_the_pace_fail(count: int, notes: dict[str, str], now: float) -> None:
    judge(module(count), paces(module(count), notes, now))


def test_many_places_are_bounded() -> None:
    text = "".join(f"mc0: csrow{n % 9999}: LABEL{n}: 1 Corrected Errors\n" for n in range(20_000))
    reading = edac_text.parse(text)
    assert isinstance(reading, MemoryReading)
    assert len(reading.counters) == edac_text.MAX_PLACES
    assert len(paces(reading, {}, 1.0)) <= 256
    assert memory_errors.MANY == 100


# -- which module it is -----------------------------------------------------------------------------

TABLES = (FIXTURES / "dmidecode" / "modules.txt").read_text()


def fitted(text: str = TABLES) -> Mapping[str, str]:
    return fitted_modules.noted(smbios.parse(text), {})


def places(*labels: str) -> MemoryReading:
    return MemoryReading(
        tuple(MemoryCounters(f"mc0/dimm{number}", label, 5, 0, "edac") for number, label in enumerate(labels))
    )


def ordered(reading: MemoryReading, notes: Mapping[str, str]) -> list[tuple[str, str, str]]:
    return [(seen.slot, seen.serial, seen.model) for seen in judge(reading, None, notes).sightings]


PART = "HMA84GR7CJR4N-WM"


def test_a_module_is_named_by_the_serial_of_its_socket() -> None:
    found = ordered(
        places("DIMM A1", "NODE 0 DIMM_B1", "DIMM_B2", "CPU_SrcID#0_MC#0_Chan#0_DIMM#0"), fitted()
    )
    assert found == [
        ("DIMM A1", "3FA1C077", PART),
        ("NODE 0 DIMM_B1", "3FA1C0B2", PART),
        ("DIMM_B2", "", ""),
        ("CPU_SrcID#0_MC#0_Chan#0_DIMM#0", "", ""),
    ]


def test_a_label_of_two_places_or_of_two_sockets_tells_nothing() -> None:
    assert ordered(places("DIMM_A1", "dimm-a1"), fitted()) == [("DIMM_A1", "", ""), ("dimm-a1", "", "")]
    twice = TABLES.replace("DIMM_B1", "DIMM_A1")
    assert ordered(places("DIMM_A1", "x"), fitted(twice))[0] == ("DIMM_A1", "", "")


def test_the_only_module_needs_no_label() -> None:
    one = TABLES.partition("Handle 0x1101")[0]
    assert ordered(places("mc#0csrow#0channel#0"), fitted(one)) == [
        ("mc#0csrow#0channel#0", "3FA1C077", PART)
    ]


def test_notes_on_modules_that_are_none_are_passed_over() -> None:
    bad = {"a": "", "b": "[]", "c": "[1, 2, 3, 4]", "d": "{}", "e": "[" * 9_000}
    assert ordered(places("DIMM_A1"), bad) == [("DIMM_A1", "", "")]
    assert fitted("") == {}
