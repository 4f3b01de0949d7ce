"""Real processes in a folder of their own: the server's roles, agents on simulated machines, kills."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import psutil
import psycopg
import pytest

from tests.ports import free_port, free_ports
from tools.demo_world import BIN, Ports, World
from tools.simulated_machine import SimulatedMachine

QUICK = {
    "health_interval_seconds": 2,
    "finding_interval_seconds": 1,
    "smart_interval_seconds": 1,
    "debounce_raise": 1,
    "debounce_clear": 2,
    "backoff_initial_seconds": 0.2,
    "backoff_max_seconds": 1,
    "lost_server_spread_seconds": 0.2,
    "connect_timeout_seconds": 30,
}


#: Within the first year of everything, whenever the tests run.
BOUGHT = (date.today() - timedelta(days=100)).isoformat()


def _is_over(process: psutil.Process) -> bool:
    """Whether it has ended, also where nobody has asked for its status yet."""
    try:
        return bool(process.status() == psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return True


def faked_clock(time: str) -> dict[str, str]:
    """Variables that give a process another wall clock (libfaketime's README); skips without faketime."""
    faketime = shutil.which("faketime")
    if faketime is None:
        pytest.skip("needs faketime")
    preload = subprocess.check_output([faketime, "-f", time, "printenv", "LD_PRELOAD"], text=True).strip()
    # What is waited for is counted by the monotonic clock, which stays true, as a kernel's does.
    return {"LD_PRELOAD": preload, "FAKETIME": time, "FAKETIME_DONT_FAKE_MONOTONIC": "1"}


class Place(World):
    """One server (on `database_url`, or SQLite) and its appliances; ports are free ones."""

    def __init__(self, folder: Path, database_url: str | None = None) -> None:
        ports = Ports(free_port(), free_port(), free_port(), metrics=free_ports(4))
        super().__init__(folder, ports)
        self.database_url = database_url
        self.clock: dict[str, str] = {}
        self.folder.mkdir(parents=True, exist_ok=True)

    @property
    def environment(self) -> dict[str, str]:
        extra = {"LOGIX_DATABASE_URL": self.database_url} if self.database_url else {}
        return super().environment | extra | self.clock

    def travel(self, days: int) -> None:
        """Let every process that is started from now on live so many days later."""
        self.clock = faked_clock(f"+{days}d")

    def init(self, *options: str, settings: str = "") -> None:
        """`logix-server init` on free ports; `settings` are further lines for server.toml."""
        ports = [f"--{name}-port={port}" for name, port in vars(self.ports).items()]
        self.server("init", *ports, *options, LOGIX_ADMIN_PASSWORD="a-long-password-for-tests")
        with (self.folder / "server" / "server.toml").open("a") as config:
            config.write(settings)

    def start_role(self, role: str, *, name: str = "", **extra: str) -> None:
        """Start a role; `extra` are environment variables of its own."""
        name = name or role
        self.log(name).parent.mkdir(parents=True, exist_ok=True)
        with self.log(name).open("ab") as output:
            self.processes[name] = subprocess.Popen(
                [BIN / "logix-server", role],
                env=self.environment | extra,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )

    def until(self, what: str, condition: Callable[[], bool], seconds: float = 240) -> None:
        """As the demo waits, with the patience of a test: how long matters only where it fails."""
        super().until(what, condition, seconds)

    def kill(self, name: str) -> None:
        """`kill -9` of one process and its group; returns when all that it started is gone, too.

        A supervisor's children end by themselves then, and until they have they hold their ports.
        """
        process = self.processes.pop(name)
        family = psutil.Process(process.pid).children(recursive=True)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        self.until(f"what {name} had started is gone", lambda: all(_is_over(each) for each in family))

    def register(self, serial: str, customer: str = "Deneme", purchased: str = BOUGHT) -> Path:
        """Register a device of `customer` (made where missing) and return its enrolment bundle."""
        if customer not in {row["name"] for row in self.ask("customer", "list")}:
            self.server("customer", "add", customer)
        bundle = self.folder / f"{serial}.json"
        arguments = ("--customer", customer, "--model", "LX-500", "--purchased", purchased)
        extra = ("--hardware", "logix", "--installation", serial, "--bundle-out", str(bundle))
        self.server("device", "register", serial, *arguments, *extra)
        return bundle

    def appliance(self, serial: str, purchased: str = BOUGHT, **settings: Any) -> Appliance:
        """A registered and enrolled appliance on a simulated machine; not started."""
        appliance = Appliance(self, serial, settings)
        bundle = self.register(serial, purchased=purchased)
        self.until("the enrolment port is open", lambda: self.listens(self.ports.enrolment))
        appliance.agent("enrol", "--bundle", str(bundle), "--serial", serial)
        return appliance

    @contextmanager
    def database(self) -> Iterator[Any]:
        """A cursor that reads the server's database from outside."""
        if self.database_url:
            with psycopg.connect(self.database_url) as connection, connection.cursor() as cursor:
                yield cursor
        else:
            connection = sqlite3.connect(self.folder / "server" / "logix.sqlite3", timeout=240)
            try:
                yield connection.cursor()
            finally:
                connection.close()

    def count(self, query: str) -> int:
        """The single number that `query` gives."""
        with self.database() as cursor:
            return int(cursor.execute(query).fetchone()[0])

    def listens(self, port: int) -> bool:
        """Whether something takes connections there."""
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", port)) == 0

    def connected(self, serial: str) -> bool:
        """Whether the server holds a stream of that device."""
        return any(
            row["serial"] == serial and row["link"] == "connected" for row in self.ask("device", "list")
        )


class Appliance:
    """One agent with its machine and configuration."""

    def __init__(self, place: Place, serial: str, settings: dict[str, Any]) -> None:
        self.place, self.serial = place, serial
        self.folder = place.folder / serial
        self.folder.mkdir()
        self.machine = SimulatedMachine(self.folder / "sysroot", serial=serial)
        self.state = self.folder / "state"
        self.config = self.folder / "agent.toml"
        values = {"state_dir": str(self.state), "sysroot": str(self.folder / "sysroot")} | QUICK | settings
        self.config.write_text("".join(f"{key} = {json.dumps(value)}\n" for key, value in values.items()))

    @property
    def name(self) -> str:
        return f"agent-{self.serial}"

    def agent(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run one agent command to its end."""
        done = subprocess.run(
            [BIN / "logix-agent", *arguments, "--config", self.config],
            env=self.place.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
        )
        assert not check or done.returncode == 0, done.stderr or done.stdout
        return done

    def start(self, clock: str = "") -> None:
        """Start `logix-agent run`, with another wall clock where one is given (`faketime -f`)."""
        faked = [f"{key}={value}" for key, value in faked_clock(clock).items()] if clock else []
        self.place.start(self.name, "env", *faked, BIN / "logix-agent", "run", "--config", self.config)

    def kill(self) -> None:
        self.place.kill(self.name)

    def status(self) -> dict[str, Any]:
        """What `logix-agent status --json` says."""
        answer: dict[str, Any] = json.loads(self.agent("status", "--json", check=False).stdout or "{}")
        return answer
