"""What the contract makes of an engineer's finding: with package, warranty, cause and confirmation."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from logix_server.contracts.decisions.terms import (
    ISTANBUL,
    ContractFacts,
    FaultCause,
    Hardware,
    Package,
    PackageTerm,
    Term,
)
from logix_server.replacements.judgement import Judged, judge
from logix_server.replacements.lifecycle import ENDED, WAYS, Course, ReplacementState

AT = datetime(2026, 3, 2, 10, 0, tzinfo=ISTANBUL)
BOUGHT = ContractFacts(date(2025, 1, 10), update_renewals=(Term(date(2026, 1, 10), 1),))


def _with(package: Package, facts: ContractFacts = BOUGHT) -> ContractFacts:
    return replace(facts, packages=(PackageTerm(date(2026, 1, 10), 1, package),))


def _judge(
    facts: ContractFacts,
    *,
    unit: bool = False,
    confirmed: bool = True,
    cause: FaultCause | None = FaultCause.DEFECT,
    at: datetime = AT,
) -> Judged:
    return judge(facts, at, whole_unit=unit, confirmed=confirmed, cause=cause)


@pytest.mark.parametrize(
    ("facts", "unit", "course", "clauses"),
    [
        (_with(Package.PROFESYONEL), True, Course.ADVANCE, {"WAR-1", "WAR-8", "WAR-7", "MAT-14", "WAR-11"}),
        (_with(Package.PROFESYONEL), False, Course.ADVANCE, {"WAR-1", "WAR-7", "MAT-14", "WAR-11"}),
        (_with(Package.STANDART), True, Course.RETURN_FIRST, {"WAR-1", "WAR-8", "WAR-7", "MAT-14"}),
        (_with(Package.TEMEL), True, Course.RETURN_FIRST, {"WAR-1", "WAR-8", "WAR-7", "MAT-14"}),
        # Reading 6: the warranty needs no package; advance replacement does.
        (BOUGHT, False, Course.RETURN_FIRST, {"WAR-1", "WAR-7", "SUP-1"}),
    ],
)
def test_under_warranty(facts: ContractFacts, unit: bool, course: Course, clauses: set[str]) -> None:
    judged = _judge(facts, unit=unit)
    assert judged.allowed
    assert judged.course is course
    assert clauses <= set(judged.clauses)


def test_a_suspended_package_gives_no_advance_replacement_but_the_warranty_stands() -> None:
    judged = _judge(replace(_with(Package.PROFESYONEL), update_renewals=()))
    assert (judged.allowed, judged.course) == (True, Course.RETURN_FIRST)
    assert "UPD-5" in judged.clauses


@pytest.mark.parametrize("cause", [cause for cause in FaultCause if cause is not FaultCause.DEFECT])
def test_a_cause_that_the_warranty_leaves_out_is_refused_with_it(cause: FaultCause) -> None:
    judged = _judge(_with(Package.PROFESYONEL), cause=cause)
    assert not judged.allowed
    assert "WAR-5" in judged.clauses


@pytest.mark.parametrize(
    ("facts", "at", "confirmed", "clause"),
    [
        (BOUGHT, AT, False, "WAR-7"),
        (BOUGHT, datetime(2027, 1, 11, 0, 0, tzinfo=ISTANBUL), True, "WAR-1"),
        (replace(BOUGHT, hardware=Hardware.CUSTOMER), AT, True, "WAR-3"),
        (replace(BOUGHT, end_of_life_on=date(2026, 3, 2)), AT, True, "WAR-9"),
        (replace(BOUGHT, purchased_on=None), AT, True, "WAR-1"),
    ],
)
def test_refused(facts: ContractFacts, at: datetime, confirmed: bool, clause: str) -> None:
    judged = _judge(facts, at=at, confirmed=confirmed)
    assert not judged.allowed
    assert clause in judged.clauses


@given(
    package=st.sampled_from([None, *Package]),
    unit=st.booleans(),
    confirmed=st.booleans(),
    cause=st.sampled_from([None, *FaultCause]),
    renewed=st.booleans(),
    days=st.integers(0, 1_500),
)
def test_in_advance_only_where_the_warranty_gives_it_and_profesyonel_runs(
    package: Package | None, unit: bool, confirmed: bool, cause: FaultCause | None, renewed: bool, days: int
) -> None:
    facts = replace(
        BOUGHT,
        update_renewals=(Term(date(2025, 1, 10), 5),) if renewed else (),
        packages=(PackageTerm(date(2025, 1, 10), 3, package),) if package else (),
    )
    at = datetime.fromtimestamp(AT.timestamp() + days * 86_400, ISTANBUL)
    judged = _judge(facts, unit=unit, confirmed=confirmed, cause=cause, at=at)
    if judged.course is Course.ADVANCE:
        assert judged.allowed and package is Package.PROFESYONEL and renewed
    if judged.allowed:
        assert confirmed and cause in (None, FaultCause.DEFECT)
    assert judged.clauses


@pytest.mark.parametrize("course", Course)
def test_every_way_leads_to_an_end_and_none_leads_out_of_it(course: Course) -> None:
    table = WAYS[course].allowed
    reachable, ahead = set(), [ReplacementState.REQUESTED]
    while ahead:
        state = ahead.pop()
        if state not in reachable:
            reachable.add(state)
            ahead.extend(table.get(state, ()))
    assert reachable == set(ReplacementState)
    assert all(table.get(state) or state in ENDED for state in reachable)
    assert ReplacementState.CLOSED not in table


def test_nothing_is_sent_before_it_is_confirmed_nor_in_advance_without_the_right_to_it() -> None:
    S = ReplacementState
    assert WAYS[Course.ADVANCE].before(S.SHIPPED) == [S.CONFIRMED]
    assert WAYS[Course.RETURN_FIRST].before(S.SHIPPED) == [S.RECEIVED]
