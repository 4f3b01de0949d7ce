"""ethtool asked of a running machine's ports: link partner and optics, within bounds, and without it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import pytest
from logix_agent.config import AgentConfig
from logix_agent.detectors import link_modes, optics, ports
from logix_agent.facts import FindingEvent
from logix_agent.host.commands import CommandResult, Commands, HostCommands
from logix_agent.host.paths import HostPaths
from logix_agent.monitor import Monitor
from logix_agent.probes import ethtool
from logix_agent.probes.port_readings import NetReading, Port
from logix_agent.probes.readings import CannotTell

from tests.agent.machine_facts import FIXTURES
from tests.fakes.clock import FakeClock
from tests.fakes.commands import FakeCommands

COPPER, FIBRE = "eno1", "enp65s0f0"
MISSING = CommandResult(missing=True)


class Ports:
    """Answers as ethtool does: by the words asked, the fixture's name."""

    def __init__(self, **answers: str) -> None:
        self.answers = {"copper": "live-copper", "fibre": "live-fibre", "module": "module-healthy"} | answers

    def __call__(self, argv: Sequence[str]) -> CommandResult:
        if argv[0] != "ethtool":
            return MISSING
        key = "module" if argv[1] == "-m" else "copper" if argv[-1] == COPPER else "fibre"
        name = self.answers[key]
        if not name:
            return CommandResult(b"", exit_code=92)
        return CommandResult((FIXTURES / "netdev" / f"{name}.txt").read_bytes(), exit_code=0)


def machine(folder: Path, **speeds: str) -> HostPaths:
    """Two ports with devices behind them, a bridge, and what must not be taken for a word."""
    for name in (COPPER, FIBRE, "br0", "-s"):
        place = folder / "sys/class/net" / name
        place.mkdir(parents=True)
        told = {"type": "1", "flags": "0x1003", "operstate": "up", "carrier": "1", "duplex": "full"}
        told["speed"] = speeds.get(name, "1000" if name == COPPER else "10000")
        for file, text in told.items():
            (place / file).write_text(text + "\n")
        if name != "br0":
            (place / "device").mkdir()
    return HostPaths(folder)


async def read(paths: HostPaths, answer: Ports) -> tuple[NetReading | CannotTell, list[list[str]]]:
    commands = FakeCommands(answer)
    return await ethtool.read(paths, commands, 20.0), commands.asked


async def told(paths: HostPaths, answer: Ports) -> dict[str, Port]:
    reading, _ = await read(paths, answer)
    assert isinstance(reading, NetReading)
    return {port.name: port for port in reading.ports}


async def test_partner_and_optics_are_read_and_copper_is_asked_for_no_module(tmp_path: Path) -> None:
    reading, asked = await read(machine(tmp_path), Ports())
    assert sorted(asked) == [["ethtool", "-m", FIBRE], ["ethtool", COPPER], ["ethtool", FIBRE]]
    assert isinstance(reading, NetReading)
    copper, fibre = reading.ports
    assert (copper.speed, copper.common, copper.negotiates, copper.alarms) == (1000, 1000, True, None)
    assert (fibre.alarms, fibre.serial, fibre.model) == ((), "OW23A00417", "OW-10G-SR")
    assert optics.judge(reading).healthy == {(f"nic:{FIBRE}", "nic.optics")}


async def test_a_module_beyond_its_limits_is_a_fault_that_can_be_ordered(tmp_path: Path) -> None:
    reading, _ = await read(machine(tmp_path), Ports(module="module-hot"))
    (seen,) = optics.judge(reading).sightings
    assert (seen.code, seen.severity, seen.part) == ("nic.optics", 2, f"nic:{FIBRE}")
    assert (seen.slot, seen.serial, seen.model) == (FIBRE, "OW23A00417", "OW-10G-SR")
    assert [entry.name for entry in seen.evidence] == [
        "Module temperature high alarm",
        "Module temperature high warning",
    ]


