"""Parts that were there and are gone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from logix_agent.detectors import parts
from logix_agent.detectors.judgement import Doubt, Judgement, PartVerdicts
from logix_agent.detectors.parts import GONE, KnownPart, Presence
from logix_common.findings import CODES

SOURCE = "smart"


def judged(*names: tuple[str, str], doubts: tuple[Doubt, ...] = ()) -> Judgement:
    """Sound parts, each as (key, slot); its serial is the key's last word where there is one."""
    judgement = Judgement(doubts=doubts)
    for part, slot in names:
        serial = part.partition(":")[2] if part.startswith("disk:") else ""
        verdicts = PartVerdicts(part, slot, serial)
        verdicts.sound("any")
        judgement = judgement.joined(verdicts.judgement())
    return judgement


A, B, C = ("disk:A", "sda"), ("disk:B", "sdb"), ("disk:C", "sdb")
BOTH = judged(A, B)


class Place:
    """A machine that is looked at again and again."""

    def __init__(self, first: Judgement, **more: object) -> None:
        self.known: dict[str, KnownPart] = {}
        assert gone(self.look(first, **more)) == []

    def look(self, verdict: Judgement, **more: object) -> Presence:
        presence = parts.look(self.known, {SOURCE: verdict}, **more)
        self.known = dict(presence.known)
        return presence


def gone(presence: Presence) -> list[str]:
    return sorted(sighting.part for sighting in presence.judgement.sightings)


def test_a_part_that_is_not_listed_any_more_is_gone() -> None:
    place = Place(BOTH)
    (fault,) = place.look(judged(A)).judgement.sightings
    assert (fault.component, fault.part, fault.code) == ("disk", "disk:B", "disk.missing")
    assert (fault.slot, fault.serial) == ("sdb", "B")
    assert gone(place.look(judged(A))) == ["disk:B"]  # again and again: hysteresis counts


def test_a_part_that_came_back_is_sound() -> None:
    place = Place(BOTH)
    place.look(judged(A))
    presence = place.look(BOTH)
    assert gone(presence) == []
    assert ("disk:B", "disk.missing") in presence.judgement.healthy


def test_another_disk_in_its_slot_ends_it() -> None:
    place = Place(BOTH)
    place.look(judged(A))
    presence = place.look(judged(A, C))
    assert (gone(presence), presence.exchanged) == ([], {"disk:B"})
    assert gone(place.look(judged(A, C))) == []


def test_another_disk_elsewhere_is_its_successor_once() -> None:
    place = Place(judged(A, B, ("disk:D", "sdd")))
    place.look(judged(A))
    presence = place.look(judged(A, ("disk:N", "sdx")))
    assert len(presence.exchanged) == len(gone(presence)) == 1


def test_a_disk_that_took_the_name_of_the_one_that_is_gone_is_no_successor() -> None:
    """After a reboot the disk that is left may be sda."""
    place = Place(BOTH)
    assert gone(place.look(judged(("disk:B", "sda")))) == ["disk:A"]


@pytest.mark.parametrize(
    "doubt",
    [
        Doubt("disk", "", "smartctl is not installed"),
        Doubt("disk", "disk:B", "no answer"),
        Doubt("disk", "disk:@sdb", "no answer, not even its serial"),
    ],
)
def test_what_is_in_doubt_is_not_gone(doubt: Doubt) -> None:
    assert gone(Place(BOTH).look(judged(A, doubts=(doubt,)))) == []


def test_a_source_that_lists_nothing_of_a_kind_has_lost_its_driver() -> None:
    place = Place(judged(("dimm:A", ""), ("dimm:B", ""), ("fan:x/1", "")))
    assert gone(place.look(judged(("dimm:A", ""), ("fan:x/1", "")))) == ["dimm:B"]
    assert gone(place.look(judged(("fan:x/1", "")))) == []


def test_an_array_that_is_not_listed_is_gone_and_one_with_another_name_is_not() -> None:
    members = {"md0": {"sda1": "A", "sdb1": "B"}}
    place = Place(judged(("raid:md0", "")), members=members)
    assert gone(place.look(Judgement())) == ["raid:md0"]
    renamed = place.look(judged(("raid:md127", "")), members=members | {"md127": members["md0"]})
    assert (gone(renamed), renamed.exchanged) == ([], {"raid:md0"})


