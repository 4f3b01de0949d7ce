"""The door to programs: limits kept, nothing left behind, nothing executed for a captured machine."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
from pathlib import Path

import pytest
from logix_agent.host.commands import CommandResult, HostCommands, ReplayedCommands, commands_for
from logix_agent.host.paths import HostPaths

from tests.until import until


@pytest.fixture
def programs(tmp_path: Path) -> Path:
    """A folder to put programs in."""
    folder = tmp_path / "bin"
    folder.mkdir()
    return folder


def program(folder: Path, name: str, script: str) -> HostCommands:
    file = folder / name
    file.write_text(f"#!/bin/sh\n{script}\n")
    file.chmod(0o755)
    return HostCommands([str(folder)])


async def test_output_and_exit_status(programs: Path) -> None:
    commands = program(programs, "tell", 'echo "$1 in $LC_ALL"; echo noise >&2; exit 4')
    assert await commands.run(["tell", "words"]) == CommandResult(b"words in C\n", exit_code=4)


async def test_the_environment_is_clean_and_input_is_closed(
    programs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LD_PRELOAD_SECRET", "value")
    commands = program(programs, "look", "/usr/bin/env; cat; pwd")
    result = await commands.run(["look"])
    names = {line.partition("=")[0] for line in result.stdout.decode().splitlines()}
    assert names <= {"LC_ALL", "LANG", "PATH", "HOME", "PWD", "_", "OLDPWD", "SHLVL", "/"}
    assert result.exit_code == 0


async def timed_out(commands: HostCommands, name: str, alive: Path) -> int:
    """Let `name` run out of time after it has opened the FIFO `alive`; the FIFO's other end.

    How soon a program begins is this machine's affair: one that had no time to is given more.
    """
    os.mkfifo(alive)
    reader = os.open(alive, os.O_RDONLY | os.O_NONBLOCK)
    os.set_blocking(reader, True)
    for seconds in (0.5, 2.0, 8.0, 32.0):
        assert await commands.run([name], seconds) == CommandResult(timed_out=True)
        if os.read(reader, 10) == b"x\n":
            break
    else:
        pytest.fail("the program never began")
    return reader


async def test_the_whole_process_group_is_killed_when_time_is_up(programs: Path, tmp_path: Path) -> None:
    fifo = tmp_path / "alive"
    commands = program(programs, "hang", f"exec 9>{fifo}; sleep 600 & echo x >&9; sleep 600")
    reader = await timed_out(commands, "hang", fifo)
    # End of file on the FIFO: nobody holds its other end, so the child of the child is gone, too.
    assert os.read(reader, 10) == b""
    os.close(reader)


async def test_children_of_a_program_that_ended_are_killed_too(programs: Path, tmp_path: Path) -> None:
    fifo = tmp_path / "alive"
    commands = program(programs, "fork", f"exec 9>{fifo}; sleep 600 & echo x >&9; exit 0")
    reader = await timed_out(commands, "fork", fifo)
    assert os.read(reader, 10) == b""
    os.close(reader)


async def test_a_program_that_cannot_be_killed_is_not_started_again(
    programs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Uninterruptible sleep on a dead disk: one more at every pass would fill the process table."""
    monkeypatch.setattr(os, "killpg", lambda *_: None)
    monkeypatch.setattr(subprocess.Popen, "kill", lambda _: None)
    started, end = tmp_path / "started", tmp_path / "end"
    script = f"echo x >>{started}; while [ ! -e {end} ]; do sleep 0.05; done"
    commands = program(programs, "stuck", script)
    assert (await commands.run(["stuck", "a"], 0.3)).timed_out
    await until(lambda: started.exists() and started.read_text() == "x\n")
    end.touch()
    async with asyncio.timeout(100):
        while (await commands.run(["stuck", "a"], 100)).timed_out:  # noqa: ASYNC110 (it tells nobody that it ended)
            await asyncio.sleep(0.01)
    assert started.read_text() == "x\nx\n"


async def test_a_program_on_a_disk_that_hangs_holds_up_nobody(programs: Path) -> None:
    """A FIFO stands for it: whoever opens it waits, as in uninterruptible sleep."""
    os.mkfifo(programs / "hanging", 0o755)
    commands = program(programs, "well", "echo well")
    asked = asyncio.ensure_future(commands.run(["hanging"], 0.3))
    await asyncio.sleep(0)  # the loop goes on meanwhile
    assert not asked.done()
    assert (await asked).timed_out
    assert (await commands.run(["well"], 100)).timed_out  # nothing is put behind what hangs
    (programs / "hanging").open("wb").close()
    async with asyncio.timeout(100):
        while (answer := await commands.run(["well"], 100)).timed_out:  # noqa: ASYNC110 (it tells nobody)
            await asyncio.sleep(0.01)
    assert answer.stdout == b"well\n"


async def test_output_is_bounded_and_the_program_stopped(programs: Path) -> None:
    commands = program(programs, "flood", "while :; do echo xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx; done")
    result = await commands.run(["flood"], 100, max_output=10_000)
    assert len(result.stdout) == 10_000
    assert result.truncated
    assert result.exit_code is None


async def test_a_missing_program_and_a_path_instead_of_a_name(programs: Path) -> None:
    commands = HostCommands([str(programs)])
    assert (await commands.run(["nothing-like-this"])).missing
    with pytest.raises(ValueError, match="expected a program's name"):
        await commands.run(["/bin/sh"])


def replayed(root: Path, entries: object) -> ReplayedCommands:
    folder = root / "captured-commands"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "index.json").write_text(json.dumps({"commands": entries}))
    (folder / "sda.json").write_text('{"disk": "sda"}')
    (root / "outside").write_text("not below captured-commands, but below the root")
    return ReplayedCommands(HostPaths(root))


async def test_replay_answers_by_the_words_of_the_question(tmp_path: Path) -> None:
    commands = replayed(
        tmp_path,
        [
            {"argv": ["smartctl", "--scan"], "stdout": "sda.json"},
            {"argv": ["smartctl", "/dev/sda"], "stdout": "sda.json", "exit_code": 64},
            {"argv": ["smartctl", "/dev/sdb"], "timed_out": True},
        ],
    )
    asked = ["smartctl", "--json", "-a"]
    assert await commands.run([*asked, "/dev/sda"]) == CommandResult(b'{"disk": "sda"}', exit_code=64)
    assert (await commands.run(["smartctl", "--json", "--scan"])).exit_code == 0
    assert (await commands.run([*asked, "/dev/sdb"])).timed_out
    assert (await commands.run([*asked, "/dev/sdc"])).missing
    assert (await commands.run([*asked, "/dev/sda"], max_output=4)).truncated


@pytest.mark.parametrize(
    "entries", [None, 7, ["x"], [{"argv": "smartctl"}], [{"argv": []}], [{"argv": ["smartctl", 5]}]]
)
async def test_a_damaged_index_answers_nothing(tmp_path: Path, entries: object) -> None:
    assert (await replayed(tmp_path, entries).run(["smartctl", "-a"])).missing


async def test_a_captured_machine_never_runs_programs(tmp_path: Path) -> None:
    commands = commands_for(HostPaths(tmp_path))
    assert (await commands.run(["sh", "-c", "echo run"])).missing
    assert isinstance(commands_for(HostPaths()), HostCommands)
