"""A statement is the only thing that changes a module, and never a security module (UPD-6, Reading 10)."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from logix_agent.modules.facts import Running, SignedStatement, Wanted
from logix_agent.modules.resident import RETRY_SECONDS, Modules
from logix_common.module_statement import encoded, parsed

from tests.agent.modules.conftest import DEVICE, Appliance, Vendor
from tests.fakes.systemd import FakeUnit

YEAR = 366 * 86_400.0


def states(modules: Modules) -> dict[str, tuple[Wanted, Running, str]]:
    report = modules.report()
    return {each.name: (each.wanted, each.running, each.problem) for each in report.modules} if report else {}


@pytest.fixture
def three(appliance: Appliance) -> Appliance:
    """Two modules and the firewall."""
    appliance.module("firewall", security=True)
    appliance.module("webfilter")
    appliance.module("reports")
    return appliance


def unchanged(appliance: Appliance) -> bool:
    return not appliance.systemd.acts and all(map(appliance.active, ("firewall", "webfilter", "reports")))


async def test_upd_6_a_statement_disables_what_is_no_security_module(three: Appliance) -> None:
    modules = await three.start()
    await three.take(modules, three.vendor.state(1, False))
    assert [three.active(name) for name in ("firewall", "webfilter", "reports")] == [True, False, False]
    assert modules.counter == 1
    assert states(modules)["firewall"] == (Wanted.RUNS, Running.YES, "")
    assert states(modules)["webfilter"] == (Wanted.DISABLED, Running.NO, "")


async def test_upd_6_a_renewal_turns_exactly_those_on_again(three: Appliance) -> None:
    three.systemd.units["reports.service"] = FakeUnit(active=False, enabled=False)  # by choice
    modules = await three.start()
    await three.take(modules, three.vendor.state(1, False))
    await three.take(modules, three.vendor.state(2, True, last_disabling=1))
    assert [three.active(name) for name in ("firewall", "webfilter", "reports")] == [True, True, False]


async def test_a_first_statement_that_modules_run_starts_nothing(three: Appliance) -> None:
    three.systemd.units["reports.service"] = FakeUnit(active=False, enabled=False)
    modules = await three.start()
    await three.take(modules, three.vendor.state(1, True))
    assert three.systemd.acts == []
    assert states(modules)["reports"] == (Wanted.RUNS, Running.NO, "")


async def test_reading_10_silence_for_a_year_changes_nothing(three: Appliance) -> None:
    await three.start()
    await three.clock.advance(YEAR)
    assert unchanged(three)
    await three.stop()
    await three.start()
    assert unchanged(three)


async def test_reading_10_silence_for_a_year_after_a_statement_changes_nothing(three: Appliance) -> None:
    modules = await three.start()
    await three.take(modules, three.vendor.state(1, False))
    done = list(three.systemd.acts)
    await three.clock.advance(YEAR)
    await three.stop()
    await three.start()
    assert three.systemd.acts == done


@pytest.mark.parametrize("year", [1970, 2100])
async def test_reading_10_a_wrong_clock_changes_nothing(three: Appliance, year: int) -> None:
    three.clock.jump(datetime(year, 1, 1, tzinfo=UTC))
    modules = await three.start()
    await three.take(modules, three.vendor.state(1, True, issued_at="2026-11-22T17:00:00Z"))
    await three.clock.advance(YEAR)
    assert unchanged(three)


@pytest.mark.parametrize("year", [1970, 2100])
async def test_a_statement_counts_whatever_the_clock_says(three: Appliance, year: int) -> None:
    three.clock.jump(datetime(year, 1, 1, tzinfo=UTC))
    modules = await three.start()
    await three.take(modules, three.vendor.state(1, False))
    assert not three.active("webfilter")
    await three.take(modules, three.vendor.state(2, True, last_disabling=1))
    assert three.active("webfilter")


def forged(vendor: Vendor) -> dict[str, SignedStatement]:
    good = vendor.state(5, False)
    other = Vendor().state(5, False)
    broken = bytes([good.signature[0] ^ 1]) + good.signature[1:]
    return {
        "another key": other,
        "another key under our name": SignedStatement(other.payload, other.signature, vendor.key_id),
        "a payload that was changed": SignedStatement(
            good.payload.replace(b'"counter":5', b'"counter":6'), good.signature, good.key_id
        ),
        "a broken signature": SignedStatement(good.payload, broken, good.key_id),
        "no signature": SignedStatement(good.payload, b"", good.key_id),
        "a signature over the payload alone": SignedStatement(
            good.payload, vendor.key.sign(good.payload), good.key_id
        ),
        "signed garbage": vendor.sign(b"{}"),
        "for another device": vendor.state(5, False, device_id="f" * 32),
    }


@pytest.mark.parametrize("kind", sorted(forged(Vendor())))
async def test_reading_10_what_is_not_valid_changes_nothing(three: Appliance, kind: str) -> None:
    modules = await three.start()
    await three.take(modules, forged(three.vendor)[kind])
    assert unchanged(three)
    assert modules.counter == 0
    assert modules.problem.startswith("a statement was not accepted")
    report = modules.report()
    assert report is not None
    assert report.problem == modules.problem
    assert not three.file.exists()


@pytest.mark.parametrize("counter", [1, 2, 3])
async def test_an_old_statement_changes_nothing(three: Appliance, counter: int) -> None:
    modules = await three.start()
    await three.take(modules, three.vendor.state(3, True))
    await three.take(modules, three.vendor.state(counter, False))
    assert unchanged(three)
    assert "old" in modules.problem
    await three.stop()
    again = await three.start()
    await three.take(again, three.vendor.state(counter, False))
    assert unchanged(three)


async def test_the_same_statement_again_is_no_news(three: Appliance) -> None:
    modules = await three.start()
    statement = three.vendor.state(1, False)
    await three.take(modules, statement)
    done = list(three.systemd.acts)
    await three.take(modules, statement)
    assert (three.systemd.acts, modules.problem, three.verifications) == (done, "", 1)


async def test_a_statement_that_names_a_security_module_leaves_it_on_and_tells(three: Appliance) -> None:
    modules = await three.start()
    await three.take(modules, three.vendor.state(1, False, named={"firewall": False}))
    assert three.active("firewall")
    assert not three.active("webfilter")
    wanted, running, problem = states(modules)["firewall"]
    assert (wanted, running) == (Wanted.RUNS, Running.YES)
    assert "security" in problem


async def test_what_a_statement_does_not_speak_of_stays_as_it_is(three: Appliance) -> None:
    modules = await three.start()
    await three.take(modules, three.vendor.state(1, None, named={"webfilter": False}))
    assert (three.active("webfilter"), three.active("reports")) == (False, True)
    assert states(modules)["reports"][0] is Wanted.UNSAID


async def test_one_that_is_named_to_run_runs_on(three: Appliance) -> None:
    modules = await three.start()
    await three.take(modules, three.vendor.state(1, False, named={"reports": True}))
    assert (three.active("webfilter"), three.active("reports")) == (False, True)


# -- a security module behind another one ------------------------------------------------------


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


# -- failures ------------------------------------------------------------------------------------


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


# -- lives ---------------------------------------------------------------------------------------


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
        "payload": __import__("base64").b64encode(evil.payload).decode(),
        "signature": __import__("base64").b64encode(evil.signature).decode(),
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


# -- modules by programs, modules that come and go ------------------------------------------------


def programs(appliance: Appliance, on: dict[str, bool], *, with_state: bool = True) -> None:
    from logix_agent.host.commands import CommandResult

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
