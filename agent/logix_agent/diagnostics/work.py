"""Makes a bundle, in a process of its own: `python -m logix_agent.diagnostics.work`.

What it needs (archives, digests, what programs answered) would stay in the resident agent's memory, and a
machine that is in trouble must not be burdened by being looked at: it runs at the lowest priority, for a
bounded time, and ends with the agent; the programs that it asks end with it. One JSON request on standard
input, one JSON answer on standard output; {"error": "…"} and exit code 1 where no bundle came about.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import resource
import signal
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, NoReturn

from logix_common.clock import SystemClock, to_microseconds
from logix_common.errors import LogixError

from logix_agent.config import AgentConfig
from logix_agent.diagnostics import gathering, packing
from logix_agent.diagnostics.facts import Asked
from logix_agent.host.commands import HostCommands, commands_for
from logix_agent.host.paths import HostPaths

MAX_INPUT: Final = 256 * 1024
#: Seconds after which the process ends whatever hangs, and of its own computing.
LAST_SECONDS: Final = gathering.ALL_SECONDS + 60.0
_CPU_SECONDS: Final = 60
_FILE_BYTES: Final = 64 * 1024 * 1024
#: What ends the programs that still run.
before_leaving: Final[list[Callable[[], None]]] = []


def make(fields: dict[str, Any]) -> dict[str, Any]:
    """The bundle that the request wants, at the path that it names."""
    asked = Asked(fields["ticket"], tuple(fields["codes"]), tuple(fields["parts"]))
    config = AgentConfig(
        state_dir=Path(fields["state_dir"]),
        sysroot=Path(fields["sysroot"]),
        services=tuple(fields["services"]),
        modules_dir=fields["modules_dir"],
    )
    clock, paths = SystemClock(), HostPaths(config.sysroot)
    commands = commands_for(paths)
    if isinstance(commands, HostCommands):
        before_leaving.append(commands.end)
    look = gathering.Gathering(config, paths, commands, clock)
    parts = asyncio.run(look.parts(asked))
    bundle = packing.write(Path(fields["path"]), asked, parts, to_microseconds(clock.now()))
    return {"size": bundle.size, "sha256": bundle.sha256, "parts": len(parts)}


def humble() -> None:
    """Give way to everything else on the machine, and end in time."""
    with contextlib.suppress(OSError):
        os.nice(19)
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_CPU, (_CPU_SECONDS, _CPU_SECONDS + 5))
        resource.setrlimit(resource.RLIMIT_FSIZE, (_FILE_BYTES, _FILE_BYTES))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    for number in (signal.SIGTERM, signal.SIGXCPU):
        signal.signal(number, lambda *_: _leave(1))
    threading.Thread(target=_end_in_time, args=(os.getppid(),), daemon=True).start()


def _end_in_time(parent: int) -> None:
    """What hangs in the kernel, or outlives the agent that wanted it, is of no use to anybody."""
    end = time.monotonic() + LAST_SECONDS
    while time.monotonic() < end and os.getppid() == parent:
        time.sleep(0.5)
    _leave(1)


def _leave(code: int) -> NoReturn:
    """End at once, but leave no program behind that hangs: nobody would ever end it."""
    for each in before_leaving:
        each()
    os._exit(code)


def main() -> int:
    """One request, one answer."""
    humble()
    try:
        answer, code = make(json.loads(sys.stdin.buffer.read(MAX_INPUT))), 0
    except (LogixError, OSError) as error:
        answer, code = {"error": str(error)}, 1
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        answer, code = {"error": f"no bundle ({type(error).__name__}: {error})"[:500]}, 1
    sys.stdout.write(json.dumps(answer))
    sys.stdout.flush()
    _leave(code)  # a probe's thread that hangs in the kernel must not keep it


if __name__ == "__main__":
    main()
