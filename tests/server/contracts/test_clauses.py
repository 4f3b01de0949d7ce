"""Clause by clause: the day on which an answer turns, the order of reasons, and `until`."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

import pytest
from logix_server.contracts.decisions.coverage import Action, decide
from logix_server.contracts.decisions.terms import (
    ISTANBUL,
    Circumstances,
    ContractFacts,
    FaultCause,
    Hardware,
    Package,
    PackageTerm,
    PatchException,
    Term,
    Vendor,
)

from tests.server.contracts.test_decisions import FIRST_YEAR, GOOD, MONDAY, PROFESYONEL, SECOND_YEAR, STANDART

LEAP = ContractFacts(date(2024, 2, 29))
BOUGHT = ContractFacts(date(2024, 5, 10))
EXTENDED = ContractFacts(date(2023, 3, 1), extended_warranty=True)
WARRANTY = (Action.WARRANTY_REPAIR, Action.WARRANTY_REPLACE_UNIT, Action.WARRANTY_ADVANCE_REPLACEMENT)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ISTANBUL)


def superseded(day: date) -> Circumstances:
    """A version of 2020 whose successor came on `day`."""
    return replace(GOOD, version_released_on=date(2020, 1, 1), successor_released_on=day)


EXCEPTION = replace(SECOND_YEAR, patch_exceptions=(PatchException(date(2026, 2, 1), date(2026, 3, 31)),))
GAP = replace(STANDART, update_renewals=(Term(date(2025, 9, 1), 1),))

#: (facts, circumstances, action, moment, answer, clauses)
TURNS = {
    "UPD-1, Reading 8: the first year ends with its day": (
        *(BOUGHT, GOOD, "module.other"),
        [("2024-05-09T23:59:59", "no UPD-6"), ("2024-05-10T00:00", "yes UPD-6 UPD-1")],
        [("2025-05-10T23:59:59", "yes UPD-6 UPD-1"), ("2025-05-11T00:00", "no UPD-6")],
    ),
    "Reading 8: 29 February ends on 28 February": (
        *(LEAP, GOOD, "update.version"),
        [("2025-02-28T23:59:59", "yes UPD-2 UPD-1 MAT-4"), ("2025-03-01T00:00", "no UPD-3")],
    ),
    "Reading 8: three years from 29 February": (
        *(
            replace(
                LEAP,
                packages=(PackageTerm(date(2024, 2, 29), 3, Package.STANDART),),
                update_renewals=(Term(date(2025, 2, 1), 5),),
            ),
            *(GOOD, "ticket.open"),
        ),
        [("2027-02-28T23:59:59", "yes MAT-2 SUP-2"), ("2027-03-01T00:00", "no SUP-1")],
    ),
    "WAR-1: two years to the end of the day": (
        *(BOUGHT, GOOD, "warranty.repair"),
        [("2024-05-09T23:59", "no WAR-1"), ("2024-05-10T00:00", "yes WAR-1 WAR-7")],
        [("2026-05-10T23:59:59", "yes WAR-1 WAR-7"), ("2026-05-11T00:00", "no WAR-1")],
    ),
    "WAR-2: four years with the extension": (
        *(EXTENDED, GOOD, "warranty.replace_unit"),
        [("2025-03-01T23:59:59", "yes WAR-1 WAR-8 WAR-7"), ("2025-03-02T00:00", "yes WAR-2 WAR-8 WAR-7")],
        [("2027-03-01T23:59:59", "yes WAR-2 WAR-8 WAR-7"), ("2027-03-02T00:00", "no WAR-2")],
    ),
    "WAR-2: an extension is sold while it has years to give": (
        *(BOUGHT, GOOD, "sell.extended_warranty"),
        [("2026-05-11T00:00", "yes WAR-2"), ("2028-05-10T23:59:59", "yes WAR-2")],
        [("2028-05-11T00:00", "no WAR-2")],
    ),
    "UPD-5: suspended from the first day without the update service to the renewal": (
        *(GAP, GOOD, "session.diagnose"),
        [("2025-06-01T23:59:59", "yes MAT-3 SUP-2 SUP-5"), ("2025-06-02T00:00", "no UPD-5")],
        [("2025-08-31T23:59:59", "no UPD-5"), ("2025-09-01T00:00", "yes MAT-3 SUP-2 SUP-5")],
    ),
    "Reading 13: past its term nothing is suspended": (
        *(replace(SECOND_YEAR, packages=(PackageTerm(date(2025, 1, 1), 1, Package.PROFESYONEL),)), GOOD),
        "backup.run",
        [("2025-06-01T12:00", "yes MAT-10 SUP-2"), ("2025-06-02T12:00", "no UPD-5")],
        [("2026-01-01T23:59", "no UPD-5"), ("2026-01-02T00:00", "no SUP-1")],
    ),
    "Reading 12: updates need no package": (
        *(replace(SECOND_YEAR, update_renewals=(Term(date(2025, 6, 2), 1),)), GOOD, "update.version"),
        [("2026-03-02T10:00", "yes UPD-2 UPD-1 MAT-4")],
    ),
    "Reading 7: security patches for a lapsed customer by exception": (
        *(EXCEPTION, GOOD, "update.patch"),
        [("2026-01-31T23:59:59", "no UPD-3"), ("2026-02-01T00:00", "yes UPD-3 MAT-5")],
        [("2026-03-31T23:59:59", "yes UPD-3 MAT-5"), ("2026-04-01T00:00", "no UPD-3")],
    ),
    "Reading 7: the exception is for patches alone": (
        *(EXCEPTION, GOOD, "update.version"),
        [("2026-03-02T10:00", "no UPD-3")],
    ),
    "Reading 7: the exception opens no module": (
        *(EXCEPTION, GOOD, "module.other"),
        [("2026-03-02T10:00", "no UPD-6")],
    ),
    "Reading 7: the exception revives no retired version": (
        *(EXCEPTION, superseded(date(2024, 1, 1)), "update.patch"),
        [("2026-03-02T10:00", "no UPD-7")],
    ),
    "UPD-7, Reading 23: a year after the successor, by Reading 8": (
        *(PROFESYONEL, superseded(date(2025, 3, 2)), "update.patch"),
        [("2026-03-02T23:59:59", "yes UPD-2 UPD-4 UPD-1 MAT-5"), ("2026-03-03T00:00", "no UPD-7")],
    ),
    "UPD-7: named after the update service that does not run": (
        *(SECOND_YEAR, superseded(date(2025, 3, 2)), "update.patch"),
        [("2026-03-02T23:59:59", "no UPD-3"), ("2026-03-03T00:00", "no UPD-3 UPD-7")],
    ),
    "Reading 23: the upgrade away from a retired version never": (
        *(PROFESYONEL, superseded(date(2021, 1, 1)), "update.version"),
        [("2026-03-02T10:00", "yes UPD-2 UPD-1 MAT-4")],
    ),
    "Reading 23: a retired version does not touch the warranty": (
        *(PROFESYONEL, superseded(date(2021, 1, 1)), "warranty.repair"),
        [("2026-03-02T10:00", "yes WAR-1 WAR-7")],
    ),
    "LIF-3: from 00:00 of its day": (
        *(replace(PROFESYONEL, end_of_life_on=date(2026, 4, 1)), GOOD, "update.version"),
        [("2026-03-31T23:59:59", "yes UPD-2 UPD-1 MAT-4"), ("2026-04-01T00:00", "no LIF-3")],
    ),
    "WAR-9, Reading 15: outside the warranty from 00:00 of the end of life": (
        *(replace(PROFESYONEL, end_of_life_on=date(2026, 4, 1)), GOOD, "warranty.repair"),
        [("2026-03-31T23:59:59", "yes WAR-1 WAR-7"), ("2026-04-01T00:00", "no WAR-9")],
    ),
    "WAR-2, LIF-2: no extension from the end of sale on": (
        *(replace(PROFESYONEL, end_of_sale_on=date(2026, 4, 1)), GOOD, "sell.extended_warranty"),
        [("2026-03-31T23:59:59", "yes WAR-2"), ("2026-04-01T00:00", "no WAR-2 LIF-2")],
    ),
    "LIF-3: named before the end of sale": (
        *(replace(PROFESYONEL, end_of_sale_on=date(2025, 4, 1), end_of_life_on=date(2026, 1, 1)), GOOD),
        "sell.extended_warranty",
        [("2026-03-02T10:00", "no LIF-3 WAR-2 LIF-2")],
    ),
    "Reading 17: a package is sold after the end of sale": (
        *(replace(PROFESYONEL, end_of_sale_on=date(2025, 4, 1)), GOOD, "sell.support"),
        [("2026-03-02T10:00", "yes SUP-2 UPD-1")],
    ),
    "Reading 17: a package is sold for the customer's hardware": (
        *(replace(FIRST_YEAR, hardware=Hardware.CUSTOMER), GOOD, "sell.support"),
        [("2026-03-02T10:00", "yes SUP-2 UPD-1")],
    ),
    "UPD-5: no package is sold without the update service": (
        *(replace(SECOND_YEAR, update_renewals=(Term(date(2026, 3, 3), 1),)), GOOD, "sell.support"),
        [("2026-03-02T10:00", "no UPD-5"), ("2026-03-03T00:00", "yes SUP-2 UPD-1")],
    ),
    "Reading 6: suspended support, running warranty": (
        *(replace(STANDART, update_renewals=()), Circumstances(), "ticket.hardware_fault"),
        [("2026-03-02T10:00", "yes WAR-1"), ("2026-06-02T00:00", "no WAR-1 UPD-5")],
    ),
    "Reading 6: neither cause nor confirmation is asked": (
        *(PROFESYONEL, Circumstances(fault_cause=FaultCause.ELECTRICAL), "ticket.hardware_fault"),
        [("2026-03-02T10:00", "yes SUP-2 WAR-1")],
    ),
    "WAR-7, Reading 22: no advance replacement before the fault is confirmed": (
        *(PROFESYONEL, replace(GOOD, fault_confirmed=False), "warranty.advance_replacement"),
        [("2026-03-02T10:00", "no WAR-7")],
    ),
    "Reading 22: advance replacement needs a running warranty": (
        *(PROFESYONEL, GOOD, "warranty.advance_replacement"),
        [("2026-06-01T23:59", "yes MAT-14 WAR-11 SUP-2 WAR-1 WAR-7"), ("2026-06-02T00:00", "no UPD-5 WAR-1")],
    ),
    "WAR-2, WAR-5, WAR-7: of a warranty every reason, in order": (
        *(EXTENDED, Circumstances(fault_cause=FaultCause.BREAKAGE), "warranty.repair"),
        [("2027-03-02T00:00", "no WAR-2 WAR-5 WAR-7")],
    ),
    "every reason in the order that the terms give": (
        *(
            replace(
                BOUGHT,
                vendor=Vendor.OTHER,
                hardware=Hardware.CUSTOMER,
                end_of_life_on=date(2026, 1, 1),
                packages=(PackageTerm(date(2025, 1, 1), 3, Package.TEMEL),),
            ),
            *(Circumstances(fault_cause=FaultCause.NETWORK), "warranty.advance_replacement"),
        ),
        [("2028-01-01T10:00", "no SUP-3 WAR-9 WAR-3 UPD-5 MAT-14 WAR-5 WAR-7")],
    ),
    "of a session every reason, in order": (
        *(
            replace(
                BOUGHT,
                vendor=Vendor.OTHER,
                end_of_life_on=date(2026, 1, 1),
                packages=(PackageTerm(date(2025, 1, 1), 3, Package.TEMEL),),
            ),
            *(Circumstances(), "session.rules"),
        ),
        [("2027-01-01T10:00", "no SUP-3 LIF-3 UPD-5 MAT-9 SUP-5")],
    ),
    "Reading 10: a security module is never refused": (
        *(replace(BOUGHT, vendor=Vendor.OTHER, end_of_life_on=date(2024, 1, 1)), GOOD, "module.security"),
        [("1970-01-01T00:00", "yes UPD-6"), ("2100-01-01T00:00", "yes UPD-6")],
    ),
    "Readings 5, 24: a stored backup is read past the end of life": (
        *(replace(BOUGHT, end_of_life_on=date(2025, 1, 1)), Circumstances(), "backup.read"),
        [("2035-01-01T00:00", "yes MAT-10")],
    ),
}
MOMENTS = [
    pytest.param(facts, known, action, moment, answer, id=f"{name} ({moment})")
    for name, (facts, known, action, *pairs) in TURNS.items()
    for pair in pairs
    for moment, answer in pair
]


@pytest.mark.parametrize(("facts", "known", "action", "moment", "answer"), MOMENTS)
def test_turn(facts: ContractFacts, known: Circumstances, action: str, moment: str, answer: str) -> None:
    decision = decide(facts, Action(action), at(moment), known)
    assert " ".join(["yes" if decision.allowed else "no", *decision.clauses]) == answer


@pytest.mark.parametrize("cause", FaultCause, ids=lambda cause: f"WAR-5: {cause.value}")
@pytest.mark.parametrize("action", WARRANTY)
def test_war_5_causes(action: Action, cause: FaultCause) -> None:
    decision = decide(PROFESYONEL, action, MONDAY, replace(GOOD, fault_cause=cause))
    assert decision.allowed is (cause is FaultCause.DEFECT)
    if not decision.allowed:
        assert decision.clauses == ("WAR-5",)


#: 2026: 28 October (Wednesday) is a half day, the 29th the Republic Day; 23 April a holiday (Thursday).
@pytest.mark.parametrize(
    ("moment", "allowed", "until"),
    [
        pytest.param("2026-03-02T08:59:59", False, "2026-03-02T09:00", id="MAT-11: before opening"),
        pytest.param("2026-03-02T09:00", True, "2026-03-02T17:00", id="MAT-11: from opening"),
        pytest.param("2026-03-02T16:59:59", True, "2026-03-02T17:00", id="MAT-11: to closing"),
        pytest.param("2026-03-02T17:00", False, "2026-03-03T09:00", id="MAT-11: closed at closing"),
        pytest.param("2026-03-06T17:00", False, "2026-03-09T09:00", id="MAT-11: over the weekend"),
        pytest.param("2026-04-22T18:00", False, "2026-04-24T09:00", id="Reading 4: over a holiday"),
        pytest.param("2025-10-28T12:00", True, "2025-10-28T13:00", id="Reading 4: half day"),
        pytest.param("2025-10-28T13:00", False, "2025-10-30T09:00", id="Reading 4: half day, holiday"),
        pytest.param("2025-12-31T20:00", False, "2026-01-02T09:00", id="Reading 4: over the new year"),
        pytest.param("2026-06-01T15:00", True, "2026-06-01T17:00", id="MAT-11: the last working day"),
        pytest.param("2026-06-01T18:00", False, "2026-06-02T00:00", id="UPD-5: before the next opening"),
    ],
)
def test_mat_11_standart_in_working_hours(moment: str, allowed: bool, until: str) -> None:
    decision = decide(STANDART, Action.ENGINEER_DIRECT, at(moment))
    assert decision.allowed is allowed
    assert decision.until == at(until)


def test_mat_11_profesyonel_is_bound_to_no_hours() -> None:
    decision = decide(PROFESYONEL, Action.ENGINEER_DIRECT, MONDAY)
    assert decision.until == at("2026-06-02T00:00")


def test_mat_11_hours_of_a_package_that_begins_later() -> None:
    """The package begins on a Sunday: from then on it is its hours that say no, and on Monday yes."""
    facts = replace(FIRST_YEAR, packages=(PackageTerm(date(2026, 3, 8), 1, Package.STANDART),))
    waiting = decide(facts, Action.ENGINEER_DIRECT, MONDAY)
    assert (waiting.allowed, waiting.clauses) == (False, ("MAT-11",))
    assert waiting.until == at("2026-03-09T09:00")  # on Sunday it is MAT-11 still


@pytest.mark.parametrize(
    ("facts", "known", "action", "until"),
    [
        pytest.param(BOUGHT, GOOD, "warranty.repair", "2026-05-11T00:00", id="WAR-1: end of the warranty"),
        pytest.param(EXTENDED, GOOD, "warranty.repair", "2027-03-02T00:00", id="WAR-2: end of the extension"),
        pytest.param(FIRST_YEAR, GOOD, "ticket.open", "2026-06-02T00:00", id="SUP-1: end of the first year"),
        pytest.param(SECOND_YEAR, GOOD, "ticket.open", None, id="SUP-1: never by time alone"),
        pytest.param(FIRST_YEAR, GOOD, "module.security", None, id="Reading 10: never"),
        pytest.param(PROFESYONEL, GOOD, "backup.read", None, id="Reading 24: never"),
        pytest.param(
            *(replace(SECOND_YEAR, end_of_life_on=date(2027, 1, 1)), GOOD, "update.version"),
            *("2027-01-01T00:00",),
            id="LIF-3: a further reason is a change",
        ),
        pytest.param(
            *(PROFESYONEL, superseded(date(2025, 3, 10)), "update.patch", "2026-03-11T00:00"),
            id="UPD-7: a year after the successor",
        ),
        pytest.param(
            *(PROFESYONEL, superseded(date(2026, 9, 1)), "update.patch", "2026-06-02T00:00"),
            id="UPD-3: before the version retires",
        ),
        pytest.param(EXCEPTION, GOOD, "update.patch", "2026-04-01T00:00", id="Reading 7: the exception ends"),
        pytest.param(
            *(replace(SECOND_YEAR, update_renewals=(Term(date(2026, 4, 1), 1),)), GOOD, "module.other"),
            *("2026-04-01T00:00",),
            id="UPD-6: renewed from a day to come",
        ),
        pytest.param(
            replace(PROFESYONEL, update_renewals=(Term(date(2025, 6, 1), 1), Term(date(2026, 5, 1), 1))),
            *(GOOD, "update.version", "2027-05-02T00:00"),
            id="UPD-1: a renewal that follows without a gap is no change",
        ),
    ],
)
def test_until(facts: ContractFacts, known: Circumstances, action: str, until: str | None) -> None:
    assert decide(facts, Action(action), MONDAY, known).until == (until and at(until))
