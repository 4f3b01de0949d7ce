"""Parts that somebody says are replaced."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from logix_agent import cli, replaced
from logix_agent.link.running import write_status
from logix_agent.monitor_status import told_of
from logix_common.findings import Event

from tests.agent.test_monitor import Bench, short


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


async def test_a_disk_that_was_taken_out_for_good_is_not_missed_any_more(bench: Bench) -> None:
    part = f"disk:{bench.machine.disks['sdb'].serial}"
    await bench.events()
    bench.machine.detach_disk("sdb")
    assert short(await bench.events()) == [(Event.RAISED, "disk.missing", 2)]
    replaced.note(bench.state_path.parent, part)
    assert short(await bench.events()) == [(Event.CLEARED, "disk.missing", 2)]
    assert replaced.read(bench.state_path.parent) == {}
    bench.restart()
    assert await bench.events(5) == []


async def test_what_is_still_there_is_raised_anew(bench: Bench) -> None:
    bench.machine.fail_disk("sda")
    (raised,) = await bench.events()
    replaced.note(bench.state_path.parent, raised.part)
    cleared, again = await bench.events()
    assert (cleared.event, again.event) == (Event.CLEARED, Event.RAISED)
    assert cleared.finding_id == raised.finding_id != again.finding_id
    assert await bench.events(3) == []


async def test_a_note_waits_until_the_state_is_kept(bench: Bench) -> None:
    """Applied and forgotten by a crash, or kept twice: never lost."""
    bench.machine.fail_disk("sda")
    (raised,) = await bench.events()
    in_the_way = bench.state_path.with_name(f".{bench.state_path.name}.new")
    in_the_way.mkdir()
    replaced.note(bench.state_path.parent, raised.part)
    await bench.events()
    assert len(replaced.read(bench.state_path.parent)) == 1
    in_the_way.rmdir()
    await bench.events()
    assert replaced.read(bench.state_path.parent) == {}


async def test_the_command(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    folder = bench.state_path.parent
    file = folder / "agent.toml"
    file.write_text(f'state_dir = "{folder}"\n')
    bench.machine.fail_disk("sda")
    (raised,) = await bench.events()
    write_status(folder, told_of(bench.monitor), "boot", bench.clock)
    assert cli.main(["replaced", raised.part[:-1], "--config", str(file)]) == cli.FAILED
    assert raised.part in capsys.readouterr().err
    assert cli.main(["replaced", raised.part, "--config", str(file)]) == cli.OK
    assert list(replaced.read(folder).values()) == [raised.part]


@given(st.binary(max_size=50))
def test_any_file_is_a_note_or_passed_over(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    folder = tmp_path_factory.mktemp("notes")
    replaced.note(folder, "disk:A")
    (folder / replaced.FOLDER / "odd").write_bytes(data)
    assert list(replaced.read(folder).values()) == ["disk:A"]
