"""Modules by programs, bad files, machines without modules."""

from __future__ import annotations

import pytest
from logix_agent.host.commands import CommandResult
from logix_common.module_statement import encoded, parsed

from tests.agent.modules.conftest import DEVICE, Appliance, Vendor, states


def programs(appliance: Appliance, on: dict[str, bool], *, with_state: bool = True) -> None:
    def program(argv):
        word, name = argv[1], argv[2]
        if word == "is-on":
            return CommandResult(exit_code=0 if on[name] else 3)
        on[name] = word == "enable"
        return CommandResult(exit_code=0)

    appliance.systemd.programs["logixctl"] = program
    state = 'state = ["logixctl", "is-on", "reports"]\n' if with_state else ""
    appliance.describe(
        "reports",
        'security = false\non = [["logixctl", "enable", "reports"]]\n'
        f'off = [["logixctl", "disable", "reports"]]\n{state}',
    )


@pytest.mark.parametrize("with_state", [True, False])
async def test_modules_by_programs(appliance: Appliance, with_state: bool) -> None:
    on = {"reports": True}
    programs(appliance, on, with_state=with_state)
    modules = await appliance.start()
    await appliance.take(modules, appliance.vendor.state(1, False))
    assert on == {"reports": False}
    await appliance.stop()
    acts = [act for act in appliance.systemd.acts if act[1] != "is-on"]
    modules = await appliance.start()
    assert [act for act in appliance.systemd.acts if act[1] != "is-on"] == acts
    await appliance.take(modules, appliance.vendor.state(2, True, last_disabling=1))
    assert on == {"reports": True}


@pytest.mark.parametrize("moment", ["before", "after"])
async def test_a_kill_around_a_program_that_tells_no_state_is_made_good(
    appliance: Appliance, moment: str
) -> None:
    on = {"reports": True}
    programs(appliance, on, with_state=False)
    modules = await appliance.start()
    setattr(appliance.systemd, f"die_{moment}", 1)
    await appliance.take(modules, appliance.vendor.state(1, False))
    assert appliance.task is not None
    assert appliance.task.done()
    await appliance.start()
    assert on == {"reports": False}


async def test_a_missing_program_is_told(appliance: Appliance) -> None:
    appliance.describe("reports", 'security = false\non = [["nothing"]]\noff = [["nothing"]]\n')
    modules = await appliance.start()
    await appliance.take(modules, appliance.vendor.state(1, False))
    assert "no such program" in states(modules)["reports"][2]


async def test_a_bad_file_is_told_and_touches_nothing(three: Appliance) -> None:
    three.describe("broken", "security = maybe\n")
    modules = await three.start()
    await three.take(modules, three.vendor.state(1, False))
    assert "broken.toml" in states(modules)["broken"][2]
    assert not three.active("webfilter")


async def test_a_machine_without_modules_has_nothing_to_tell(appliance: Appliance) -> None:
    modules = await appliance.start()
    assert modules.report() is None
    await appliance.take(modules, appliance.vendor.state(1, False))
    report = modules.report()
    assert report is not None
    assert (report.counter, report.modules) == (1, ())


def test_the_rig_signs_what_the_server_would() -> None:
    payload = Vendor().state(1, False).payload
    assert encoded(parsed(payload)) == payload
    assert parsed(payload).device_id == DEVICE
