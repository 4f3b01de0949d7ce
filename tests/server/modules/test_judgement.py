"""Which statement should stand: UPD-6 with grace, told late rather than by mistake."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from logix_server.contracts.decisions.terms import ContractFacts, Term, Vendor, end_of, start_of
from logix_server.contracts.wording import sentences
from logix_server.modules.judgement import State, judge, too_many

BOUGHT = date(2025, 1, 10)  # the first year's service runs through 2026-01-10 (Reading 8)
ENDED = date(2026, 1, 10)
FACTS = ContractFacts(purchased_on=BOUGHT)
GRACE = 14


def state(facts: ContractFacts, day: date, seen: date | None = None, grace: int = GRACE) -> State:
    return judge(facts, start_of(day), grace, seen).state


def test_upd_6_modules_run_to_the_last_instant_of_the_service() -> None:
    assert judge(FACTS, end_of(ENDED) - timedelta(microseconds=1), GRACE, None).state is State.RUNS
    assert judge(FACTS, end_of(ENDED), GRACE, None).state is State.GRACE


@pytest.mark.parametrize(
    ("day", "seen", "expected"),
    [
        (date(2026, 1, 11), None, State.GRACE),
        (date(2026, 1, 24), date(2026, 1, 11), State.GRACE),
        (date(2026, 1, 25), date(2026, 1, 11), State.DISABLED),
        (date(2027, 1, 1), date(2026, 1, 11), State.DISABLED),
        (date(2027, 1, 1), None, State.GRACE),  # lapsed long ago, seen only now: a wrong record, perhaps
        (date(2027, 1, 14), date(2027, 1, 1), State.GRACE),
        (date(2027, 1, 15), date(2027, 1, 1), State.DISABLED),
        (date(2026, 1, 25), date(2099, 1, 1), State.GRACE),  # seen by a clock that was ahead
    ],
)
def test_grace_is_counted_from_the_lapse_or_from_when_it_was_seen(
    day: date, seen: date | None, expected: State
) -> None:
    assert state(FACTS, day, seen) is expected


def test_without_grace_the_statement_disables_at_once() -> None:
    assert state(FACTS, ENDED, grace=0) is State.RUNS
    assert state(FACTS, ENDED + timedelta(days=1), grace=0) is State.DISABLED


def test_a_renewal_lets_modules_run_whatever_stood_before() -> None:
    renewed = ContractFacts(BOUGHT, update_renewals=(Term(date(2027, 1, 1), 1),))
    stand = judge(renewed, start_of(date(2027, 1, 1)), GRACE, date(2026, 1, 11))
    assert (stand.state, stand.lapse_seen_on) == (State.RUNS, None)


@pytest.mark.parametrize(
    "facts",
    [
        ContractFacts(None),
        ContractFacts(date(2030, 1, 1)),  # bought in the future
        ContractFacts(None, update_renewals=(Term(date(2030, 1, 1), 1),)),
        ContractFacts(BOUGHT, vendor=Vendor.OTHER),
    ],
    ids=["nothing on record", "bought later", "renewed later", "SUP-3: not ours"],
)
def test_only_a_service_that_ended_disables(facts: ContractFacts) -> None:
    assert state(facts, date(2028, 1, 1), date(2026, 1, 1), grace=0) is State.RUNS


def test_every_statement_says_why_in_both_languages() -> None:
    for facts, day, seen in (
        (FACTS, date(2025, 6, 1), None),
        (FACTS, date(2026, 1, 11), None),
        (FACTS, date(2027, 1, 1), date(2026, 1, 11)),
        (ContractFacts(None), date(2026, 1, 1), None),
        (ContractFacts(BOUGHT, vendor=Vendor.OTHER), date(2026, 1, 1), None),
    ):
        stand = judge(facts, start_of(day), GRACE, seen)
        told = sentences(stand.reasons)
        assert stand.clauses
        assert told["tr"] != told["en"]
        assert all("%(" not in text and text.endswith(".") for text in told.values())


days = st.dates(date(2025, 1, 1), date(2035, 1, 1))
terms = st.lists(st.builds(Term, days, st.sampled_from([1, 3])), max_size=4).map(tuple)


@given(st.none() | days, terms, days, st.none() | days, st.integers(0, 60))
def test_modules_are_disabled_only_after_a_lapse_and_the_whole_grace(
    bought: date | None, renewals: tuple[Term, ...], day: date, seen: date | None, grace: int
) -> None:
    facts = ContractFacts(bought, update_renewals=renewals)
    stand = judge(facts, start_of(day), grace, seen)
    if stand.state is State.DISABLED:
        served = [*renewals, *([Term(bought, 1)] if bought else [])]
        assert not any(term.runs_on(day) for term in served)
        last = max(term.last_day for term in served if term.last_day < day)
        assert day > last + timedelta(days=grace)
        assert seen is not None or grace == 0
    more = ContractFacts(bought, update_renewals=(*renewals, Term(day, 1)))
    assert judge(more, start_of(day), grace, seen).state is State.RUNS


@pytest.mark.parametrize(
    ("off", "fleet", "held"),
    [(20, 50, False), (21, 50, True), (21, 1_000, False), (100, 1_000, False), (101, 1_000, True)],
)
def test_so_many_at_once_wait_for_a_person(off: int, fleet: int, held: bool) -> None:
    assert too_many(off, fleet, 20, 0.1) is held
