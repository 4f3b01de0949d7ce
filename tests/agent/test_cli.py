"""The command line, as processes."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import resource
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path

import pytest
from logix_agent import status_command, texts
from logix_agent.host.boot import boot_id
from logix_agent.link.identity import IdentityStore
from logix_agent.link.running import StateLock, read_status, write_status
from logix_agent.status_command import STALE_SECONDS, lines
from logix_agent.version import VERSION
from logix_common.clock import SystemClock

from tests.fakes.clock import FakeClock
from tests.fakes.gateway import DEVICE_ID, FakeGateway
from tests.until import until


@pytest.fixture
async def gateway() -> AsyncIterator[FakeGateway]:
    fake = FakeGateway()
    await fake.start()
    yield fake
    await fake.stop()


_started: list[asyncio.subprocess.Process] = []


@pytest.fixture(autouse=True)
def nothing_left_behind() -> Iterator[None]:
    """End what a test that failed has left running."""
    yield
    for process in _started:
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(process.pid, signal.SIGKILL)
    _started.clear()


@pytest.fixture
def config(tmp_path: Path) -> Path:
    sysroot = tmp_path / "machine"
    (sysroot / "etc").mkdir(parents=True)
    (sysroot / "etc" / "logix-release").write_text('SERIAL="LX1"\nMODEL="LX-500"\nVERSION="5.2"\n')
    file = tmp_path / "agent.toml"
    file.write_text(
        f'state_dir = "{tmp_path / "state"}"\nsysroot = "{sysroot}"\nhealth_interval_seconds = 0.5\n'
        "finding_interval_seconds = 0.5\nbackoff_initial_seconds = 0.1\nlost_server_spread_seconds = 0.1\n"
    )
    return file


async def agent(*arguments: object) -> tuple[int, str, str]:
    """One command to its end: exit code, standard output, standard error."""
    process = await start(*arguments)
    out, err = await process.communicate()
    return process.returncode or 0, out.decode(), err.decode()


async def start(*arguments: object) -> asyncio.subprocess.Process:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "logix_agent.cli", *map(str, arguments)),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "LC_ALL": "C.UTF-8"},
    )
    _started.append(process)
    return process


async def enrolled(config: Path, gateway: FakeGateway) -> None:
    bundle = config.parent / "bundle.json"
    bundle.write_text(json.dumps(gateway.bundle()))
    code, out, err = await agent("enrol", "--bundle", bundle, "--config", config)
    assert (code, err) == (0, "")
    assert DEVICE_ID in out


def test_the_version_is_the_distributions() -> None:
    assert metadata.version("logix-support") == VERSION


async def test_enrolment_reads_the_appliances_own_serial(config: Path, gateway: FakeGateway) -> None:
    await enrolled(config, gateway)
    assert gateway.enrolments[0].serial == "LX1"
    code, _, err = await agent("enrol", "--bundle", config.parent / "bundle.json", "--config", config)
    assert code == 1
    assert "--again" in err


async def test_a_refused_token_says_what_to_do(config: Path, gateway: FakeGateway) -> None:
    bundle = config.parent / "bundle.json"
    bundle.write_text(json.dumps({**gateway.bundle(), "token": "used up"}))
    code, out, err = await agent("enrol", "--bundle", bundle, "--config", config)
    assert (code, out) == (1, "")
    assert "logix-server device register" in err
    assert not IdentityStore(config.parent / "state" / "identity").exists()


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("no json", "is not JSON"),
        ("{}", "format: expected 1"),
        ('{"format": 1, "serial": "LX1", "trust_domain": "NO!"}', "trust_domain: expected a trust domain"),
        (None, "cannot be read: No such file"),
    ],
)
async def test_an_unusable_bundle_is_named(config: Path, content: str | None, expected: str) -> None:
    bundle = config.parent / "bundle.json"
    if content is not None:
        bundle.write_text(content)
    code, _, err = await agent("enrol", "--bundle", bundle, "--config", config)
    assert code == 1
    assert str(bundle) in err
    assert expected in err


async def test_run_needs_an_identity(config: Path) -> None:
    code, _, err = await agent("run", "--config", config)
    assert code == 1
    assert "logix-agent enrol --bundle FILE" in err


async def test_run_reports_says_how_it_stands_and_stops_in_order(config: Path, gateway: FakeGateway) -> None:
    await enrolled(config, gateway)
    process = await start("run", "--config", config)
    await until(lambda: gateway.told("full_state") and gateway.told("inventory") and gateway.told("health"))
    assert gateway.told("inventory")[0].inventory.serial == "LX1"
    assert gateway.told("inventory")[0].inventory.product_version == "5.2"

    await until(lambda: read_status(config.parent / "state").get("connected"))
    code, out, _ = await agent("status", "--json", "--config", config)
    told = json.loads(out)
    assert (code, told["running"], told["connected"], told["device_id"]) == (0, True, True, DEVICE_ID)

    code, _, err = await agent("run", "--config", config)
    assert code == 1
    assert "another logix-agent" in err

    process.send_signal(signal.SIGTERM)
    _, log = await process.communicate()
    assert process.returncode == 0
    messages = [json.loads(line)["message"] for line in log.decode().splitlines()]
    assert "connected" in messages
    assert messages[-1] == "stopping"
    code, out, _ = await agent("status", "--config", config)
    assert code == 1
    assert out.startswith("The agent is not running.")


async def test_kill_9_loses_no_report_and_a_restart_goes_on(config: Path, gateway: FakeGateway) -> None:
    await enrolled(config, gateway)
    gateway.acknowledge = False
    process = await start("run", "--config", config)
    await until(lambda: gateway.told("full_state"))
    process.kill()
    await process.communicate()
    applied = len(gateway.entries)
    gateway.acknowledge = True
    process = await start("run", "--config", config)
    await until(lambda: len(gateway.told("full_state")) == 2)
    process.terminate()
    await process.communicate()
    spools = {connection.hello.spool_id for connection in gateway.connections}
    assert len(spools) == 1
    assert len({connection.hello.memory_spool_id for connection in gateway.connections}) == 2
    assert len(gateway.entries) > applied
    sequences = [sequence for spool, sequence in gateway.entries if spool in spools]
    assert sequences == list(range(1, len(sequences) + 1))


async def test_a_disk_that_takes_nothing_is_reported_from_memory(config: Path, gateway: FakeGateway) -> None:
    """A limit on file sizes, set on the running process, stands for the disk that fills up."""
    with config.open("a") as settings:
        settings.write("debounce_raise = 1\n")
    await enrolled(config, gateway)
    process = await start("run", "--config", config)
    await until(lambda: gateway.told("full_state"))
    resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (1024, 1024))
    await until(lambda: gateway.told("finding"))
    assert gateway.told("finding")[0].finding.code == "system.spool-unwritable"
    memory_id = gateway.connections[0].hello.memory_spool_id
    spools = [spool for (spool, _), entry in gateway.entries.items() if entry.HasField("finding")]
    assert spools[0] == memory_id
    reports = len(gateway.told("health"))
    await until(lambda: len(gateway.told("health")) > reports)
    assert process.returncode is None
    process.terminate()
    await process.communicate()


async def test_wrong_usage_is_2(config: Path) -> None:
    code, _, err = await agent("enrol")
    assert code == 2
    assert "--bundle" in err


def test_an_unknown_key_is_named(config: Path) -> None:
    config.write_text("stat_dir = 1\n")
    code, _, err = asyncio.run(agent("status", "--config", config))
    assert code == 1
    assert f"{config}: stat_dir" in err
    assert "state_dir" in err


def test_status_for_people_says_what_hurts() -> None:
    status = {
        "connected": False,
        "since_us": 1_700_000_000_000_000,
        "last_error": "UNAVAILABLE: no route",
        "spool_problem": "disk full",
        "in_memory": 3,
        "findings": [{"code": "disk.smart-failed", "part": "disk:A", "severity": 2}],
        "cannot_tell": ["temperatures"],
    }
    text = "\n".join(lines(True, status))
    for part in ("UNAVAILABLE: no route", "disk full", "2  disk:A: The disk reports", "temperatures"):
        assert part in text


def test_status_shows_no_escape_of_a_server(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told = {
        "last_error": "refused: \x1b]0;owned\x07\x9b2J",
        "certificate_not_after_us": 2**63 - 1,
        "findings": [{"code": "disk.smart-failed", "part": "disk:\x1b[1m", "severity": 2}],
    }
    write_status(tmp_path, told, boot_id(), SystemClock())
    assert status_command.run(tmp_path, as_json=False) == 1
    shown = capsys.readouterr().out
    assert "owned" in shown
    assert not [each for each in shown if each != "\n" and (ord(each) < 32 or 127 <= ord(each) < 160)]


def test_status_says_that_its_figures_are_old(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    clock = FakeClock()
    lock = StateLock(tmp_path)  # as a running agent holds it
    assert status_command.run(tmp_path, as_json=False, clock=clock) == 1
    assert "has not said yet" in capsys.readouterr().out
    write_status(tmp_path, {"connected": True, "since_us": 1}, boot_id(), clock)
    clock.jump(datetime(1970, 1, 2, tzinfo=UTC))  # the wall clock has no say in it
    clock.move(STALE_SECONDS)
    assert status_command.run(tmp_path, as_json=False, clock=clock) == 0
    assert "figures are old" not in capsys.readouterr().out
    clock.move(1)
    assert status_command.run(tmp_path, as_json=True, clock=clock) == 1
    told = json.loads(capsys.readouterr().out)
    assert (told["running"], told["stale"], told["connected"]) == (True, True, False)
    assert told["age_seconds"] == STALE_SECONDS + 1
    assert status_command.run(tmp_path, as_json=False, clock=clock) == 1
    assert "figures are old" in capsys.readouterr().out
    write_status(tmp_path, {"connected": True}, "an earlier boot", clock)
    assert status_command.run(tmp_path, as_json=True, clock=clock) == 1
    assert json.loads(capsys.readouterr().out)["age_seconds"] is None
    lock.release()


def test_who_may_not_look_is_told_who_may(monkeypatch: pytest.MonkeyPatch) -> None:
    refused = PermissionError(13, "Permission denied", "/var/lib/logix-agent/agent.lock")
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    said = texts.said(refused)
    assert said.startswith("/var/lib/logix-agent/agent.lock: Permission denied")
    assert "as root" in said
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert "root" not in texts.said(refused)
