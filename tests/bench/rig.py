"""Processes to measure: started pinned to a core, asked for memory and CPU, ended."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent
SERVER_CORE, CLIENT_CORE = 0, min(1, (os.cpu_count() or 1) - 1)


class Measured:
    """A running process, with what it used."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self._ps = psutil.Process(process.pid)

    def rss_mib(self) -> float:
        return float(self._ps.memory_info().rss) / 2**20

    def cpu_seconds(self) -> float:
        times = self._ps.cpu_times()
        return float(times.user + times.system)

    def line(self) -> dict[str, Any]:
        """The next line that it prints, as JSON."""
        assert self.process.stdout is not None
        text = self.process.stdout.readline()
        if not text:
            raise RuntimeError(f"{self.process.args!r} ended with {self.process.wait()}")
        answer: dict[str, Any] = json.loads(text)
        return answer


@contextmanager
def started(
    command: Sequence[str | Path], core: int | None, environment: dict[str, str], log: Path
) -> Iterator[Measured]:
    """Run `command` pinned to `core`; ended with SIGTERM, then SIGKILL."""
    pin = ["taskset", "-c", str(core)] if core is not None else []
    with log.open("ab") as errors:
        process = subprocess.Popen(
            [*pin, *command],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        )
    try:
        yield Measured(process)
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def until(condition: Callable[[], bool], what: str, seconds: float = 60) -> None:
    """Wait for `condition`; raises RuntimeError naming `what`."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise RuntimeError(f"waited {seconds:.0f} s in vain: {what}")
        time.sleep(0.05)


def load(target: str, fleet: Path, environment: dict[str, str], *options: str) -> dict[str, Any]:
    """One run of the load program on the client's core."""
    command = ["taskset", "-c", str(CLIENT_CORE), sys.executable, "-m", "tests.bench.load"]
    command += ["--target", target, "--fleet", str(fleet), *options]
    done = subprocess.run(
        command,
        cwd=ROOT,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"load failed: {done.stderr[-2000:]}")
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    if answer.get("failures") or answer.get("connect_failed"):
        raise RuntimeError(f"load failed: {answer}")
    return answer
