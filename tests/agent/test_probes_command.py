"""`logix-agent probes`: what ran, how it went, how long it took; and one that hangs stops no other."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import pytest
from logix_agent import cli
from logix_agent.config import AgentConfig
from logix_agent.detectors.judgement import Judgement
from logix_agent.detectors.memory import Memory
from logix_agent.host.boot import boot_id
from logix_agent.host.commands import commands_for
from logix_agent.host.paths import HostPaths
from logix_agent.link.running import StateLock, write_status
from logix_agent.monitor import Monitor
from logix_agent.monitor_status import differs, told_of
from logix_agent.probes.readings import CannotTell
from logix_agent.probes_command import Line, NoAgent, look_now, of_running, render
from logix_agent.sources import SOURCES, Source
from logix_agent.status_command import lines
from logix_agent.watch import Watch
from logix_common.clock import SystemClock

from tests.fakes.clock import FakeClock
from tools.simulated_machine import SimulatedMachine

JUDGED = {source.name for source in SOURCES}


@pytest.fixture
def machine(tmp_path: Path) -> SimulatedMachine:
    return SimulatedMachine(tmp_path / "root")


def config(machine: SimulatedMachine, tmp_path: Path, **more: float) -> AgentConfig:
    return AgentConfig(sysroot=machine.folder, state_dir=tmp_path, **more)


async def test_every_probe_is_listed_after_one_look(machine: SimulatedMachine, tmp_path: Path) -> None:
    listed, stuck = await look_now(config(machine, tmp_path))
    assert not stuck
    told = {line.name: line for line in listed}
    assert set(told) == JUDGED | {"inventory", "system", "services", "removable"}
    assert told["mdstat"].result == "ok"
    assert all(line.milliseconds is not None and line.age_seconds is not None for line in listed)


async def test_a_running_agents_probes_are_told_from_its_status(
    machine: SimulatedMachine, tmp_path: Path
) -> None:
    clock, settings = SystemClock(), config(machine, tmp_path)
    paths = HostPaths(machine.folder)
    monitor = Monitor(settings, paths, commands_for(paths), clock, tmp_path / "findings.json")
    with pytest.raises(NoAgent):
        of_running(settings)
    lock = StateLock(tmp_path)
    with pytest.raises(NoAgent):
        of_running(settings)
    write_status(tmp_path, told_of(monitor), boot_id(), clock)
    assert {line.result for line in of_running(settings)} == {"never"}
    await monitor.findings()
    write_status(tmp_path, told_of(monitor), boot_id(), clock)
    told = {line.name: line for line in of_running(settings)}
    lock.release()
    assert told["smart"].result == "ok"
    assert told["smart"].age_seconds is not None
    assert told["smart"].age_seconds < 60
    assert told["inventory"].result == "never"


async def test_a_status_is_not_written_anew_because_probes_ran_again(
    machine: SimulatedMachine, tmp_path: Path
) -> None:
    clock = FakeClock()
    paths = HostPaths(machine.folder)
    settings = config(machine, tmp_path)
    monitor = Monitor(settings, paths, commands_for(paths), clock, tmp_path / "findings.json")
    await monitor.findings()
    first = told_of(monitor)
    clock.move(30)
    await monitor.findings()
    second = told_of(monitor)
    assert first != second
    assert not differs(second, first)
    machine.force_read_only("/var")
    for _ in range(5):
        clock.move(30)
        await monitor.findings()
    assert differs(told_of(monitor), second)


class Stuck:
    """A source whose read does not come back until it is let go."""

    def __init__(self) -> None:
        self.release = threading.Event()

    def source(self, name: str) -> Source[str]:
        def read(_machine: object) -> str:
            self.release.wait(60)
            return "at last"

        return Source(name, ("system",), judge=lambda _seen, _known: Judgement(), blocking=read)


async def test_probes_that_hang_are_cut_off_and_all_others_go_on(
    machine: SimulatedMachine, tmp_path: Path
) -> None:
    """More of them than may run at once: each gives up its turn, not its thread."""
    stuck = Stuck()
    paths = HostPaths(machine.folder)
    settings = config(machine, tmp_path, probe_timeout_seconds=0.3)
    hanging = [stuck.source(f"stuck-{number}") for number in range(6)]
    watch = Watch(settings, paths, commands_for(paths), SystemClock(), (*hanging, *SOURCES))
    try:
        for _ in range(2):
            seen = await watch.look()
            assert all(isinstance(seen.readings[source.name], CannotTell) for source in hanging)
            assert not [name for name in JUDGED if getattr(seen.readings[name], "absent", True) is False]
            assert not isinstance(seen.readings["smart"], CannotTell)
            assert watch.stuck
        verdicts, _memory = watch.judge(seen, Memory(), 0.0)
        assert verdicts["smart"].healthy
    finally:
        stuck.release.set()


LINES = [
    Line("smart", "cannot tell", "no answer within 20 s", 20_000.0, 12.4),
    Line("mdstat", "never", "", None, None),
    Line("nut", "absent", "upsc\x1b[2J is not installed", 0.1, 3.0),
]


def test_the_table_for_people() -> None:
    head, smart, mdstat, nut = render(LINES, as_json=False).splitlines()
    assert head.split() == ["PROBE", "RESULT", "TOOK", "AGE"]
    assert smart.endswith("20000.0 ms  12 s  no answer within 20 s")
    assert mdstat.split() == ["mdstat", "not", "yet", "run"]
    assert "\x1b" not in nut


def test_for_programs() -> None:
    told = json.loads(render(LINES, as_json=True))
    assert [line["result"] for line in told] == ["cannot tell", "never", "absent"]
    assert told[1]["milliseconds"] is None


def test_without_an_agent_it_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "agent.toml"
    file.write_text(f'state_dir = "{tmp_path}"\nsysroot = "{tmp_path}"\n')
    assert cli.main(["probes", "--config", str(file)]) == cli.FAILED
    assert "--now" in capsys.readouterr().err
    assert cli.main(["probes", "--now", "--json", "--config", str(file)]) == cli.OK
    assert {line["name"] for line in json.loads(capsys.readouterr().out)} >= JUDGED


def test_status_shows_watched_and_suppressed_findings_apart() -> None:
    fault = {"code": "disk.pending-sectors", "part": "disk:A", "severity": 2}
    window = {"seconds": 7_200, "began_us": 1_000_000, "why": "new fan"}
    status = {"findings": [], "watched": [fault], "suppressed": [fault], "maintenance": window}
    said = "\n".join(lines(True, status))
    assert "No findings." in said
    assert said.index("Watched") < said.index("Maintenance since") < said.index("Suppressed")
    assert "for 2 h: new fan" in said
