"""What turning a module off would do to a security module (Reading 10)."""

from __future__ import annotations

import pytest
from logix_agent.modules.resident import RETRY_SECONDS

from tests.agent.modules.conftest import YEAR, Appliance, states, unchanged
from tests.fakes.systemd import FakeUnit


async def test_a_unit_that_a_security_unit_needs_is_left_on(three: Appliance) -> None:
    three.systemd.units["webfilter.service"].required_by = ("firewall.service",)
    modules = await three.start()
    await three.take(modules, three.vendor.state(1, False))
    assert all(map(three.active, ("firewall", "webfilter")))
    assert "firewall.service of a security module stops" in states(modules)["webfilter"][2]
    assert not three.active("reports")


async def test_another_name_of_a_security_unit_is_left_on(three: Appliance) -> None:
    three.describe("proxy", 'security = false\nunits = ["proxy.service"]\n')
    three.systemd.units["proxy.service"] = FakeUnit(id="firewall.service")
    modules = await three.start()
    await three.take(modules, three.vendor.state(1, False))
    assert three.active("firewall")
    assert "security module's unit" in states(modules)["proxy"][2]


async def test_a_security_unit_that_stopped_along_is_started_again(three: Appliance) -> None:
    three.systemd.units["webfilter.service"].takes_along = ("firewall.service",)
    modules = await three.start()
    await three.take(modules, three.vendor.state(1, False))
    assert all(map(three.active, ("firewall", "webfilter")))
    assert "started again" in states(modules)["webfilter"][2]
    done = list(three.systemd.acts)
    await three.clock.advance(YEAR)
    assert three.systemd.acts == done  # not tried again with this statement


@pytest.mark.parametrize(
    "broken",
    [
        'security = true\nunits = ["firewall.service"]\nunit = 1\n',  # an unknown key
        'security = true\nunits = ["firewall.service"',  # not TOML
        'security = "yes"\nunits = ["firewall.service"]\n',
        'name = "reports"\nsecurity = true\nunits = ["firewall.service"]\n',  # a name that is taken
    ],
)
async def test_a_security_module_that_is_badly_described_is_not_stopped_along(
    three: Appliance, broken: str
) -> None:
    three.describe("firewall", broken)
    three.systemd.units["webfilter.service"].required_by = ("firewall.service",)
    modules = await three.start()
    await three.take(modules, three.vendor.state(1, False))
    assert all(map(three.active, ("firewall", "webfilter")))
    assert "firewall.service of a security module stops" in states(modules)["webfilter"][2]


async def test_a_broken_file_of_no_security_module_holds_nobody_up(three: Appliance) -> None:
    three.describe("extra", 'security = false\nunits = ["webfilter.service"\n')
    modules = await three.start()
    await three.take(modules, three.vendor.state(1, False))
    assert not three.active("webfilter")


async def test_nothing_is_turned_off_while_systemd_cannot_be_asked(three: Appliance) -> None:
    three.systemd.deaf = True
    modules = await three.start()
    await three.take(modules, three.vendor.state(1, False))
    assert unchanged(three)
    three.systemd.deaf = False
    await three.clock.advance(RETRY_SECONDS[0])
    await three.settled()
    assert not three.active("webfilter")
