"""Over all statements: nothing of security goes off (Reading 10)."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st
from logix_agent.modules.decision import Step, step, wanted
from logix_agent.modules.facts import Description, Wanted
from logix_common.module_statement import ModuleStatement

from tests.agent.modules.conftest import DEVICE, Appliance
from tests.fakes.systemd import FakeUnit

NAMES = ("firewall", "ips", "webfilter", "reports")
named = st.dictionaries(st.sampled_from(NAMES), st.booleans())
statements = st.builds(
    ModuleStatement,
    device_id=st.just(DEVICE),
    counter=st.just(1),
    issued_at=st.just(""),
    others=st.sampled_from([True, False, None]),
    named=named,
)
modules = st.builds(
    Description, st.sampled_from(NAMES), st.sampled_from([True, False, None]), st.just(("a.service",))
)


@given(modules, st.none() | statements, st.booleans(), st.booleans())
def test_only_a_module_that_is_no_security_module_ever_goes_off(
    module: Description, statement: ModuleStatement | None, turned_off: bool, forgotten: bool
) -> None:
    done = step(module, statement, turned_off=turned_off, forgotten=forgotten)
    if done is Step.OFF:
        assert module.security is False
        assert statement is not None
        assert statement.runs(module.name) is False
    if module.security:
        assert wanted(module, statement) is Wanted.RUNS
    if statement is None:
        assert done is Step.NOTHING


@st.composite
def machines(draw: st.DrawFn) -> dict[str, tuple[bool, FakeUnit]]:
    found = {}
    for name in NAMES:
        found[name] = (
            name in ("firewall", "ips"),
            FakeUnit(
                active=draw(st.booleans()) or name == "firewall",
                enabled=draw(st.booleans()),
                required_by=draw(st.sampled_from([(), ("firewall.service",), ("reports.service",)])),
                takes_along=draw(st.sampled_from([(), ("firewall.service",), ("ips.service",)])),
            ),
        )
    return found


stated = st.lists(st.tuples(st.sampled_from([True, False, None]), named), min_size=1, max_size=5)


@settings(max_examples=60)
@given(machines(), stated, st.integers(0, 12) | st.none())
def test_whatever_is_stated_security_units_run_on(
    machine: dict[str, tuple[bool, FakeUnit]],
    told: list[tuple[bool | None, dict[str, bool]]],
    die_after: int | None,
) -> None:
    async def live() -> None:
        with tempfile.TemporaryDirectory() as folder:
            appliance = Appliance(Path(folder))
            for name, (security, unit) in machine.items():
                appliance.module(name, security)
                appliance.systemd.units[f"{name}.service"] = unit
            ran = [unit for security, unit in machine.values() if security and unit.active]
            appliance.systemd.die_after = die_after
            agent = await appliance.start()
            for counter, (others, names) in enumerate(told, 1):
                await appliance.take(agent, appliance.vendor.state(counter, others, named=names))
                assert appliance.task is not None
                if appliance.task.done():  # killed: whatever had stopped along is made good now
                    agent = await appliance.start()
            assert all(unit.active for unit in ran)
            await appliance.stop()

    asyncio.run(live())
