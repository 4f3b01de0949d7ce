"""Has a bundle made by a process of its own (`work`)."""

from __future__ import annotations

import asyncio
import contextlib
import json
import signal
import sys
from pathlib import Path
from typing import Any, Final

from logix_common.clock import Clock
from logix_common.errors import LogixError

from logix_agent.config import AgentConfig
from logix_agent.diagnostics.facts import Asked, Bundle
from logix_agent.link.deadline import within

#: Longer than the process gives itself.
_SECONDS: Final = 240.0
#: What hangs in the kernel is not waited for longer than this.
_END_SECONDS: Final = 5.0


class NoBundle(LogixError):
    """The process made none."""


async def make(config: AgentConfig, clock: Clock, asked: Asked, path: Path) -> Bundle:
    """A bundle at `path`, complete and durable. Raises `NoBundle`, `OSError` where no process starts."""
    request = {
        "ticket": asked.ticket,
        "codes": asked.codes,
        "parts": asked.parts,
        "state_dir": str(config.state_dir),
        "sysroot": str(config.sysroot),
        "services": config.services,
        "modules_dir": config.modules_dir,
        "path": str(path),
    }
    answer = await _ask(request, clock)
    size, sha256 = answer.get("size"), answer.get("sha256")
    if not isinstance(size, int) or not isinstance(sha256, str) or len(sha256) != 64:
        raise NoBundle(str(answer.get("error", "no answer"))[:500])
    return Bundle(size, sha256)


async def _ask(request: dict[str, Any], clock: Clock) -> dict[str, Any]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-P",  # never a module from the working directory
        "-m",
        "logix_agent.diagnostics.work",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        output, _ = await within(clock, _SECONDS, process.communicate(json.dumps(request).encode()))
    except TimeoutError:
        raise NoBundle(f"no bundle within {_SECONDS:g} s") from None
    finally:
        await _ended(process, clock)
    try:
        answer = json.loads(output)
    except ValueError as error:
        raise NoBundle(f"the work ended with code {process.returncode}") from error
    return answer if isinstance(answer, dict) else {}


async def _ended(process: asyncio.subprocess.Process, clock: Clock) -> None:
    """Whatever happened, no child is left behind but one that the kernel does not let go of."""
    for number in (signal.SIGTERM, signal.SIGKILL):  # first that it may end its programs
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.send_signal(number)
            with contextlib.suppress(TimeoutError):
                await within(clock, _END_SECONDS, process.wait())
    transport: Any = getattr(process, "_transport", None)  # asyncio offers no public way to close the pipes
    if transport is not None:
        transport.close()
