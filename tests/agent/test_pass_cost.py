"""What one full pass costs besides the tools that it asks: under 100 ms of processor time."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from logix_agent.config import AgentConfig
from logix_agent.host.commands import commands_for
from logix_agent.host.paths import HostPaths
from logix_agent.monitor import Monitor

from tests.fakes.clock import FakeClock
from tools.simulated_machine import SimulatedMachine

PASSES, MOST_SECONDS = 5, 0.1


@pytest.mark.parametrize("machine", ["simulated", "this very one"])
async def test_a_pass_is_cheap(tmp_path: Path, machine: str) -> None:
    root = SimulatedMachine(tmp_path / "root").folder if machine == "simulated" else Path("/")
    paths, clock = HostPaths(root), FakeClock()
    monitor = Monitor(AgentConfig(sysroot=root), paths, commands_for(paths), clock, tmp_path / "state.json")
    await monitor.findings()  # the first pass also loads what it needs
    began = time.process_time()
    for _ in range(PASSES):
        clock.move(30)
        await monitor.findings()
        await monitor.commit()
    assert (time.process_time() - began) / PASSES < MOST_SECONDS
