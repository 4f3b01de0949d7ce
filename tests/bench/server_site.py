"""A server to measure: initialised in a folder of its own, with a fleet, its gateway pinned to a core."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.bench.rig import BIN, ROOT, SERVER_CORE, Measured, started, until
from tests.ports import free_port, free_ports

#: What a device may send is not what is measured here.
UNLIMITED = (
    "rate_messages_per_second = 1000000.0\nrate_burst = 100000000\nenrolment_tries_per_minute = 1000000\n"
)


@dataclass(frozen=True)
class Site:
    """Folder, environment and address of one server."""

    folder: Path
    environment: dict[str, str]
    port: int

    @property
    def fleet(self) -> Path:
        return self.folder / "fleet"

    @property
    def target(self) -> str:
        return f"localhost:{self.port}"

    def run(self, *command: str | Path) -> str:
        """Run a command with the site's environment; raises RuntimeError with what it said."""
        done = subprocess.run(
            command,
            cwd=ROOT,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"{command}: {done.stderr[-2000:]}")
        return done.stdout

    @contextmanager
    def gateway(self) -> Iterator[Measured]:
        """The gateway role on the server's core, until the block ends."""
        log = self.folder / "gateway.log"
        with started([BIN / "logix-server", "gateway"], SERVER_CORE, self.environment, log) as process:
            until(lambda: _listens(self.target, self.fleet / "roots.pem"), f"the gateway listens ({log})")
            yield process


def _listens(target: str, roots: Path) -> bool:
    import socket

    host, port = target.split(":")
    try:
        socket.create_connection((host, int(port)), 1).close()
    except OSError:
        return False
    return roots.exists()


def make_site(folder: Path, database_url: str | None, devices: int) -> Site:
    """Initialise a server below `folder` with `devices` enrolled devices."""
    folder.mkdir(parents=True)
    environment = {key: value for key, value in os.environ.items() if not key.startswith("LOGIX_")}
    environment |= {"LOGIX_DATA": str(folder / "data"), "DJANGO_SETTINGS_MODULE": "logix_server.settings"}
    environment["LOGIX_ADMIN_PASSWORD"] = "measured-not-used"
    if database_url:
        environment["LOGIX_DATABASE_URL"] = database_url
    ports = {name: free_port() for name in ("gateway", "enrolment", "web")} | {"metrics": free_ports(3)}
    site = Site(folder, environment, ports["gateway"])
    site.run(BIN / "logix-server", "init", *(f"--{name}-port={port}" for name, port in ports.items()))
    with (folder / "data" / "server.toml").open("a") as config:
        config.write(UNLIMITED)
    site.run(sys.executable, "-m", "tests.bench.fleet", "--out", site.fleet, "--count", str(devices))
    return site
