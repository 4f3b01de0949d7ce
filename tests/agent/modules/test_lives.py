"""Killed, restarted, reinstalled, enrolled anew: the last valid statement is carried out, and no other."""

from __future__ import annotations

import base64
import json

import pytest

from tests.agent.modules.conftest import Appliance, Vendor, unchanged


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("act", [1, 2])
async def test_a_kill_between_steps_is_made_good_at_the_next_start(
    three: Appliance, act: int, moment: str
) -> None:
    modules = await three.start()
    setattr(three.systemd, f"die_{moment}", act)
    await three.take(modules, three.vendor.state(1, False))
    assert three.task is not None
    assert three.task.done()
    again = await three.start()
    assert again.counter == 1
    assert [three.active(name) for name in ("firewall", "webfilter", "reports")] == [True, False, False]
    await three.take(again, three.vendor.state(2, True, last_disabling=1))
    assert all(map(three.active, ("firewall", "webfilter", "reports")))


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("act", [3, 4, 5, 6])
async def test_a_kill_while_turning_on_is_made_good_too(three: Appliance, act: int, moment: str) -> None:
    modules = await three.start()
    await three.take(modules, three.vendor.state(1, False))
    setattr(three.systemd, f"die_{moment}", act)
    await three.take(modules, three.vendor.state(2, True, last_disabling=1))
    await three.start()
    assert all(map(three.active, ("firewall", "webfilter", "reports")))


async def test_a_kill_before_a_security_unit_was_started_again_is_made_good(three: Appliance) -> None:
    three.systemd.units["webfilter.service"].takes_along = ("firewall.service",)
    modules = await three.start()
    three.systemd.die_after = next(
        number for number, name in enumerate(sorted(("reports", "webfilter")), 1) if name == "webfilter"
    )
    await three.take(modules, three.vendor.state(1, False))
    assert not three.active("firewall")
    await three.start()
    assert three.active("firewall")


async def test_what_a_restart_of_the_machine_started_again_goes_off_again(three: Appliance) -> None:
    modules = await three.start()
    await three.take(modules, three.vendor.state(1, False))
    await three.stop()
    three.systemd.units["webfilter.service"].active = True  # a static unit that another one pulled in
    await three.start()
    assert not three.active("webfilter")


async def test_a_statement_that_was_tampered_with_on_the_disk_changes_nothing(three: Appliance) -> None:
    modules = await three.start()
    await three.take(modules, three.vendor.state(1, True))
    await three.stop()
    content = json.loads(three.file.read_text())
    evil = Vendor().state(2, False)
    content["statement"] = {
        "payload": base64.b64encode(evil.payload).decode(),
        "signature": base64.b64encode(evil.signature).decode(),
        "key_id": evil.key_id,
    }
    content["pending"] = True
    three.file.write_text(json.dumps(content))
    again = await three.start()
    assert unchanged(three)
    assert "not valid" in again.problem


@pytest.mark.parametrize("garbage", [b"", b"{}", b"\xff", b"[" * 100_000, b'{"version": 2}'])
async def test_a_memory_that_cannot_be_read_changes_nothing(three: Appliance, garbage: bytes) -> None:
    three.file.write_bytes(garbage)
    modules = await three.start()
    assert unchanged(three)
    assert (modules.counter, bool(modules.problem)) == (0, True)
    await three.take(modules, three.vendor.state(4, True))
    assert (modules.counter, modules.problem) == (4, "")


async def test_a_reinstalled_agent_turns_on_what_it_may_have_turned_off(three: Appliance) -> None:
    modules = await three.start()
    await three.take(modules, three.vendor.state(3, False))
    await three.stop()
    three.file.unlink()  # the state directory is gone, the units stay disabled
    again = await three.start()
    await three.take(again, three.vendor.state(4, True, last_disabling=3))
    assert all(map(three.active, ("firewall", "webfilter", "reports")))


async def test_a_reinstalled_agent_that_hears_the_standing_statement_first_does_so_as_well(
    three: Appliance,
) -> None:
    modules = await three.start()
    await three.take(modules, three.vendor.state(3, False))
    await three.stop()
    three.file.unlink()
    again = await three.start()
    await three.take(again, three.vendor.state(3, False))
    await three.stop()
    third = await three.start()
    await three.take(third, three.vendor.state(4, True, last_disabling=3))
    assert all(map(three.active, ("firewall", "webfilter", "reports")))
    before = len(three.systemd.acts)
    await three.take(third, three.vendor.state(5, True, last_disabling=3))
    assert len(three.systemd.acts) == before  # once


async def test_another_identity_begins_its_own_count_and_undoes_what_the_last_one_did(
    three: Appliance,
) -> None:
    modules = await three.start()
    await three.take(modules, three.vendor.state(9, False))
    await three.stop()
    three.device_id = "e" * 32
    done = len(three.systemd.acts)
    again = await three.start()
    assert (again.counter, len(three.systemd.acts)) == (0, done)
    await three.take(again, three.vendor.state(1, True, device_id="e" * 32))
    assert all(map(three.active, ("firewall", "webfilter", "reports")))


async def test_idle_lives_verify_nothing(three: Appliance) -> None:
    modules = await three.start()
    await three.take(modules, three.vendor.state(1, True))
    await three.stop()
    await three.start()
    assert three.verifications == 1


async def test_a_statement_whose_key_comes_later_is_taken_then(three: Appliance) -> None:
    modules = await three.start()
    later = Vendor()
    statement = later.state(1, False)
    await three.take(modules, statement)
    assert unchanged(three)
    three.vendor = later
    await modules.try_again()
    await three.settled()
    assert (three.active("webfilter"), modules.problem) == (False, "")
