"""A real PostgreSQL server of the tests' own: its own folder, a Unix socket and a free loopback port."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import quote

from tests.ports import free_port


def _binaries() -> Path | None:
    for folder in sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True):
        if (folder / "initdb").exists():
            return folder
    found = shutil.which("initdb")
    return Path(found).parent if found else None


def available() -> bool:
    """Whether a PostgreSQL server can be started here."""
    return _binaries() is not None


class PostgresServer:
    """Started by the constructor, ended by `stop`. Runs as `postgres` where we are root, as it must."""

    def __init__(self, options: Sequence[str] = ()) -> None:
        binaries = _binaries()
        if binaries is None:
            raise RuntimeError("no PostgreSQL server here (apt-get install postgresql)")
        self._binaries = binaries
        # Not below the checkout: that folder may be closed to the user `postgres`.
        self.folder = Path(tempfile.mkdtemp(prefix="logix-pg-"))
        self._user = "postgres" if os.geteuid() == 0 else None
        if self._user:
            shutil.chown(self.folder, self._user)
        self.port = free_port()
        self._data = self.folder / "data"
        self._run("initdb", "-D", str(self._data), "-U", "logix", "-A", "trust", "-E", "UTF8", "--locale=C")
        settings = f"-c listen_addresses=127.0.0.1 -c unix_socket_directories={self.folder} -p {self.port}"
        settings += " -c max_connections=60 " + " ".join(f"-c {option}" for option in options)
        log = str(self.folder / "log")
        self._run("pg_ctl", "-D", str(self._data), "-w", "-t", "240", "-l", log, "-o", settings, "start")

    def url(self, database: str = "logix") -> str:
        """Database URL for `LOGIX_DATABASE_URL`."""
        return f"postgresql://logix@{quote(str(self.folder), safe='')}:{self.port}/{database}"

    def create(self, database: str) -> str:
        """Create `database` and return its URL."""
        self._run("createdb", "-h", str(self.folder), "-p", str(self.port), "-U", "logix", database)
        return self.url(database)

    def stop(self, mode: str = "immediate") -> None:
        """End the server and remove its folder."""
        try:
            self._run("pg_ctl", "-D", str(self._data), "-m", mode, "-w", "stop")
        finally:
            shutil.rmtree(self.folder, ignore_errors=True)

    def _run(self, program: str, *arguments: str) -> None:
        # To a file, not a pipe: the server that pg_ctl leaves running would hold the pipe open.
        with tempfile.TemporaryFile("w+") as output:
            done = subprocess.run(
                [str(self._binaries / program), *arguments],
                user=self._user,
                cwd="/",
                env={"PATH": "/usr/bin:/bin", "LC_ALL": "C"},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                timeout=300,
                check=False,
            )
            output.seek(0)
            if done.returncode:
                raise RuntimeError(f"{program} failed ({done.returncode}): {output.read()[-2000:]}")
