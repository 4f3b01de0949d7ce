"""On-site only where the terms give it; agreements' visits on their days."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from logix_server.contracts.decisions.terms import (
    ISTANBUL,
    ContractFacts,
    Package,
    PackageTerm,
    Term,
    Vendor,
)
from logix_server.visits.judgement import Reach, due_days, judge, judge_agreed

AT = datetime(2026, 3, 2, 10, 0, tzinfo=ISTANBUL)
BOUGHT = ContractFacts(date(2025, 1, 10), update_renewals=(Term(date(2026, 1, 10), 1),))


def _with(package: Package) -> ContractFacts:
    return replace(BOUGHT, packages=(PackageTerm(date(2026, 1, 10), 1, package),))


@pytest.mark.parametrize(
    ("facts", "reach", "allowed", "clause"),
    [
        (_with(Package.PROFESYONEL), Reach.OPENED, True, "MAT-16"),
        (_with(Package.PROFESYONEL), Reach.UNREACHABLE, True, "MAT-16"),  # Reading 18
        (_with(Package.PROFESYONEL), Reach.CLOSED, False, "SUP-5"),
        (_with(Package.STANDART), Reach.OPENED, False, "MAT-16"),
        (_with(Package.TEMEL), Reach.OPENED, False, "MAT-16"),
        (BOUGHT, Reach.OPENED, False, "SUP-1"),
        (replace(_with(Package.PROFESYONEL), update_renewals=()), Reach.OPENED, False, "UPD-5"),
    ],
)
def test_on_site_for_a_ticket(facts: ContractFacts, reach: Reach, allowed: bool, clause: str) -> None:
    decision = judge(facts, AT, reach)
    assert decision.allowed is allowed
    assert clause in decision.clauses


@pytest.mark.parametrize(
    ("facts", "allowed", "clause"),
    [
        (BOUGHT, True, "SUP-8"),
        (replace(BOUGHT, vendor=Vendor.OTHER), False, "SUP-3"),
        (replace(BOUGHT, end_of_life_on=date(2026, 3, 2)), False, "LIF-3"),
        (replace(BOUGHT, end_of_life_on=date(2026, 3, 3)), True, "SUP-8"),
    ],
)
def test_a_visit_by_agreement_asks_for_no_package(facts: ContractFacts, allowed: bool, clause: str) -> None:
    decision = judge_agreed(facts, AT)
    assert (decision.allowed, decision.clauses[0]) == (allowed, clause)


@pytest.mark.parametrize(
    ("first", "months", "until", "days"),
    [
        ("2026-01-15", 3, "2026-12-31", ["2026-04-15", "2026-07-15", "2026-10-15"]),
        ("2026-01-31", 1, "2026-04-30", ["2026-02-28", "2026-03-31", "2026-04-30"]),
        ("2023-11-30", 3, "2024-03-01", ["2024-02-29"]),
        ("2026-12-31", 2, "2027-03-01", ["2027-02-28"]),
        ("2026-01-15", 6, "2026-07-14", []),
    ],
)
def test_the_days_of_an_agreement(first: str, months: int, until: str, days: list[str]) -> None:
    found = due_days(date.fromisoformat(first), date(2030, 1, 1), months, date.fromisoformat(until))
    assert [day.isoformat() for day in found] == days


@given(
    first=st.dates(date(2000, 1, 1), date(2200, 1, 1)),
    length=st.integers(0, 3_660),
    months=st.integers(1, 60),
    ahead=st.integers(0, 5_000),
)
def test_due_days_lie_within_the_agreement_and_keep_their_distance(
    first: date, length: int, months: int, ahead: int
) -> None:
    last, until = first + timedelta(days=length), first + timedelta(days=ahead)
    found = due_days(first, last, months, until)
    assert all(first < day <= min(last, until) for day in found)
    assert all(27 * months < (later - day).days <= 31 * months for day, later in pairwise(found))
    assert len(found) >= min(length, ahead) // (31 * months)
