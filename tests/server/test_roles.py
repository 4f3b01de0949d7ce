"""The roles as real processes: up, ready, apart, and what they say when something is missing."""

from __future__ import annotations

import json
import os
import signal
import socket
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from logix_server.config import ServerConfig
from logix_server.main import _web_host

from tests.ports import free_port, free_ports

COMMAND = [sys.executable, "-m", "logix_server"]


def environment(folder: Path) -> dict[str, str]:
    mine = {key: value for key, value in os.environ.items() if not key.startswith("LOGIX_")}
    mine.pop("DJANGO_SETTINGS_MODULE", None)
    return mine | {"LOGIX_DATA": str(folder)}


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *arguments],
        check=False,
        env=environment(folder),
        capture_output=True,
        text=True,
        timeout=240,
    )


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An initialised data directory with ports of its own."""
    folder = tmp_path_factory.mktemp("roles") / "data"
    ports = {name: str(free_port()) for name in ("gateway", "enrolment", "web")}
    metrics = free_ports(3)
    options = [f"--{name}-port={port}" for name, port in ports.items()]
    done = run(folder, "init", *options, f"--metrics-port={metrics}")
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture(scope="module")
def up(data: Path) -> Iterator[subprocess.Popen[str]]:
    """`logix-server up`, ready; ended in order afterwards."""
    process = subprocess.Popen(
        [*COMMAND, "up"],
        env=environment(data),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    yield process
    process.terminate()
    assert process.wait(60) == 0


def port(data: Path, name: str) -> int:
    import tomllib

    return int(tomllib.loads((data / "server.toml").read_text())[f"{name}_port"])


def fetch(url: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(url, timeout=120) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def test_the_web_address_that_is_said_is_one_that_answers() -> None:
    far = {"data": Path("data"), "database_url": "", "public_host": "support.example.com"}
    assert _web_host(ServerConfig(**far)) == "localhost"  # behind a proxy on this host
    assert _web_host(ServerConfig(**far, web_bind="0.0.0.0")) == "support.example.com"
    assert _web_host(ServerConfig(**far, web_bind="10.0.0.7")) == "10.0.0.7"


def test_everything_is_up_and_tells_its_health_and_metrics(data: Path, up: subprocess.Popen[str]) -> None:
    status, said = fetch(f"http://127.0.0.1:{port(data, 'web')}/healthz")
    assert (status, set(json.loads(said).values())) == (200, {"ok"})
    for offset, name in enumerate(("logix_streams", "logix_job_seconds", "logix_web_requests_total")):
        status, said = fetch(f"http://127.0.0.1:{port(data, 'metrics') + offset}/metrics")
        assert status == 200
        assert name in said


@pytest.mark.parametrize("name", ["gateway", "enrolment"])
def test_nothing_older_than_tls_1_3_is_spoken(name: str, data: Path, up: subprocess.Popen[str]) -> None:
    def handshake(newest: ssl.TLSVersion) -> str | None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        context.maximum_version = newest
        with (
            socket.create_connection(("127.0.0.1", port(data, name)), 120) as raw,
            context.wrap_socket(raw) as secured,
        ):
            return secured.version()

    assert handshake(ssl.TLSVersion.TLSv1_3) == "TLSv1.3"
    with pytest.raises((ssl.SSLError, ConnectionError)):
        handshake(ssl.TLSVersion.TLSv1_2)


def test_a_taken_port_ends_up_with_the_reason(data: Path, up: subprocess.Popen[str]) -> None:
    again = run(data, "up")
    assert again.returncode == 1
    assert "cannot listen on 127.0.0.1:" in again.stderr


def test_a_role_that_is_killed_comes_back(data: Path, up: subprocess.Popen[str]) -> None:
    def children() -> dict[str, int]:
        found = {}
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
                words = (folder / "cmdline").read_text().split("\0")
            except OSError:
                continue
            if parent == up.pid and "--supervised" in words:
                found[words[words.index("--supervised") - 1]] = int(folder.name)
        return found

    before = children()
    assert set(before) == {"gateway", "web", "jobs"}
    os.kill(before["gateway"], signal.SIGKILL)
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        now = children()
        if now.get("gateway", before["gateway"]) != before["gateway"] and _listens(port(data, "gateway")):
            break
        time.sleep(0.1)
    else:
        pytest.fail("the gateway did not come back")
    assert {now["web"], now["jobs"]} == {before["web"], before["jobs"]}


def _listens(number: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", number), 1).close()
    except OSError:
        return False
    return True


@pytest.mark.parametrize("role", ["up", "gateway", "web", "jobs"])
def test_without_a_data_directory_the_command_to_make_one_is_named(role: str, tmp_path: Path) -> None:
    done = run(tmp_path / "nothing", role)
    assert done.returncode == 1
    assert "logix-server init" in done.stderr


def test_a_schema_that_is_behind_names_the_command_to_migrate(data: Path, tmp_path: Path) -> None:
    import shutil
    import sqlite3

    folder = tmp_path / "data"
    shutil.copytree(data, folder, ignore=shutil.ignore_patterns("*.sqlite3*"))
    sqlite3.connect(folder / "logix.sqlite3").close()
    done = run(folder, "jobs")
    assert done.returncode == 1
    assert "logix-server migrate" in done.stderr
