"""The processes of the demo: one server, five agents, and the command line to ask them."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

BIN = Path(sys.executable).parent


class DemoFailure(Exception):
    """The demo cannot go on; the message says what did not hold and where to look."""


@dataclass(frozen=True)
class Ports:
    """Where the demo listens, from the environment."""

    gateway: int
    enrolment: int
    web: int
    metrics: int

    @classmethod
    def from_environment(cls) -> Ports:
        """Read GATEWAY_PORT, ENROLMENT_PORT, WEB_PORT and METRICS_PORT; raises `DemoFailure`."""
        defaults = {"gateway": 7443, "enrolment": 7444, "web": 8080, "metrics": 9464}
        values = {}
        for name, default in defaults.items():
            text = os.environ.get(f"{name.upper()}_PORT") or str(default)
            if not text.isdecimal() or not 1 <= int(text) <= 65_533:
                raise DemoFailure(f"{name.upper()}_PORT: expected a port from 1 to 65533, got {text!r}")
            values[name] = int(text)
        ports = cls(**values)
        ports.check_free()
        return ports

    def check_free(self) -> None:
        """Raise `DemoFailure` naming the first port that two of ours want, or that cannot be listened on."""
        listens = [*vars(self).items(), ("metrics", self.metrics + 1), ("metrics", self.metrics + 2)]
        wanted: dict[int, str] = {}
        for name, port in listens:  # every role has a metrics port of its own
            if port in wanted:
                raise DemoFailure(f"port {port} is wanted twice: {wanted[port]} and {name}")
            wanted[port] = name
            with socket.socket() as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                try:
                    probe.bind(("127.0.0.1", port))
                except OSError as error:
                    hint = f"choose another: make demo {name.upper()}_PORT=…"
                    raise DemoFailure(f"port {port} ({name}): {error.strerror}; {hint}") from error


def take(folder: Path) -> None:
    """Empty `folder` and hold it until this process ends; raises `DemoFailure` while another demo does."""
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        held = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        for entry in folder.iterdir():
            shutil.rmtree(entry) if entry.is_dir() and not entry.is_symlink() else entry.unlink()
    except BlockingIOError as error:
        raise DemoFailure(f"another demo is running in {folder}; end it first") from error
    except OSError as error:
        raise DemoFailure(f"cannot empty {error.filename or folder}: {error.strerror}") from error


@dataclass
class World:
    """Everything below one folder; `close` ends every process that it started."""

    folder: Path
    ports: Ports
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        """What the server's commands run with: nothing of the caller's own Logix settings."""
        env = {key: value for key, value in os.environ.items() if not key.startswith("LOGIX_")}
        return env | {"LOGIX_DATA": str(self.folder / "server"), "PYTHONUNBUFFERED": "1"}

    def log(self, name: str) -> Path:
        """Where process `name` writes."""
        return self.folder / "logs" / f"{name}.log"

    def server(self, *arguments: str, **extra: str) -> str:
        """Run one `logix-server` command and return what it printed; raises `DemoFailure`."""
        done = subprocess.run(
            [BIN / "logix-server", *arguments],
            env=self.environment | extra,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
        )
        if done.returncode:
            raise DemoFailure(f"logix-server {' '.join(arguments)}: {(done.stderr or done.stdout).strip()}")
        return done.stdout

    def ask(self, *arguments: str) -> Any:
        """What `logix-server … --json` answers."""
        return json.loads(self.server(*arguments, "--json"))

    def start(self, name: str, *command: str | Path) -> None:
        """Start a process in a session of its own, so that Ctrl-C reaches us alone and we end it in order."""
        self.log(name).parent.mkdir(parents=True, exist_ok=True)
        with self.log(name).open("ab") as output:
            self.processes[name] = subprocess.Popen(
                [*command],
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )

    def check_alive(self) -> None:
        """Raise `DemoFailure` with the last words of a process that has ended."""
        for name, process in self.processes.items():
            if process.poll() is not None:
                tail = self.log(name).read_text(errors="replace")[-1500:]
                raise DemoFailure(f"{name} ended with status {process.returncode}; its last words:\n{tail}")

    def until(self, what: str, condition: Callable[[], bool], seconds: float = 120) -> None:
        """Wait for `condition`, looking every half second; raises `DemoFailure` naming `what`."""
        deadline = time.monotonic() + seconds
        while not condition():
            self.check_alive()
            if time.monotonic() > deadline:
                raise DemoFailure(f"waited {seconds:.0f} s in vain: {what} (logs: {self.folder / 'logs'})")
            time.sleep(0.5)

    def close(self) -> None:
        """End agents first, then the server; kill what does not end in ten seconds."""
        order = sorted(self.processes, key=lambda name: name == "server")
        for batch in (order[:-1], order[-1:]):
            for name in batch:
                if self.processes[name].poll() is None:
                    self.processes[name].send_signal(signal.SIGTERM)
            for name in batch:
                process = self.processes[name]
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(10)
                with contextlib.suppress(ProcessLookupError):  # and whatever it left behind
                    os.killpg(process.pid, signal.SIGKILL)
                process.wait()
