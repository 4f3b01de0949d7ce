"""The command as an operator runs it: a process of its own, in a data directory of its own."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from tests import environment

COMMAND = [sys.executable, "-c", "from logix_server.cli import main; main()"]


@dataclass
class Server:
    """`logix-server` with LOGIX_DATA set; each call is a process."""

    data: Path
    database_url: str | None = None

    @property
    def environment(self) -> dict[str, str]:
        env = {k: v for k, v in os.environ.items() if not k.startswith(("LOGIX_", "DJANGO_"))}
        env["LOGIX_DATA"] = str(self.data)
        if self.database_url:
            env["LOGIX_DATABASE_URL"] = self.database_url
        return env

    def __call__(self, *arguments: str, **extra: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*COMMAND, *arguments],
            env=self.environment | extra,
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
        )

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [*COMMAND, *arguments],
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def ok(self, *arguments: str, **extra: str) -> str:
        done = self(*arguments, **extra)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def json(self, *arguments: str) -> Any:
        return json.loads(self.ok(*arguments, "--json"))

    def refused(self, *arguments: str, **extra: str) -> str:
        """What it says on stderr when it refuses; stdout stays empty."""
        done = self(*arguments, **extra)
        assert done.returncode == 1, (done.returncode, done.stdout, done.stderr)
        assert done.stdout == ""
        assert "Traceback" not in done.stderr
        return done.stderr


@pytest.fixture
def blank(tmp_path: Path) -> Server:
    """A server that is not initialised, on the database that the suite runs on."""
    url = None
    if environment.SERVER is not None:
        from logix_common.identifiers import new_device_id

        url = environment.SERVER.create(f"cli_{new_device_id()[:12]}")
    return Server(tmp_path / "data", url)


def initialise(server: Server) -> Server:
    server.ok("init", "--admin", "ayse", LOGIX_ADMIN_PASSWORD="correct horse battery")
    return server


@pytest.fixture(scope="session")
def made_once(tmp_path_factory: pytest.TempPathFactory) -> Server:
    """On SQLite a server is a directory: one is made, and copied for each test."""
    return initialise(Server(tmp_path_factory.mktemp("init") / "data"))


@pytest.fixture
def server(blank: Server, request: pytest.FixtureRequest) -> Server:
    """A server that is initialised, with nothing in it."""
    if blank.database_url is not None:
        return initialise(blank)
    shutil.copytree(request.getfixturevalue("made_once").data, blank.data)
    return blank


class Console:
    """The same commands inside this process, on the test's own database: no process a call."""

    def __call__(self, *arguments: str) -> Result:
        from logix_server.cli import cli

        return CliRunner().invoke(cli, list(arguments))

    def ok(self, *arguments: str) -> str:
        done = self(*arguments)
        assert done.exit_code == 0, (done.stderr, done.exception)
        return done.stdout

    def json(self, *arguments: str) -> Any:
        return json.loads(self.ok(*arguments, "--json"))

    def refused(self, *arguments: str) -> str:
        """What it says on stderr when it refuses; stdout stays empty."""
        done = self(*arguments)
        assert done.exit_code == 1, (done.exit_code, done.stdout, done.stderr, done.exception)
        assert done.stdout == ""
        assert isinstance(done.exception, SystemExit)
        return done.stderr


@pytest.fixture
def console(db: None) -> Console:
    """The commands on a database with an authority."""
    from datetime import UTC, datetime

    from logix_server.config import current
    from logix_server.pki.actions import start_authority

    shutil.rmtree(current().pki, ignore_errors=True)
    start_authority(datetime.now(UTC))
    return Console()
