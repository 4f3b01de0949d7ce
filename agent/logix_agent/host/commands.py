"""The one door to external programs, with limits on time and output.

On the machine itself a program runs with a clean environment, no standard input and its own process
group, which is killed as a whole when its time is up. On any other sysroot nothing is ever executed:
the answer is replayed from files (`ReplayedCommands`).
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol

from logix_agent.host.paths import HostPaths

SEARCH_PATH: Final = ("/usr/sbin", "/usr/bin", "/sbin", "/bin")
DEFAULT_TIME_LIMIT: Final = 15.0
DEFAULT_OUTPUT: Final = 2 * 1024 * 1024
CAPTURED: Final = "/captured-commands"
_PAGE: Final = 4_096
_ENVIRONMENT: Final = {"LC_ALL": "C", "LANG": "C", "PATH": ":".join(SEARCH_PATH), "HOME": "/"}


@dataclass(frozen=True, slots=True)
class CommandResult:
    """What a program answered. `exit_code` is None when it did not end by itself."""

    stdout: bytes = b""
    exit_code: int | None = None
    truncated: bool = False  # more output than allowed: it was stopped
    timed_out: bool = False
    missing: bool = False  # the program is not installed


class Commands(Protocol):
    """The port: how programs are asked."""

    async def run(
        self, argv: Sequence[str], time_limit: float = DEFAULT_TIME_LIMIT, max_output: int = DEFAULT_OUTPUT
    ) -> CommandResult:
        """Run the program named `argv[0]` (no path) with its arguments; never raises for its failure."""


def commands_for(paths: HostPaths) -> Commands:
    """The machine's programs for `/`, replayed answers for every other root."""
    return HostCommands() if paths.live else ReplayedCommands(paths)


class HostCommands:
    """Runs programs of this machine, found in a fixed search path."""

    def __init__(self, search_path: Sequence[str] = SEARCH_PATH) -> None:
        self._search_path = tuple(search_path)
        #: Programs that not even SIGKILL ends (a disk that hangs), by their words: one of each is enough.
        self._stuck: dict[tuple[str, ...], asyncio.subprocess.Process] = {}
        self._groups: set[int] = set()  # of the programs that run
        self._threads = ThreadPoolExecutor(1, "programs")  # it has no thread before it is asked
        self._looking: asyncio.Future[str | None] | None = None

    async def run(
        self,
        argv: Sequence[str],
        time_limit: float = DEFAULT_TIME_LIMIT,
        max_output: int = DEFAULT_OUTPUT,
    ) -> CommandResult:
        """See `Commands`; the process group is gone when this returns or is cancelled.

        What hangs in the kernel stays behind; until it is gone the same words are not run again.
        """
        stuck = self._stuck.pop(tuple(argv), None)
        if stuck is not None and stuck.returncode is None:
            self._stuck[tuple(argv)] = stuck
            return CommandResult(timed_out=True)
        try:
            program = await self._found(argv[0], time_limit)
        except TimeoutError:
            return CommandResult(timed_out=True)
        if program is None:
            return CommandResult(missing=True)
        try:
            process = await _started(program, argv[1:])
        except OSError:
            return CommandResult(missing=True)
        self._groups.add(process.pid)
        result = CommandResult(timed_out=True)
        try:
            with contextlib.suppress(TimeoutError):
                result = await asyncio.wait_for(_collected(process, max_output), time_limit)
            return result
        finally:
            if not await _ended(process, kill=result.exit_code is None):
                self._stuck[tuple(argv)] = process
            self._groups.discard(process.pid)

    def end(self) -> None:
        """Kill all that runs, from any thread: for a process that is about to end whatever hangs in it."""
        for group in tuple(self._groups):
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(group, signal.SIGKILL)

    async def _found(self, name: str, time_limit: float) -> str | None:
        """Where the program is; `TimeoutError` while the disk does not give it.

        The loop waits for exec(2) to have read the beginning of a program: so that is read in a thread
        before, which a disk that hangs may keep. While it does, nothing else is looked for.
        """
        if "/" in name:
            raise ValueError(f"expected a program's name, got a path: {name!r}")
        if self._looking is not None and not self._looking.done():
            raise TimeoutError
        loop = asyncio.get_running_loop()
        looking = loop.run_in_executor(self._threads, _readable, self._search_path, name)
        try:
            return await asyncio.wait_for(asyncio.shield(looking), time_limit)
        except TimeoutError:
            self._looking = looking
            raise


