"""What ends within a span, and what is no ending because it goes on."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from logix_server.contracts.decisions import terms
from logix_server.contracts.decisions.endings import Ending, What, endings
from logix_server.contracts.decisions.terms import (
    Circumstances,
    ContractFacts,
    Hardware,
    Ownership,
    Package,
    PackageTerm,
    Term,
    Vendor,
)

BOUGHT = date(2024, 5, 10)
YEARS = (date(2024, 1, 1), date(2034, 1, 1))


def told(facts: ContractFacts, circumstances: Circumstances | None = None) -> list[tuple[What, date, str]]:
    found = endings(facts, *YEARS, circumstances)
    return [(one.what, one.last_day, one.clauses[0]) for one in found]


def facts(**more: object) -> ContractFacts:
    return ContractFacts(BOUGHT, **more)  # type: ignore[arg-type]


FIRST_YEAR = [(What.UPDATES, date(2025, 5, 10), "UPD-3"), (What.TEMEL, date(2025, 5, 10), "SUP-1")]
WARRANTY = [(What.WARRANTY, date(2026, 5, 10), "WAR-1")]

CASES = [
    ("Reading 14: the first year ends", facts(), [*FIRST_YEAR, *WARRANTY]),
    (
        "UPD-1: a renewal without a gap moves the end",
        facts(update_renewals=(Term(date(2025, 5, 11), 1),)),
        [FIRST_YEAR[1], *WARRANTY, (What.UPDATES, date(2026, 5, 11), "UPD-3")],
    ),
    (
        "UPD-1: a renewal after a gap leaves the end before it",
        facts(update_renewals=(Term(date(2025, 5, 12), 1),)),
        [*FIRST_YEAR, *WARRANTY, (What.UPDATES, date(2026, 5, 12), "UPD-3")],
    ),
    (
        "SUP-2: a package as high follows the first year's",
        facts(packages=(PackageTerm(date(2025, 5, 11), 1, Package.STANDART),)),
        [FIRST_YEAR[0], *WARRANTY, (What.STANDART, date(2026, 5, 11), "SUP-2")],
    ),
    (
        "Reading 18: a lower package does not renew a higher one",
        facts(
            packages=(
                PackageTerm(BOUGHT, 1, Package.PROFESYONEL),
                PackageTerm(date(2025, 5, 11), 3, Package.STANDART),
            )
        ),
        [
            (What.UPDATES, date(2025, 5, 10), "UPD-3"),
            (What.PROFESYONEL, date(2025, 5, 10), "SUP-2"),
            *WARRANTY,
            (What.STANDART, date(2028, 5, 11), "SUP-2"),
        ],
    ),
    (
        "WAR-2: the extension moves the end",
        facts(extended_warranty=True),
        [*FIRST_YEAR, (What.WARRANTY, date(2028, 5, 10), "WAR-2")],
    ),
    ("WAR-3: customer's hardware has none", facts(hardware=Hardware.CUSTOMER), FIRST_YEAR),
    (
        "LIF-2, LIF-3: the last day is the one before; what the end of life cuts off is not told apart",
        facts(end_of_sale_on=date(2025, 1, 1), end_of_life_on=date(2026, 1, 1)),
        [
            (What.END_OF_SALE, date(2024, 12, 31), "LIF-2"),
            *FIRST_YEAR,
            (What.END_OF_LIFE, date(2025, 12, 31), "LIF-3"),
        ],
    ),
    ("SUP-3: a foreign product has nothing that ends", facts(vendor=Vendor.OTHER), []),
    ("nothing bought, nothing ends", ContractFacts(None), []),
]


@pytest.mark.parametrize(("said", "given_facts", "expected"), CASES, ids=[case[0] for case in CASES])
def test_endings(said: str, given_facts: ContractFacts, expected: list[tuple[What, date, str]]) -> None:
    assert told(given_facts) == expected


def test_upd_7_a_version_ends_a_year_after_its_successor() -> None:
    circumstances = Circumstances(version_released_on=BOUGHT, successor_released_on=date(2024, 8, 1))
    assert (What.VERSION, date(2025, 8, 1), "UPD-7") in told(facts(), circumstances)


def test_war_1_hardware_of_ours_in_place_of_the_customers_has_its_own_two_years() -> None:
    changed = facts(hardware=Hardware.CUSTOMER, ownership=(Ownership(date(2024, 9, 1), Hardware.LOGIX),))
    warranty = [one for one in endings(changed, date(2025, 1, 1), YEARS[1]) if one.what is What.WARRANTY]
    assert warranty == [Ending(What.WARRANTY, date(2026, 9, 1), ("WAR-1",))]


def test_the_span_holds_its_first_and_its_last_day() -> None:
    day = date(2025, 5, 10)
    assert len(endings(facts(), day, day)) == 2
    assert endings(facts(), day + timedelta(1), day + timedelta(20)) == []


days = st.dates(date(2024, 1, 1), date(2030, 12, 31))
bought = st.builds(PackageTerm, days, st.sampled_from([1, 3]), st.sampled_from(Package))
contracts = st.builds(
    ContractFacts,
    st.just(BOUGHT),
    update_renewals=st.lists(st.builds(Term, days, st.integers(1, 3)), max_size=4).map(tuple),
    packages=st.lists(bought, max_size=4).map(tuple),
)


@given(contracts)
def test_an_update_service_ends_exactly_where_it_does_not_run_on_the_next_day(some: ContractFacts) -> None:
    ends = {
        one.last_day for one in endings(some, date(2024, 1, 1), date(2040, 1, 1)) if one.what is What.UPDATES
    }
    near = {term.last_day + timedelta(n) for term in terms.update_terms(some) for n in (-1, 0, 1)}
    for day in near | ends:
        tomorrow = terms.update_service_runs(some, day + timedelta(1))
        assert (terms.update_service_runs(some, day) and not tomorrow) == (day in ends)


@given(contracts)
def test_where_the_running_package_sinks_an_ending_says_so(some: ContractFacts) -> None:
    ends = {
        one.last_day for one in endings(some, date(2024, 1, 1), date(2040, 1, 1)) if "package" in one.what
    }
    for term in terms.package_terms(some):
        day = term.last_day
        now, then = terms.running_package(some, day), terms.running_package(some, day + timedelta(1))
        assert now is not None
        sinks = then is None or terms.RANK[then.package] < terms.RANK[now.package]
        assert sinks == (day in ends)