async def test_a_module_without_light_is_a_fault_only_while_there_is_a_link(tmp_path: Path) -> None:
    paths = machine(tmp_path)
    lit = optics.judge((await read(paths, Ports(module="module-dark")))[0])
    assert [(seen.code, seen.severity) for seen in lit.sightings] == [("nic.optics", 3)]
    dark = optics.judge((await read(paths, Ports(fibre="live-fibre-no-link", module="module-dark")))[0])
    assert (dark.sightings, dark.healthy) == ((), frozenset())
    hot = optics.judge((await read(paths, Ports(fibre="live-fibre-no-link", module="module-hot")))[0])
    assert [seen.severity for seen in hot.sightings] == [2]


async def test_a_port_without_a_module_has_no_optics(tmp_path: Path) -> None:
    assert (await told(machine(tmp_path), Ports(module="")))[FIBRE].alarms is None


async def test_a_port_that_does_not_answer_leaves_the_others(tmp_path: Path) -> None:
    assert list(await told(machine(tmp_path), Ports(fibre=""))) == [COPPER]
    reading, _ = await read(machine(tmp_path / "b"), Ports(fibre="", copper=""))
    assert isinstance(reading, CannotTell) and not reading.absent


async def test_without_ethtool_nothing_can_be_told(tmp_path: Path) -> None:
    reading = await ethtool.read(machine(tmp_path), FakeCommands(lambda _: MISSING), 20.0)
    assert reading == CannotTell("ethtool: not installed", absent=True)
    (tmp_path / "empty").mkdir()
    none = await ethtool.read(HostPaths(tmp_path / "empty"), FakeCommands(lambda _: MISSING), 20.0)
    assert isinstance(none, CannotTell) and none.absent


async def test_the_program_itself_is_run(tmp_path: Path) -> None:
    program = tmp_path / "bin" / "ethtool"
    program.parent.mkdir()
    live, module = (FIXTURES / "netdev" / f"{name}.txt" for name in ("live-fibre", "module-healthy"))
    program.write_text(f'#!/bin/sh\ntest "$1" = -m && exec cat {module}\nexec cat {live}\n')
    program.chmod(0o755)
    commands: Commands = HostCommands((str(program.parent), *os.defpath.split(":")))
    reading = await ethtool.read(machine(tmp_path / "root"), commands, 20.0)
    assert isinstance(reading, NetReading)
    assert [(port.name, port.model) for port in reading.ports] == [(FIBRE, "OW-10G-SR")]


def slow(partner: int, speed: int = 100) -> list[str]:
    """The faults of a port at 100 Mbit/s whose ends were told to agree on `partner` at `speed`."""
    seen = NetReading((Port("eno1", True, link=True, speed=100),))
    modes = link_modes.noted(NetReading((Port("eno1", speed=speed, common=partner, negotiates=True),)), {})
    return [found.code for found in ports.judge(seen, {}, modes=modes).sightings]


def test_what_both_ends_offer_counts_only_for_the_link_of_which_it_was_told() -> None:
    assert slow(partner=1000) == ["nic.speed-low"]
    assert slow(partner=100) == []
    assert slow(partner=1000, speed=1000) == []  # told of the link before: it may lead elsewhere now


@pytest.mark.parametrize(
    "note", ["", "x", "[]", "[100]", '["100", 1, true]', "[100, true, 1]", "{}", "[" * 9_000]
)
def test_a_note_that_is_none_is_passed_over(note: str) -> None:
    port = Port("eno1", speed=100)
    assert link_modes.completed(port, note) == port


async def events(monitor: Monitor, clock: FakeClock, passes: int) -> list[FindingEvent]:
    found = []
    for _ in range(passes):
        clock.move(30)
        found += await monitor.findings()
        await monitor.commit()
    return found


async def test_a_slow_link_is_raised_by_the_monitor(tmp_path: Path) -> None:
    paths, clock = machine(tmp_path / "root", eno1="100"), FakeClock()
    answer = FakeCommands(Ports(copper="live-copper-slow", module="module-hot"))
    monitor = Monitor(AgentConfig(sysroot=paths.root), paths, answer, clock, tmp_path / "state.json")
    found = await events(monitor, clock, 3)
    assert [(each.part, each.code) for each in found] == [
        (f"nic:{FIBRE}", "nic.optics"),
        (f"nic:{COPPER}", "nic.speed-low"),
    ]
    assert found[1].evidence[0].value == "100 Mbit/s"
