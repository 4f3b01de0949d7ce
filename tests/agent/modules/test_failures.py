"""What goes wrong on the way: told, tried again, bounded; never at the cost of a security module."""

from __future__ import annotations

from logix_agent.modules.facts import Running, Wanted
from logix_agent.modules.resident import RETRY_SECONDS

from tests.agent.modules.conftest import YEAR, Appliance, states, unchanged


async def test_a_module_that_fails_is_tried_again_and_the_others_go_on(three: Appliance) -> None:
    three.systemd.fail = {"webfilter.service": 2}
    modules = await three.start()
    await three.take(modules, three.vendor.state(1, False))
    assert (three.active("webfilter"), three.active("reports")) == (True, False)
    assert "ended with 1" in states(modules)["webfilter"][2]
    for seconds in RETRY_SECONDS[:2]:
        await three.clock.advance(seconds)
        await three.settled()
    assert not three.active("webfilter")
    assert states(modules)["webfilter"] == (Wanted.DISABLED, Running.NO, "")


async def test_tries_are_bounded_and_begin_anew_with_the_next_life(three: Appliance) -> None:
    three.systemd.fail = {"webfilter.service": 1_000}
    modules = await three.start()
    await three.take(modules, three.vendor.state(1, False))
    for _ in range(20):
        await three.clock.advance(YEAR / 20)
        await three.settled()
    tries = [act for act in three.systemd.acts if act[-1] == "webfilter.service"]
    assert len(tries) == 1 + len(RETRY_SECONDS)
    three.systemd.fail = {}
    await three.stop()
    await three.start()
    assert not three.active("webfilter")


async def test_a_newer_statement_need_not_wait_for_tries(three: Appliance) -> None:
    three.systemd.fail = {"webfilter.service": 1_000}
    modules = await three.start()
    await three.take(modules, three.vendor.state(1, False))
    three.systemd.fail = {}
    await three.take(modules, three.vendor.state(2, True, last_disabling=1))
    assert all(map(three.active, ("firewall", "webfilter", "reports")))


async def test_a_statement_that_cannot_be_kept_turns_nothing_off(three: Appliance) -> None:
    three.disk_full = True
    modules = await three.start()
    await three.take(modules, three.vendor.state(1, False))
    assert unchanged(three)
    assert "cannot be kept" in states(modules)["webfilter"][2]
    three.disk_full = False
    await three.clock.advance(RETRY_SECONDS[0])
    await three.settled()
    assert not three.active("webfilter")


async def test_a_full_disk_does_not_keep_modules_off(three: Appliance) -> None:
    modules = await three.start()
    await three.take(modules, three.vendor.state(1, False))
    three.disk_full = True
    await three.take(modules, three.vendor.state(2, True, last_disabling=1))
    assert all(map(three.active, ("firewall", "webfilter", "reports")))
