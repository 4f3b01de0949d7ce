"""What the contract answers, clause by clause and Reading by Reading."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

import pytest
from logix_server.contracts.decisions import terms
from logix_server.contracts.decisions.coverage import Action, decide
from logix_server.contracts.decisions.terms import (
    ISTANBUL,
    ContractFacts,
    Hardware,
    Package,
    PackageTerm,
    Term,
    Vendor,
    anniversary,
)
from logix_server.contracts.wording import sentences

FAULT, TICKET = Action.TICKET_HARDWARE_FAULT, Action.TICKET_OPEN
BOUGHT = date(2024, 5, 10)
FRESH = ContractFacts(BOUGHT)
THREE_YEARS = PackageTerm(BOUGHT, 3, Package.PROFESYONEL)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ISTANBUL)


def answer(facts: ContractFacts, action: Action, moment: str) -> tuple[bool, tuple[str, ...]]:
    decision = decide(facts, action, at(moment))
    return decision.allowed, decision.clauses


@pytest.mark.parametrize(
    ("day", "years", "last"),
    [
        (date(2024, 5, 10), 1, date(2025, 5, 10)),
        (date(2023, 3, 1), 4, date(2027, 3, 1)),
        (date(2024, 2, 29), 1, date(2025, 2, 28)),
        (date(2024, 2, 29), 4, date(2028, 2, 29)),
        (date(2023, 2, 28), 1, date(2024, 2, 28)),
    ],
)
def test_reading_8_the_same_day_years_later(day: date, years: int, last: date) -> None:
    assert anniversary(day, years) == last


@pytest.mark.parametrize(
    ("moment", "allowed"),
    [
        ("2024-05-09T23:59:59", False),
        ("2024-05-10T00:00", True),
        ("2025-05-10T23:59:59", True),
        ("2025-05-11T00:00", False),
    ],
)
def test_reading_8_from_the_start_of_the_day_to_the_end_of_it_in_istanbul(moment: str, allowed: bool) -> None:
    assert decide(FRESH, TICKET, at(moment)).allowed is allowed


def test_reading_8_warranty_with_extension_lasts_four_years() -> None:
    facts = ContractFacts(date(2023, 3, 1), extended_warranty=True)
    assert answer(facts, FAULT, "2025-03-01T12:00") == (True, ("WAR-1",))
    assert answer(facts, FAULT, "2025-03-02T12:00") == (True, ("WAR-2",))
    assert answer(facts, FAULT, "2027-03-01T23:59") == (True, ("WAR-2",))
    assert answer(facts, FAULT, "2027-03-02T00:00") == (False, ("WAR-2", "SUP-1"))


def test_sup_1_the_first_year_has_temel() -> None:
    assert answer(FRESH, TICKET, "2024-12-01T12:00") == (True, ("MAT-2", "SUP-1"))
    assert answer(FRESH, FAULT, "2024-12-01T12:00") == (True, ("SUP-1", "WAR-1"))
    assert answer(FRESH, TICKET, "2025-12-01T12:00") == (False, ("SUP-1",))


def test_sup_2_a_package_that_was_bought() -> None:
    facts = replace(FRESH, packages=(THREE_YEARS,), update_renewals=(Term(date(2025, 5, 10), 2),))
    assert answer(facts, TICKET, "2026-12-01T12:00") == (True, ("MAT-2", "SUP-2"))


def test_reading_18_the_highest_package_counts() -> None:
    low = PackageTerm(BOUGHT, 3, Package.STANDART)
    for packages in [(low, THREE_YEARS), (THREE_YEARS, low)]:
        running = terms.running_package(replace(FRESH, packages=packages), date(2024, 6, 1))
        assert running == THREE_YEARS


def test_upd_5_suspends_a_package_without_the_update_service() -> None:
    facts = replace(FRESH, packages=(THREE_YEARS,))
    assert answer(facts, TICKET, "2025-05-10T12:00")[0]
    assert answer(facts, TICKET, "2025-05-11T12:00") == (False, ("UPD-5",))
    renewed = replace(facts, update_renewals=(Term(date(2025, 7, 1), 1),))
    assert answer(renewed, TICKET, "2025-06-30T12:00") == (False, ("UPD-5",))
    assert answer(renewed, TICKET, "2025-07-01T00:00") == (True, ("MAT-2", "SUP-2"))


def test_reading_13_without_a_package_the_reason_is_sup_1() -> None:
    assert answer(FRESH, TICKET, "2026-01-01T12:00") == (False, ("SUP-1",))


def test_reading_6_warranty_alone_opens_a_ticket() -> None:
    assert answer(FRESH, FAULT, "2026-01-01T12:00") == (True, ("WAR-1",))
    suspended = replace(FRESH, packages=(THREE_YEARS,))
    assert answer(suspended, FAULT, "2026-01-01T12:00") == (True, ("WAR-1",))


def test_reading_6_support_alone_opens_a_ticket() -> None:
    facts = replace(
        FRESH,
        packages=(PackageTerm(date(2026, 6, 1), 1, Package.STANDART),),
        update_renewals=(Term(date(2026, 6, 1), 1),),
    )
    assert answer(facts, FAULT, "2026-06-10T12:00") == (True, ("SUP-2",))


@pytest.mark.parametrize(
    ("packages", "extended", "clauses"),
    [
        ((), False, ("WAR-1", "SUP-1")),
        ((), True, ("WAR-2", "SUP-1")),
        ((PackageTerm(date(2028, 1, 1), 3, Package.TEMEL),), False, ("WAR-1", "UPD-5")),
        ((PackageTerm(date(2028, 1, 1), 3, Package.TEMEL),), True, ("WAR-2", "UPD-5")),
    ],
)
def test_reading_6_neither_names_the_warranty_first(
    packages: tuple[PackageTerm, ...], extended: bool, clauses: tuple[str, ...]
) -> None:
    facts = replace(FRESH, packages=packages, extended_warranty=extended)
    assert answer(facts, FAULT, "2028-06-01T12:00") == (False, clauses)


def test_sup_3_only_our_products() -> None:
    facts = replace(FRESH, vendor=Vendor.OTHER)
    assert answer(facts, TICKET, "2024-06-01T12:00") == (False, ("SUP-3",))
    assert answer(facts, FAULT, "2024-06-01T12:00") == (False, ("SUP-3",))


def test_lif_3_from_the_start_of_its_day() -> None:
    facts = replace(FRESH, end_of_life_on=date(2024, 9, 1))
    for action in (FAULT, TICKET):
        assert decide(facts, action, at("2024-08-31T23:59:59")).allowed
        assert answer(facts, action, "2024-09-01T00:00") == (False, ("LIF-3",))
    assert not terms.warranty_runs(facts, date(2024, 9, 1))


def test_lif_2_end_of_sale_leaves_tickets_alone() -> None:
    facts = replace(FRESH, end_of_sale_on=date(2024, 6, 1))
    assert decide(facts, FAULT, at("2024-09-01T00:00")).allowed


def test_war_3_customers_hardware_has_no_hardware_service() -> None:
    facts = replace(FRESH, hardware=Hardware.CUSTOMER, packages=(THREE_YEARS,))
    assert answer(facts, FAULT, "2024-06-01T12:00") == (False, ("WAR-3",))
    assert answer(facts, TICKET, "2024-06-01T12:00")[0]
    lapsed = replace(facts, packages=())
    assert answer(lapsed, FAULT, "2028-06-01T12:00") == (False, ("WAR-3", "SUP-1"))


def test_every_reason_that_applies_is_listed_in_order() -> None:
    facts = ContractFacts(
        BOUGHT,
        Hardware.CUSTOMER,
        Vendor.OTHER,
        packages=(PackageTerm(date(2027, 1, 1), 3, Package.STANDART),),
        end_of_life_on=date(2027, 1, 1),
    )
    assert answer(facts, FAULT, "2028-01-01T12:00") == (False, ("SUP-3", "LIF-3", "WAR-3", "UPD-5"))


def test_war_2_after_the_end_of_sale_is_said_once() -> None:
    facts = replace(FRESH, end_of_sale_on=date(2026, 1, 1))
    earlier = decide(facts, Action.SELL_EXTENDED_WARRANTY, at("2026-01-01T00:00"))
    later = decide(facts, Action.SELL_EXTENDED_WARRANTY, at("2030-01-01T00:00"))
    assert (later.reasons, earlier.until) == (earlier.reasons, None)


def test_without_a_purchase_on_record_nothing_follows_from_one() -> None:
    facts = ContractFacts(None)
    assert answer(facts, FAULT, "2024-06-01T12:00") == (False, ("WAR-1", "SUP-1"))
    assert decide(facts, FAULT, at("2024-06-01T12:00")).until is None


def test_reasons_are_sentences_in_both_languages() -> None:
    told = sentences(decide(FRESH, FAULT, at("2028-01-01T12:00")).reasons)
    assert told["en"] == (
        "The hardware warranty ended on 10 May 2026."
        " No support package is running for this product; the last one ended on 10 May 2025."
    )
    assert "10 Mayıs 2026" in told["tr"]
    assert told["tr"].startswith("Donanım garantisi")
    suspended = decide(replace(FRESH, packages=(THREE_YEARS,)), TICKET, at("2026-01-01T12:00"))
    assert "Profesyonel" in sentences(suspended.reasons)["tr"]


def test_until_is_the_next_change() -> None:
    assert decide(FRESH, FAULT, at("2024-06-01T12:00")).until == at("2025-05-11T00:00")
    assert decide(FRESH, FAULT, at("2025-06-01T12:00")).until == at("2026-05-11T00:00")
    assert decide(FRESH, FAULT, at("2026-06-01T12:00")).until is None