def _readable(search_path: Sequence[str], name: str) -> str | None:
    """The program in the first folder that has it, once its beginning is in memory; blocking."""
    for folder in search_path:
        candidate = f"{folder}/{name}"
        if os.access(candidate, os.X_OK):
            with contextlib.suppress(OSError), Path(candidate).open("rb") as file:
                file.read(_PAGE)
            return candidate
    return None


async def _started(program: str, arguments: Sequence[str]) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        program,
        *arguments,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env=_ENVIRONMENT,
        cwd="/",
        start_new_session=True,
    )


async def _collected(process: asyncio.subprocess.Process, max_output: int) -> CommandResult:
    assert process.stdout is not None
    pieces: list[bytes] = []
    size = 0
    while piece := await process.stdout.read(65_536):
        pieces.append(piece)
        size += len(piece)
        if size > max_output:
            return CommandResult(b"".join(pieces)[:max_output], truncated=True)
    return CommandResult(b"".join(pieces), exit_code=await process.wait())


async def _ended(process: asyncio.subprocess.Process, kill: bool) -> bool:
    """Kill what is left of the group, also where its leader has ended, and reap the program.

    False: the program is stuck in the kernel (a dying disk) and cannot be killed; it is left to the
    event loop's child watcher rather than waited for.
    """
    if kill or process.returncode is None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(process.wait(), 1.0)
    ended = process.returncode is not None
    transport: Any = getattr(process, "_transport", None)  # asyncio offers no public way to close the pipe
    if transport is not None:
        transport.close()
    return ended


class ReplayedCommands:
    """Answers from `SYSROOT/captured-commands/index.json`, read anew for every question:

        {"commands": [
            {"argv": ["smartctl", "--scan"], "stdout": "smartctl/scan.json"},
            {"argv": ["smartctl", "/dev/sda"], "stdout": "smartctl/sda.json", "exit_code": 64},
            {"argv": ["smartctl", "/dev/sdb"], "timed_out": true}
        ]}

    `argv[0]` must be the program; the other words must all occur in the question, so that an entry
    needs only what tells it apart. The first entry that fits answers; `stdout` is a path below
    `captured-commands/`; `exit_code` is 0 when not given. Whatever fits no entry is a missing program.
    """

    def __init__(self, paths: HostPaths) -> None:
        self._paths = paths

    async def run(
        self,
        argv: Sequence[str],
        time_limit: float = DEFAULT_TIME_LIMIT,  # noqa: ARG002 (the port's signature)
        max_output: int = DEFAULT_OUTPUT,
    ) -> CommandResult:
        """See `Commands`; executes nothing."""
        for entry in self._entries():
            if _fits(entry, argv):
                return self._answer(entry, max_output)
        return CommandResult(missing=True)

    def _entries(self) -> list[dict[str, Any]]:
        index = self._paths.read(f"{CAPTURED}/index.json")
        if index.data is None or index.truncated:
            return []
        try:
            entries = json.loads(index.data)["commands"]
        except (ValueError, KeyError, TypeError, RecursionError):
            return []
        return [entry for entry in entries if isinstance(entry, dict)] if isinstance(entries, list) else []

    def _answer(self, entry: dict[str, Any], max_output: int) -> CommandResult:
        if entry.get("timed_out") is True:
            return CommandResult(timed_out=True)
        data, truncated = b"", False
        if isinstance(entry.get("stdout"), str):
            reading = self._paths.read(f"{CAPTURED}/{entry['stdout']}", max_output)
            data, truncated = reading.data or b"", reading.truncated
        code = entry.get("exit_code", 0)
        return CommandResult(
            data, exit_code=code if isinstance(code, int) and not truncated else None, truncated=truncated
        )


def _fits(entry: dict[str, Any], argv: Sequence[str]) -> bool:
    words = entry.get("argv")
    return (
        isinstance(words, list)
        and bool(words)
        and words[0] == argv[0]
        and all(word in argv[1:] for word in words[1:])
    )
