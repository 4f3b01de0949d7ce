"""Remedies are true, information follows the contract, and data goes one version at a time."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

import pytest
from hypothesis import given, settings
from logix_server.contracts import wording
from logix_server.contracts.decisions import coverage, remedies
from logix_server.contracts.decisions.coverage import Action
from logix_server.contracts.decisions.entitlements import entitlements
from logix_server.contracts.decisions.information import information
from logix_server.contracts.decisions.remedies import Step, remedy
from logix_server.contracts.decisions.terms import Circumstances, ContractFacts, FaultCause, Hardware, Vendor
from logix_server.contracts.decisions.versions import Release, data_carried_over, upgrade_steps
from logix_server.contracts.working_time.holidays_tr import office_calendar

from tests.server.contracts.test_decision_properties import actions, contracts, knowledge, moments
from tests.server.contracts.test_decisions import (
    FIFTH_YEAR,
    FIRST_YEAR,
    GOOD,
    MONDAY,
    NIGHT,
    PROFESYONEL,
    SECOND_YEAR,
    STANDART,
)


def steps(
    facts: ContractFacts, action: Action, known: Circumstances = GOOD, at: datetime = MONDAY
) -> tuple[Step, ...] | None:
    return remedy(facts, action, at, known, office_calendar)


@pytest.mark.parametrize(
    ("facts", "known", "action", "expected"),
    [
        pytest.param(FIRST_YEAR, GOOD, "ticket.open", (), id="allowed: nothing to do"),
        pytest.param(
            *(SECOND_YEAR, GOOD, "ticket.open", (Step.RENEW_UPDATES, Step.BUY_TEMEL)),
            id="UPD-5: the renewal comes with the package",
        ),
        pytest.param(
            *(replace(STANDART, update_renewals=()), GOOD, "session.rules", (Step.RENEW_UPDATES,)),
            id="UPD-5: the renewal alone revives a suspended package",
        ),
        pytest.param(
            *(STANDART, GOOD, "session.manage", (Step.BUY_PROFESYONEL,)), id="MAT-9: the next package"
        ),
        pytest.param(
            *(PROFESYONEL, Circumstances(), "onsite.visit", (Step.OPEN_ACCESS,)), id="SUP-5: open access"
        ),
        pytest.param(
            *(PROFESYONEL, Circumstances(), "warranty.repair", (Step.CONFIRM_FAULT,)), id="WAR-7: confirm"
        ),
        pytest.param(
            *(replace(FIRST_YEAR, purchased_on=date(2023, 6, 1)), GOOD, "warranty.repair"),
            (Step.EXTEND_WARRANTY,),
            id="WAR-2: extend",
        ),
        pytest.param(FIFTH_YEAR, GOOD, "warranty.repair", None, id="WAR-2: too late to extend"),
        pytest.param(
            *(
                ContractFacts(date(2023, 6, 1), end_of_sale_on=date(2026, 1, 1)),
                GOOD,
                "warranty.repair",
                None,
            ),
            id="LIF-2: no extension after the end of sale",
        ),
        pytest.param(
            *(PROFESYONEL, replace(GOOD, fault_cause=FaultCause.ELECTRICAL), "warranty.repair", None),
            id="WAR-5: a cause is nobody's to change",
        ),
        pytest.param(
            *(replace(PROFESYONEL, vendor=Vendor.OTHER), GOOD, "ticket.open", None), id="SUP-3: never"
        ),
        pytest.param(
            *(replace(PROFESYONEL, hardware=Hardware.CUSTOMER), GOOD, "warranty.repair", None),
            id="WAR-3: never",
        ),
        pytest.param(
            *(replace(PROFESYONEL, end_of_life_on=date(2026, 1, 1)), GOOD, "ticket.open", None),
            id="LIF-3: never",
        ),
        pytest.param(
            *(PROFESYONEL, replace(GOOD, successor_released_on=date(2024, 1, 1)), "update.patch"),
            (Step.UPGRADE,),
            id="UPD-7: upgrade",
        ),
    ],
)
def test_remedy(
    facts: ContractFacts, known: Circumstances, action: str, expected: tuple[Step, ...] | None
) -> None:
    assert steps(facts, Action(action), known) == expected


@settings(max_examples=60)
@given(contracts, actions, moments, knowledge)
def test_a_remedy_helps_and_no_part_of_it_would_do(
    facts: ContractFacts, action: Action, moment: datetime, known: Circumstances
) -> None:
    found = steps(facts, action, known, moment)
    allowed = coverage.decide(facts, action, moment, known).allowed
    assert (found == ()) == allowed
    for left_out in found or ():
        fewer = tuple(step for step in found or () if step is not left_out)
        after = remedies._after(fewer, facts, moment, known)
        assert after is None or not coverage.decide(after[0], action, moment, after[1]).allowed


def test_every_step_has_both_languages() -> None:
    for text in (*remedies.TEXTS.values(), remedies.NOTHING):
        reason = coverage.Reason("", text)
        assert wording.sentence(reason, "tr") != wording.sentence(reason, "en") == text
    assert set(remedies.TEXTS) == set(Step)


def test_mat_11_the_hours_open_by_themselves() -> None:
    found = {one.action: one for one in entitlements(STANDART, NIGHT, GOOD, office_calendar)}
    assert list(found) == list(Action)
    assert found[Action.ENGINEER_DIRECT].opens_at == datetime.fromisoformat("2026-03-03T09:00:00+03:00")
    assert found[Action.SESSION_MANAGE].opens_at is None  # suspended next, and still refused


def told(facts: ContractFacts) -> dict[str, str]:
    return {reason.clause: wording.sentence(reason, "en") for reason in information(facts, MONDAY)}


def test_mat_1_and_mat_17_follow_the_package() -> None:
    assert "5x8" in told(STANDART)["MAT-1"]
    assert "7x24" in told(PROFESYONEL)["MAT-1"]
    headlines = [told(facts)["MAT-17"] for facts in (FIRST_YEAR, STANDART, PROFESYONEL)]
    assert [("working hours" in h, "3 hours" in h, "1 hour" in h) for h in headlines] == [
        *((True, False, False), (False, True, False), (False, False, True))
    ]
    assert "MAT-1" not in told(replace(STANDART, update_renewals=()))  # suspended: nothing is given


def test_war_4_software_warranty_runs_with_the_update_service() -> None:
    assert "until 1 June 2026" in told(STANDART)["WAR-4"]
    assert "has ended" in told(SECOND_YEAR)["WAR-4"]


def test_war_10_mat_12_mat_13_place_of_service() -> None:
    assert {"WAR-10", "MAT-12", "MAT-13"} <= told(STANDART).keys()
    assert told(SECOND_YEAR).keys() & {"WAR-10", "MAT-12", "MAT-13"} == {"WAR-10"}
    assert "WAR-10" not in told(replace(STANDART, hardware=Hardware.CUSTOMER))


def test_war_6_sup_6_sup_8_are_told_of_every_product_of_ours() -> None:
    assert {"WAR-6", "SUP-6", "SUP-8"} <= told(SECOND_YEAR).keys()
    assert told(replace(STANDART, vendor=Vendor.OTHER)) == {}
    assert told(replace(STANDART, end_of_life_on=date(2026, 1, 1))) == {}


V7, V8, V9, V10 = (Release(f"{n}.0", date(2014 + n, 1, 1)) for n in (7, 8, 9, 10))


def test_upd_8_data_goes_one_version_at_a_time() -> None:
    releases = (V9, V7, V10, V8)
    assert upgrade_steps(V7, releases, date(2026, 1, 1)) == (V8, V9, V10)
    assert upgrade_steps(V7, releases, date(2023, 6, 1)) == (V8, V9)
    assert data_carried_over(V7, V8, releases)
    assert data_carried_over(V9, V10, releases)
    assert not data_carried_over(V7, V9, releases)
    assert not data_carried_over(V8, V7, releases)
