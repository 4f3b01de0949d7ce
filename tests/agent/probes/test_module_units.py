"""Modules of the product whose units fail: read from systemctl, judged, raised after their debounce."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from logix_agent.config import AgentConfig
from logix_agent.detectors import module_units as detector
from logix_agent.detectors.judgement import Judgement
from logix_agent.facts import FindingEvent
from logix_agent.host.commands import CommandResult
from logix_agent.host.paths import HostPaths
from logix_agent.modules import memory
from logix_agent.modules.facts import WasOn
from logix_agent.modules.memory import Memory
from logix_agent.monitor import Monitor
from logix_agent.probes import module_units
from logix_agent.probes.readings import CannotTell
from logix_agent.probes.unit_readings import ModuleReading
from logix_common.findings import Event

from tests.agent.machine_facts import FIXTURES
from tests.fakes.clock import FakeClock
from tests.fakes.commands import FakeCommands

FOLDER = "/etc/logix/modules.d"
NAMES = ["logix-webfilter.service", "logix-engine.service"]


def states(name: str) -> bytes:
    return (FIXTURES / "systemctl-modules" / f"{name}.txt").read_bytes()


class Machine:
    """Two modules, a module without units, and a systemd that says what the fixture `state` says."""

    state = "running"

    def __init__(self, folder: Path) -> None:
        self.root, self.state_dir = folder / "root", folder / "state"
        self.modules = self.root / FOLDER[1:]
        self.modules.mkdir(parents=True)
        self.state_dir.mkdir()
        self.describe("webfilter", 'security = false\nunits = ["logix-webfilter.service"]\n')
        self.describe("engine", 'security = true\nunits = ["logix-engine.service"]\n')
        self.describe("reports", 'version = "1"\n')
        self.commands = FakeCommands(self.answer)

    def describe(self, name: str, text: str) -> None:
        (self.modules / f"{name}.toml").write_text(text)

    def answer(self, argv: Sequence[str]) -> CommandResult:
        if argv[0] != "systemctl" or not argv[-1].startswith("logix-"):
            return CommandResult(missing=True)
        assert argv[2].startswith("--property=Id,LoadState") and argv[3] == "--"
        asked = {name: states(self.state).split(b"\n\n")[NAMES.index(name)] for name in argv[4:]}
        return CommandResult(b"\n\n".join(asked.values()), exit_code=0)

    async def read(self) -> ModuleReading | CannotTell:
        return await module_units.read(HostPaths(self.root), self.commands, FOLDER, self.state_dir, 5.0)


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def told(judgement: Judgement) -> list[tuple[str, int]]:
    return [(seen.part, int(seen.severity)) for seen in judgement.sightings]


@pytest.mark.parametrize(
    ("state", "main", "faults"),
    [
        ("running", (), []),
        ("failed", (), [("module:webfilter", 2)]),
        ("restarting", (), [("module:webfilter", 2)]),
        ("by-alias", (), [("module:webfilter", 2)]),
        ("starting", (), []),
        ("switched-off", (), []),
        ("engine-failed", (), [("module:engine", 2)]),
        ("engine-failed", ("logix-engine.service",), [("module:engine", 1)]),
        ("engine-failed", ("logix-engine",), [("module:engine", 1)]),
        ("failed", ("logix-engine.service",), [("module:webfilter", 2)]),
    ],
)  # fmt: skip
async def test_states(
    machine: Machine, state: str, main: tuple[str, ...], faults: list[tuple[str, int]]
) -> None:
    machine.state = state
    judgement = detector.judge(await machine.read(), main)
    assert told(judgement) == faults
    assert len(judgement.healthy) == 2 - len(faults)


async def test_the_proof_names_the_unit_its_result_and_how_often_it_was_started(machine: Machine) -> None:
    machine.state = "restarting"
    (seen,) = detector.judge(await machine.read()).sightings
    (proof,) = seen.evidence
    assert (proof.name, proof.value) == ("logix-webfilter.service", "activating")
    assert proof.line == "auto-restart (signal), started again 17 times"


async def test_a_unit_that_is_not_there_tells_nothing(machine: Machine) -> None:
    machine.state = "not-found"
    judgement = detector.judge(await machine.read())
    assert judgement.healthy == {("module:engine", detector.FAILED)}


async def test_a_module_that_a_statement_turned_off_has_not_failed(machine: Machine) -> None:
    machine.state = "failed"
    memory.save(machine.state_dir / memory.FILE, Memory(off={"webfilter": WasOn()}))
    assert told(detector.judge(await machine.read())) == []
    (machine.state_dir / memory.FILE).write_text("{")
    assert told(detector.judge(await machine.read())) == [("module:webfilter", 2)]


async def test_without_modules_or_systemd_there_is_nothing_to_judge(machine: Machine, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    none = await module_units.read(HostPaths(tmp_path / "empty"), machine.commands, FOLDER, tmp_path, 5.0)
    assert isinstance(none, CannotTell) and none.absent
    for answer, absent in (
        (CommandResult(missing=True), True),
        (CommandResult(timed_out=True), False),
        (CommandResult(b"Failed to connect to bus", exit_code=1), False),
    ):
        machine.commands = FakeCommands(lambda _, answer=answer: answer)
        reading = await machine.read()
        assert isinstance(reading, CannotTell)
        assert reading.absent is absent


@given(st.text(max_size=300))
def test_any_text_is_answered(junk: str) -> None:
    text = states("failed").decode()
    for told in (junk, text + junk, junk + text, text.replace("Id=", junk)):
        for unit in module_units.parse(told, NAMES).values():
            assert unit.name in NAMES


async def look(monitor: Monitor, clock: FakeClock, passes: int) -> list[tuple[Event, str]]:
    found: list[FindingEvent] = []
    for _ in range(passes):
        clock.move(30)
        found += await monitor.findings()
        await monitor.commit()
    return [(event.event, event.part) for event in found]


async def test_a_module_that_fails_is_raised_and_cleared_by_the_monitor(machine: Machine) -> None:
    clock, config = FakeClock(), AgentConfig(sysroot=machine.root, state_dir=machine.state_dir)
    paths, kept = HostPaths(machine.root), machine.state_dir / "findings.json"
    monitor = Monitor(config, paths, machine.commands, clock, kept)
    assert await look(monitor, clock, 2) == []
    machine.state = "failed"
    assert await look(monitor, clock, 2) == []  # somebody may be starting it again
    assert await look(monitor, clock, 1) == [(Event.RAISED, "module:webfilter")]
    machine.state = "running"
    assert await look(monitor, clock, 3) == []
    assert await look(monitor, clock, 1) == [(Event.CLEARED, "module:webfilter")]
    machine.state = "failed"
    assert await look(monitor, clock, 3) == [(Event.RAISED, "module:webfilter")]
    (machine.modules / "webfilter.toml").unlink()  # it was uninstalled
    assert await look(monitor, clock, 4) == [(Event.CLEARED, "module:webfilter")]