def test_a_degraded_array_is_still_known_by_all_its_members() -> None:
    members = {"md0": {"sda1": "A", "sdb1": "B"}}
    place = Place(judged(("raid:md0", "")), members=members)
    place.look(judged(("raid:md0", "")), members={})
    renamed = place.look(judged(("raid:md1", "")), members={"md1": members["md0"]})
    assert gone(renamed) == []


def test_a_port_is_known_again_only_where_it_is_the_same() -> None:
    place = Place(judged(("nic:eth0", "eth0"), ("nic:eth1", "eth1")))
    assert gone(place.look(judged(("nic:eth0", "eth0"), ("nic:eth5", "eth5")))) == ["nic:eth1"]


def test_what_hangs_on_usb_may_be_pulled_out() -> None:
    place = Place(judged(A, ("disk:STICK", "sdx")), removable=frozenset({"sdx"}))
    assert gone(place.look(judged(A))) == []
    assert "disk:STICK" not in place.known


def test_a_stick_is_nobodys_successor() -> None:
    place = Place(BOTH)
    presence = place.look(judged(A, ("disk:STICK", "sdb")), removable=frozenset({"sdb"}))
    assert gone(presence) == ["disk:B"]


def test_a_part_that_is_there_without_a_verdict_is_not_gone_and_none_to_be_missed() -> None:
    """A fan that may stand still by design, a port that is switched off."""
    still = PartVerdicts("fan:x/2").judgement()
    turning = judged(("fan:x/1", ""))
    place = Place(judged(("fan:x/1", ""), ("fan:x/2", "")))
    assert gone(place.look(turning.joined(still))) == []
    assert gone(place.look(turning)) == ["fan:x/2"]
    fresh = Place(turning.joined(PartVerdicts("fan:x/3").judgement()))
    assert gone(fresh.look(turning)) == []


def test_other_sources_say_nothing_of_its_parts() -> None:
    place = Place(BOTH)
    assert gone(parts.look(place.known, {"mdstat": Judgement()})) == []


def test_sensors_that_vanish_are_no_fault() -> None:
    place = Place(judged(("temperature:a", ""), ("temperature:b", "")))
    assert place.known == {}


def test_every_code_exists_with_its_component() -> None:
    for component, code, _ in GONE.values():
        assert CODES[code].component is component


NAMES = st.sampled_from(["disk:A", "disk:B", "raid:md0", "fan:1", "nic:eth0", "temperature:x", "odd"])
LISTS = st.lists(st.tuples(NAMES, st.sampled_from(["", "sda", "sdb"])), max_size=6)


@given(st.lists(LISTS, max_size=8))
def test_only_what_was_there_is_missed_and_nothing_that_is(passes: list[list[tuple[str, str]]]) -> None:
    known: dict[str, KnownPart] = {}
    ever: set[str] = set()
    for names in passes:
        presence = parts.look(known, {SOURCE: judged(*names)})
        there = {name for name, _ in names}
        missed = set(gone(presence))
        assert missed <= ever - there
        assert not {part for part, _ in presence.judgement.healthy} - there
        known, ever = dict(presence.known), ever | there


def test_the_number_of_known_parts_is_bounded() -> None:
    place = Place(judged(*((f"disk:{number}", "") for number in range(2_000))))
    assert len(place.known) == parts.MAX_PARTS


def module(serial: str) -> Judgement:
    verdicts = PartVerdicts("dimm:mc0/dimm0", "A1", serial)
    verdicts.sound("any")
    return verdicts.judgement()


def test_a_memory_module_of_another_serial_in_its_place_is_another_one() -> None:
    place = Place(module(""))
    assert place.look(module("S1")).exchanged == frozenset()  # only now its serial is told
    assert place.look(module("")).exchanged == frozenset()  # the tables are silent today
    presence = place.look(module("S2"))
    assert (presence.exchanged, gone(presence)) == ({"dimm:mc0/dimm0"}, [])
    assert place.look(module("S2")).exchanged == frozenset()
