"""What turning a module off would do to a security module (Reading 10)."""

from __future__ import annotations

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


async def test_nothing_is_turned_off_while_systemd_cannot_be_asked(three: Appliance) -> None:
    three.systemd.deaf = True
    modules = await three.start()
    await three.take(modules, three.vendor.state(1, False))
    assert unchanged(three)
    three.systemd.deaf = False
    await three.clock.advance(RETRY_SECONDS[0])
    await three.settled()
    assert not three.active("webfilter")
