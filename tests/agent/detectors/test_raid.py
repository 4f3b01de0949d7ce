"""Arrays: short of members, not running, and what is no fault."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from logix_agent.detectors import raid
from logix_agent.detectors.memory import Memory, disk_of, with_arrays, with_disks
from logix_agent.host.paths import HostPaths
from logix_agent.probes import md_sysfs, mdadm, mdstat
from logix_agent.probes.readings import CannotTell, MdArray, MdMember, MdReading, SmartDisk, SmartReading

from tests.agent.machine_facts import FIXTURES, arrays

SERIALS = {"sda": "A1", "sdb": "B2"}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("absent-arrays", {}),
        ("healthy", {}),
        ("degraded", {"raid.degraded": 2}),
        ("missing-member", {"raid.degraded": 2}),
        ("rebuilding", {"raid.degraded": 2}),
        ("checking-with-spare", {}),
        ("inactive", {"raid.inactive": 1}),
        ("raid5-two-lost", {"raid.broken": 1}),
        ("raid0-lost", {"raid.broken": 1}),
        ("firmware-container", {}),
    ],
)
def test_fault_and_severity(name: str, expected: dict[str, int]) -> None:
    judgement = raid.judge(arrays(name), {}, {})
    assert {seen.code: int(seen.severity) for seen in judgement.sightings} == expected


def test_a_failed_member_is_named_by_the_serial_of_its_disk() -> None:
    (seen,) = raid.judge(arrays("degraded"), SERIALS, {}).sightings
    assert seen.part == "raid:md0"
    assert seen.related_parts == ("disk:B2",)
    assert seen.serial == "B2"


def test_a_member_that_is_gone_is_known_from_when_the_array_was_complete() -> None:
    memory = with_arrays(Memory(serials=SERIALS), arrays("healthy"))
    (seen,) = raid.judge(arrays("missing-member"), {}, memory.members).sightings
    assert seen.related_parts == ("disk:B2",)


def test_the_disk_that_is_left_may_bear_the_lost_ones_name_after_a_reboot() -> None:
    memory = with_arrays(Memory(serials=SERIALS), arrays("healthy"))
    rebooted = with_disks(memory, SmartReading((SmartDisk("/dev/sda", "sda", serial="B2"),)))
    (seen,) = raid.judge(arrays("missing-member"), rebooted.serials, rebooted.members).sightings
    assert seen.related_parts == ("disk:A1",)


def test_a_degraded_array_does_not_overwrite_what_is_remembered_of_it() -> None:
    memory = with_arrays(Memory(serials=SERIALS), arrays("healthy"))
    assert with_arrays(memory, arrays("degraded")).members == {"md0": {"sda1": "A1", "sdb1": "B2"}}


def test_a_kernel_without_md_is_no_doubt() -> None:
    judgement = raid.judge(CannotTell("/proc/mdstat: absent", absent=True), {}, {})
    assert [doubt.absent for doubt in judgement.doubts] == [True]


@pytest.mark.parametrize(
    ("device", "disk"),
    [
        ("sda1", "sda"),
        ("/dev/sdab12", "sdab"),
        ("nvme0n1p2", "nvme0"),
        ("nvme1n1", "nvme1"),
        ("mmcblk0p1", "mmcblk0"),
        ("md0p1", "md0"),
        ("dm-0", "dm-0"),
    ],
)
def test_partitions_lie_on_disks(device: str, disk: str) -> None:
    assert disk_of(device) == disk


def test_a_text_that_breaks_off_is_no_healthy_array() -> None:
    reading = mdstat.parse("Personalities : [raid1]\nmd0 : active raid1 sdb1[1](F) sda1[0]\n")
    assert isinstance(reading, MdReading)
    judgement = raid.judge(reading, SERIALS, {})
    assert not judgement.healthy
    assert judgement.doubts[0].part == "raid:md0"


def made(**told: object) -> MdReading:
    """A sound mirror with one spare, or what `told` says of it."""
    mirror = MdArray(
        "md0",
        True,
        "raid1",
        (MdMember("sda1", 0), MdMember("sdb1", 1), MdMember("sdc1", 2, frozenset("S"))),
        slots=2,
        working=2,
        states="UU",
    )
    return MdReading((replace(mirror, **told),), whole=True)


def codes(reading: MdReading, notes: dict[str, str] | None = None) -> dict[str, int]:
    return {seen.code: int(seen.severity) for seen in raid.judge(reading, {}, {}, notes).sightings}


@pytest.mark.parametrize(
    ("level", "count", "expected", "early"),
    [
        ("raid1", 128, 3, True),
        ("raid10", 256, 3, True),
        ("raid5", 8, 2, False),
        ("raid6", 8, 2, False),
        ("raid5", 0, 0, False),
        ("raid0", 8, 0, False),
    ],
)
def test_copies_that_differ(level: str, count: int, expected: int, early: bool) -> None:
    reading = made(level=level, mismatches=count)
    seen = raid.judge(reading, {}, {}).sightings
    told = [(each.code, int(each.severity), each.early) for each in seen]
    assert told == ([("raid.mismatch", expected, early)] if expected else [])


def test_a_spare_that_is_gone_is_missed() -> None:
    notes = dict(raid.spares_seen(made(), {}))
    assert notes == {"md0": "2/1"}
    assert codes(made(), notes) == {}
    alone = made(members=(MdMember("sda1", 0), MdMember("sdb1", 1)))
    assert codes(alone) == {}  # never had one
    assert codes(alone, notes) == {"raid.spare-lost": 3}
    assert raid.spares_seen(alone, notes) == notes  # and is missed for as long as it is gone
    failed = made(members=(MdMember("sda1", 0, frozenset("F")), MdMember("sdb1", 1), MdMember("sdc1", 2)))
    assert codes(failed, notes) == {"raid.member-failed": 2}


def test_a_spare_that_became_a_member_is_not_missed() -> None:
    notes = dict(raid.spares_seen(made(), {}))
    grown = made(slots=3, working=3, states="UUU", members=tuple(MdMember(f"sd{x}1", 0) for x in "abc"))
    assert codes(grown, notes) == {}
    assert raid.spares_seen(grown, notes) == {"md0": "3/0"}
    assert raid.spares_seen(CannotTell("busy"), notes) == notes


def test_states_and_counts_that_disagree_are_judged_by_the_worse() -> None:
    assert codes(made(states="U_")) == {"raid.degraded": 2}
    assert codes(made(working=1)) == {"raid.degraded": 2}
    assert codes(made(told="degraded", slots=None, working=None)) == {"raid.degraded": 2}


def sysroot(root: Path, mdstat_text: str, files: dict[str, str]) -> HostPaths:
    (root / "proc").mkdir()
    (root / "proc/mdstat").write_text(mdstat_text)
    for name, content in files.items():
        path = root / "sys/block/md0/md" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content + "\n")
    return HostPaths(root)


HEALTHY = (FIXTURES / "mdstat" / "healthy.txt").read_text()


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"mismatch_cnt": "128", "sync_action": "idle", "last_sync_action": "check"}, {"raid.mismatch": 3}),
        ({"mismatch_cnt": "128", "sync_action": "check", "last_sync_action": "check"}, {}),
        ({"mismatch_cnt": "128", "sync_action": "idle", "last_sync_action": "repair"}, {}),
        ({"mismatch_cnt": "128", "sync_action": "idle"}, {"raid.mismatch": 3}),
        ({"mismatch_cnt": "junk", "sync_action": "idle"}, {}),
        ({"degraded": "1", "raid_disks": "2"}, {"raid.degraded": 2}),
        ({"array_state": "broken"}, {"raid.broken": 1}),
        ({"array_state": "clear", "mismatch_cnt": "8", "sync_action": "idle"}, {}),
    ],
)
def test_what_sysfs_adds_to_mdstat(files: dict[str, str], expected: dict[str, int], tmp_path: Path) -> None:
    reading = mdstat.read(sysroot(tmp_path, HEALTHY, {"array_state": "clean", **files}))
    assert isinstance(reading, MdReading)
    assert codes(reading) == expected


def test_members_by_sysfs(tmp_path: Path) -> None:
    files = {
        "array_state": "active",
        "level": "raid5",
        "raid_disks": "4 (3)",
        "degraded": "0",
        "dev-sda1/state": "in_sync,write_mostly",
        "dev-sda1/slot": "0",
        "dev-sdb1/state": "spare",
        "dev-sdb1/slot": "none",
        "dev-sdc1/state": "spare",
        "dev-sdc1/slot": "2",
        "dev-sdd1/state": "faulty",
        "dev-sdd1/slot": "none",
    }
    (array,) = md_sysfs.read(sysroot(tmp_path, HEALTHY, files))
    assert {member.device: "".join(member.flags) for member in array.members} == {
        "sda1": "W",
        "sdb1": "S",
        "sdc1": "",
        "sdd1": "F",
    }
    assert (array.slots, array.working) == (4, 4)


@pytest.mark.parametrize(
    ("copies", "states", "broken"),
    [
        ("2 near", "__UU", True),
        ("2 near", "U__U", False),
        ("2 near", "_UUU_", True),  # on five members the copies lie on 0 1, 2 3, 4 0, 1 2, 3 4
        ("2 near", "_U_UU", False),
        ("2 far", "U__U", True),
        ("2 far", "_U_U", False),
        ("2 offset", "_UU_", True),
        ("3 near", "___UUU", True),
        ("3 near", "__UUU_", False),
        ("", "__UU", False),
    ],
)
def test_raid10_lives_while_a_copy_of_everything_is_left(copies: str, states: str, broken: bool) -> None:
    working = states.count("U")
    reading = made(level="raid10", copies=copies, slots=len(states), working=working, states=states)
    assert codes(reading) == ({"raid.broken": 1} if broken else {"raid.degraded": 2})


@given(
    st.text("/devmd01: RaidLvStacnFAILED,()\n\t", max_size=400) | st.text(max_size=300),
    st.integers(0, 900),
    st.sampled_from(sorted(path.name for path in (FIXTURES / "mdadm-detail").iterdir())),
)
def test_no_text_makes_mdadm_fail(noise: str, place: int, name: str) -> None:
    whole = (FIXTURES / "mdadm-detail" / name).read_text()
    for text in (noise, whole[:place], whole[:place] + noise + whole[place:]):
        reading = mdadm.parse(text)
        judgement = raid.judge(reading, {"sda": "A"}, {"md0": {"sda1": "A"}}, {"md0": "2/9", "md": "x"})
        raid.spares_seen(reading, {"md0": "x/y"})
        assert len(judgement.sightings) <= 3 * 128
