"""Run the roles as child processes: start, restart with back-off, end all together.

A child says on its standard output, in one JSON line, that it is ready and where it listens. Its
standard input is a pipe of ours: when we die, however we die, it reads the end and stops by itself.
"""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import structlog
from logix_common.clock import Clock

FIRST_PAUSE: Final = 1.0
LONGEST_PAUSE: Final = 30.0
#: A role that ran so long starts its back-off anew.
STABLE_SECONDS: Final = 60.0
STOP_SECONDS: Final = 8.0
log = structlog.get_logger(__name__)


@dataclass
class Role:
    """One child process and what became of it."""

    name: str
    command: Sequence[str]
    ready: asyncio.Event = field(default_factory=asyncio.Event)
    addresses: Mapping[str, str] = field(default_factory=dict)
    process: asyncio.subprocess.Process | None = None
    starts: int = 0


def pause_before(failures: int) -> float:
    """Seconds before the next start after so many ends in a row without a stable run."""
    return min(FIRST_PAUSE * 2.0 ** min(failures - 1, 16), LONGEST_PAUSE)


class Supervisor:
    """Keeps roles running until told to stop."""

    def __init__(
        self, roles: Sequence[Role], clock: Clock, on_ready: Callable[[Sequence[Role]], None]
    ) -> None:
        self.roles = roles
        self._clock = clock
        self._on_ready = on_ready
        self._stop = asyncio.Event()
        self._failed = False

    def stop(self) -> None:
        """End every role, then return from `run`."""
        self._stop.set()

    async def run(self) -> int:
        """Run until a signal or `stop`; 1 when a role could not start at all, else 0."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.stop)
        keepers = [asyncio.create_task(self._keep(role)) for role in self.roles]
        announcer = asyncio.create_task(self._announce())
        await self._stop.wait()
        announcer.cancel()
        for keeper in keepers:
            keeper.cancel()
        await asyncio.gather(announcer, *keepers, return_exceptions=True)
        await asyncio.gather(*(self._end(role) for role in self.roles))
        return 1 if self._failed else 0

    async def _announce(self) -> None:
        for role in self.roles:
            await role.ready.wait()
        self._on_ready(self.roles)

    async def _keep(self, role: Role) -> None:
        failures = 0
        while True:
            begun = self._clock.monotonic()
            try:
                status = await self._live(role)
            except Exception as error:  # no process to be had, output that is no text: we go on
                log.error("role cannot be kept", child=role.name, exc_info=error)
                await self._end(role)
                status = -1
            if not role.ready.is_set() and role.starts == 1:
                # It has said why on standard error; trying again would only repeat it.
                self._failed = True
                self._stop.set()
                return
            failures = 1 if self._clock.monotonic() - begun > STABLE_SECONDS else failures + 1
            pause = pause_before(failures)
            log.error("role ended, starting it again", child=role.name, status=status, pause=pause)
            await self._clock.sleep(pause)

    async def _live(self, role: Role) -> int:
        """One life of a role; returns its exit status."""
        role.starts += 1
        role.process = process = await asyncio.create_subprocess_exec(
            *role.command,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            start_new_session=True,  # Ctrl-C reaches us alone; we end the others in order
        )
        assert process.stdout is not None
        while line := await process.stdout.readline():
            if addresses := _ready_line(line):
                role.addresses = addresses
                role.ready.set()
            else:
                sys.stderr.buffer.write(line)
        return await process.wait()

    async def _end(self, role: Role) -> None:
        process = role.process
        if process is None or process.returncode is not None:
            return
        process.terminate()
        try:
            await asyncio.wait_for(process.wait(), STOP_SECONDS)
        except TimeoutError:
            log.error("role does not end, killing it", child=role.name)
            process.kill()
            await process.wait()


def _ready_line(line: bytes) -> dict[str, str] | None:
    try:
        said = json.loads(line)
    except ValueError:
        return None
    found = said.get("ready") if isinstance(said, dict) else None
    return {str(key): str(value) for key, value in found.items()} if isinstance(found, dict) else None
