"""ZFS pools and LVM's RAID as the running agent asks for them."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from logix_agent.detectors import pools, raid
from logix_agent.host.commands import CommandResult
from logix_agent.host.paths import HostPaths
from logix_agent.probes import dm_raid, zfs
from logix_agent.probes.pool_readings import PoolReading
from logix_agent.probes.readings import CannotTell, MdReading

from tests.agent.machine_facts import FIXTURES
from tests.fakes.commands import FakeCommands

MISSING = FakeCommands(lambda _: CommandResult(missing=True))
SLOW = FakeCommands(lambda _: CommandResult(timed_out=True))


def says(fixture: str, exit_code: int = 0) -> FakeCommands:
    answer = CommandResult((FIXTURES / f"{fixture}.txt").read_bytes(), exit_code=exit_code)
    return FakeCommands(lambda _: answer)


def machine(folder: Path, **states: str) -> HostPaths:
    """A machine whose kernel tells the states of its pools."""
    for name, state in states.items():
        place = folder / "proc/spl/kstat/zfs" / name
        place.mkdir(parents=True)
        (place / "state").write_text(f"{state}\n")
    folder.mkdir(exist_ok=True)
    return HostPaths(folder)


async def test_a_lost_disk_is_named_by_its_serial(tmp_path: Path) -> None:
    reading = await zfs.read(machine(tmp_path, tank="DEGRADED"), says("zpool-status/degraded"), 5.0)
    (seen,) = pools.judge(reading, {"sdb": "S-B"}).sightings
    assert (seen.serial, seen.related_parts, seen.urgent) == ("S-B", ("disk:S-B",), True)
    assert "was /dev/sdb1" in seen.evidence[1].line


@pytest.mark.parametrize(
    ("state", "code"), [("DEGRADED", "raid.degraded"), ("SUSPENDED", "raid.broken"), ("ONLINE", "")]
)
async def test_without_the_program_the_kernel_is_believed(tmp_path: Path, state: str, code: str) -> None:
    for answer in (MISSING, says("zpool-status/not-allowed", 1)):
        reading = await zfs.read(machine(tmp_path / str(id(answer)), tank=state), answer, 5.0)
        judgement = pools.judge(reading, {})
        assert [seen.code for seen in judgement.sightings] == ([code] if code else [])
        assert judgement.judged_parts == {"raid:zfs/tank"}


async def test_what_cannot_be_told_of_pools(tmp_path: Path) -> None:
    none = await zfs.read(machine(tmp_path / "none"), MISSING, 5.0)
    assert isinstance(none, CannotTell) and none.absent
    slow = await zfs.read(machine(tmp_path / "slow", tank="ONLINE"), SLOW, 5.0)
    assert isinstance(slow, CannotTell) and not slow.absent
    odd = pools.judge(zfs.parse("  pool: tank\n state: STRANGE\n"), {})
    assert (odd.sightings, odd.healthy, len(odd.doubts)) == ((), frozenset(), 1)


async def test_what_cannot_be_told_of_volumes() -> None:
    for answer, absent in ((MISSING, True), (SLOW, False), (says("dmsetup-status/none"), True)):
        reading = await dm_raid.read(answer, 5.0)
        assert isinstance(reading, CannotTell)
        assert reading.absent is absent
    reading = await dm_raid.read(says("dmsetup-status/mirror-dead"), 5.0)
    assert isinstance(reading, MdReading)
    (seen,) = raid.judge(reading, {}, {}).sightings
    assert (seen.part, seen.urgent, seen.evidence[0].value) == ("raid:vg0-data", True, "1 of 2 [U_]")


SEEDS = [
    (FIXTURES / f"{name}.txt").read_text()
    for name in ("zpool-status/resilvering", "zpool-status/suspended", "dmsetup-status/in-sync")
]


@given(st.text(max_size=300), st.sampled_from(SEEDS), st.integers(0, 600))
def test_any_text_is_answered(junk: str, text: str, place: int) -> None:
    for given_text in (junk, text[:place], text[:place] + junk + text[place:]):
        told = zfs.parse(given_text)
        assert isinstance(told, PoolReading | CannotTell)
        pools.judge(told, {"sda": "A"})
        raid.judge(dm_raid.parse(given_text), {}, {})
