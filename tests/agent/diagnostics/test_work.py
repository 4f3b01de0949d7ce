"""The process that makes bundles leaves no program behind, however it ends."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from pathlib import Path

import pytest

from tests.until import until

HANGING = """#!/bin/sh
echo $$ > "{pid}.new" && mv "{pid}.new" "{pid}"
exec sleep 300
"""
WORK = """
import asyncio, sys
from logix_agent.diagnostics import work
from logix_agent.host.commands import HostCommands
work.humble()
commands = HostCommands([sys.argv[1]])
work.before_leaving.append(commands.end)
asyncio.run(commands.run(["hangs"], 200.0))
"""
#: The same, begun by one that ends as the agent may end.
AGENT = """
import subprocess, sys, time
subprocess.Popen([sys.executable, "-c", sys.argv[2], sys.argv[1]])
time.sleep(300)
"""


def alive(pid: int) -> bool:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGXCPU])
async def test_a_program_that_hangs_ends_with_the_work(tmp_path: Path, number: signal.Signals) -> None:
    await _ends(tmp_path, [WORK, str(tmp_path)], number)


async def test_a_program_that_hangs_ends_with_the_agent(tmp_path: Path) -> None:
    await _ends(tmp_path, [AGENT, str(tmp_path), WORK], signal.SIGKILL)


async def _ends(folder: Path, code: list[str], number: signal.Signals) -> None:
    program, pid = folder / "hangs", folder / "pid"
    program.write_text(HANGING.format(pid=pid))
    program.chmod(0o755)
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", *code)
    hung = 0
    try:
        await until(pid.exists, 30)
        hung = int(pid.read_text())
        assert alive(hung)
        process.send_signal(number)
        await process.wait()
        await until(lambda: not alive(hung), 30)
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        if hung and alive(hung):
            os.kill(hung, signal.SIGKILL)
