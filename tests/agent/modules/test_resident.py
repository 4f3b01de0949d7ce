"""A statement is the only thing that changes a module, and never a security module (UPD-6, Reading 10)."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from logix_agent.modules.facts import Running, SignedStatement, Wanted

from tests.agent.modules.conftest import YEAR, Appliance, Vendor, states, unchanged
from tests.fakes.systemd import FakeUnit


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
