"""The supervisor over real child processes: readiness, restart, order at the end."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path

from logix_common.clock import SystemClock
from logix_server.supervisor import LONGEST_PAUSE, Role, Supervisor, pause_before

from tests.until import until

#: A child that says it is ready, then ends with its standard input, as roles do.
CHILD = """
import json, os, sys
print(json.dumps({"ready": {"pid": os.getpid()}}), flush=True)
sys.stdin.read()
"""
BROKEN = "import sys; sys.exit('cannot listen')"


def child(name: str, program: str = CHILD) -> Role:
    return Role(name, [sys.executable, "-c", program])


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def over(pid: int) -> bool:
    """Whether the process has ended, also where nobody has asked for its status yet."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except (FileNotFoundError, ProcessLookupError):
        return True


def test_pauses_double_up_to_a_limit() -> None:
    assert [pause_before(n) for n in (1, 2, 3, 4)] == [1, 2, 4, 8]
    assert pause_before(100) == LONGEST_PAUSE


async def test_ready_is_told_when_all_are_a_dead_role_is_restarted_and_all_end_together() -> None:
    from tests.fakes.clock import FakeClock

    told: list[list[str]] = []
    clock = FakeClock()
    roles = [child("one"), child("two")]
    supervisor = Supervisor(roles, clock, lambda ready: told.append([role.name for role in ready]))
    running = asyncio.create_task(supervisor.run())
    await until(lambda: bool(told))
    assert told == [["one", "two"]]

    first = int(roles[0].addresses["pid"])
    os.kill(first, signal.SIGKILL)
    await until(lambda: clock.sleeping == 1)
    await clock.advance(1)
    await until(lambda: int(roles[0].addresses["pid"]) != first)
    pids = [int(role.addresses["pid"]) for role in roles]

    supervisor.stop()
    assert await running == 0
    assert not any(alive(pid) for pid in pids)


async def test_a_role_that_cannot_start_ends_everything_with_an_error() -> None:
    roles = [child("one"), child("broken", BROKEN)]
    assert await Supervisor(roles, SystemClock(), lambda _ready: None).run() == 1
    assert all(role.process and role.process.returncode is not None for role in roles)


async def test_a_role_whose_program_is_not_there_ends_everything_with_an_error() -> None:
    roles = [child("one"), Role("absent", ["/nonexistent/program"])]
    running = Supervisor(roles, SystemClock(), lambda _ready: None).run()
    assert await asyncio.wait_for(running, 100) == 1


async def test_a_role_that_floods_its_output_is_started_again() -> None:
    from tests.fakes.clock import FakeClock

    clock = FakeClock()
    role = child(
        "loud",
        CHILD.replace(
            "sys.stdin.read()", "sys.stdout.write('x' * 200_000); sys.stdout.flush(); sys.stdin.read()"
        ),
    )
    supervisor = Supervisor([role], clock, lambda _ready: None)
    running = asyncio.create_task(supervisor.run())
    await until(lambda: clock.sleeping == 1)
    first = role.starts
    await clock.advance(1)
    await until(lambda: role.starts == first + 1)
    supervisor.stop()
    assert await running == 0


async def test_children_end_when_the_supervisor_is_killed(tmp_path: Path) -> None:
    program = f"""
import asyncio, sys
sys.path.insert(0, {str(Path(__file__).parents[2])!r})
from logix_common.clock import SystemClock
from logix_server.supervisor import Role, Supervisor
role = Role("one", [sys.executable, "-c", {CHILD!r}])
asyncio.run(Supervisor([role], SystemClock(), lambda r: print(r[0].addresses["pid"], flush=True)).run())
"""
    supervisor = await asyncio.create_subprocess_exec(
        sys.executable, "-c", program, stdout=asyncio.subprocess.PIPE
    )
    assert supervisor.stdout is not None
    pid = int(await supervisor.stdout.readline())
    assert alive(pid)
    supervisor.kill()
    await supervisor.wait()
    await until(lambda: over(pid))
