"""What a ticket's clocks stand on: by the calendar of the contract, and by what was known when."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

from hypothesis import given
from hypothesis import strategies as st
from logix_server.contracts.decisions.terms import ISTANBUL, ContractFacts, Package, PackageTerm, Term
from logix_server.tickets.decisions.history import (
    EventKind,
    Told,
    clock_history,
    in_force_history,
    last_terms,
)
from logix_server.tickets.decisions.sla import Answered, InForce, Missed
from logix_server.tickets.decisions.terms_over_time import Known, Terms, TermsChange, changes, terms_in_force

S, P = Package.STANDART, Package.PROFESYONEL


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ISTANBUL)


def told(*known: Known, until: str, terms: Terms | None = None) -> list[tuple[datetime, Terms]]:
    first = terms or terms_in_force(known[0].facts, known[0].since)
    return [(change.at, change.terms) for change in changes(known, first, at(until))]


#: Updates through 2 March 2026, Standart through 10 March.
LAPSING = ContractFacts(date(2025, 3, 2), packages=(PackageTerm(date(2025, 3, 10), 1, S),))
OPENED = at("2026-03-01T12:00")
RUNNING, HELD, NONE = Terms(S, False), Terms(S, True), Terms(None, False)


def test_terms_change_at_midnight_and_a_package_ends_after_its_last_day() -> None:
    assert told(Known(OPENED, LAPSING), until="2026-04-01") == [
        (at("2026-03-03"), HELD),
        (at("2026-03-11"), NONE),
    ]
    assert told(Known(OPENED, LAPSING), until="2026-03-02T23:59:59") == []
    assert told(Known(OPENED, LAPSING), until="2026-03-03") == [(at("2026-03-03"), HELD)]


def test_a_renewal_before_the_end_changes_nothing() -> None:
    renewed = replace(LAPSING, update_renewals=(Term(date(2026, 3, 3), 1),))
    known = (Known(OPENED, LAPSING), Known(at("2026-03-02T15:00"), renewed))
    assert told(*known, until="2026-03-09") == []


def test_a_renewal_recorded_late_resumes_when_it_was_made() -> None:
    renewed = replace(LAPSING, update_renewals=(Term(date(2026, 3, 3), 1),))
    known = (Known(OPENED, LAPSING), Known(at("2026-03-05T15:00"), renewed))
    assert told(*known, until="2026-03-09") == [(at("2026-03-03"), HELD), (at("2026-03-05T15:00"), RUNNING)]


def test_a_renewal_recorded_at_the_very_midnight_is_in_time() -> None:
    renewed = replace(LAPSING, update_renewals=(Term(date(2026, 3, 3), 1),))
    known = (Known(OPENED, LAPSING), Known(at("2026-03-03"), renewed))
    assert told(*known, until="2026-03-09") == []


def test_a_package_for_later_begins_on_its_day() -> None:
    higher = replace(
        LAPSING,
        update_renewals=(Term(date(2026, 3, 3), 1),),
        packages=(*LAPSING.packages, PackageTerm(date(2026, 3, 6), 1, P)),
    )
    known = (Known(OPENED, LAPSING), Known(at("2026-03-01T13:00"), higher))
    assert told(*known, until="2026-03-20") == [(at("2026-03-06"), Terms(P, False))]


def test_what_was_told_wrongly_at_the_opening_is_put_right_there() -> None:
    assert told(Known(OPENED, LAPSING), until="2026-03-02", terms=NONE) == [(OPENED, RUNNING)]


days = st.dates(date(2024, 1, 1), date(2028, 12, 31))
terms = st.builds(Term, days, st.integers(1, 3))
packages = st.builds(PackageTerm, days, st.sampled_from([1, 3]), st.sampled_from(list(Package)))
facts = st.builds(
    ContractFacts,
    purchased_on=days | st.none(),
    update_renewals=st.lists(terms, max_size=3).map(tuple),
    packages=st.lists(packages, max_size=3).map(tuple),
)
moments = st.datetimes(datetime(2024, 1, 1), datetime(2030, 1, 1)).map(lambda m: m.replace(tzinfo=UTC))


@given(st.lists(st.tuples(moments, facts), min_size=1, max_size=4), moments, st.lists(moments, max_size=5))
def test_looking_often_or_once_tells_the_same_and_the_truth(versions, end, looks) -> None:
    known = [Known(*one) for one in sorted(dict(versions).items(), key=lambda one: one[0])]
    began = known[0].since
    first = terms_in_force(known[0].facts, began)
    once = list(changes(known, first, end))
    # Looking at any moments in between, each time from where the history stands.
    piecewise: list[TermsChange] = []
    for look in [*sorted(look for look in looks if began <= look <= end), end]:
        last = piecewise[-1] if piecewise else TermsChange(began, first)
        current = [one for one in known if one.since <= last.at][-1]
        later = [one for one in known if last.at < one.since <= look]
        piecewise += changes([Known(last.at, current.facts), *later], last.terms, look)
    assert piecewise == once
    # And at any moment the history says what the contract, as known then, said.
    for look in looks:
        if began <= look <= end:
            then = [one for one in known if one.since <= look][-1]
            said = [change.terms for change in once if change.at <= look]
            assert (said[-1] if said else first) == terms_in_force(then.facts, look)


def event(when: str, kind: EventKind, actor: str = "system:tickets", public: bool = False, **detail) -> Told:
    return Told(at(when), kind.value, actor, public, detail)


OPENING = event("2026-03-02T10:00", EventKind.OPENED, level=3, package="standart", suspended=False)


def test_level_and_terms_are_told_apart_in_whatever_order_they_were_written() -> None:
    raised = event("2026-03-03T10:00", EventKind.LEVEL_CHANGED, level=1)
    lapsed = event("2026-03-03T00:00", EventKind.TERMS_CHANGED, package="standart", suspended=True)
    ended = event("2026-03-04T00:00", EventKind.TERMS_CHANGED, package=None, suspended=False)
    for events in ([OPENING, raised, lapsed, ended], [OPENING, ended, lapsed, raised]):
        assert list(in_force_history(events)) == [
            InForce(at("2026-03-02T10:00"), 3, S),
            InForce(at("2026-03-03T00:00"), 3, S, True),
            InForce(at("2026-03-03T10:00"), 1, S, True),
            InForce(at("2026-03-04T00:00"), 1, None),
        ]
        assert last_terms(events) == (at("2026-03-04"), NONE)


def test_of_two_told_at_one_instant_the_later_one_counts() -> None:
    first = event("2026-03-03T00:00", EventKind.TERMS_CHANGED, package="standart", suspended=True)
    second = event("2026-03-03T00:00", EventKind.TERMS_CHANGED, package="profesyonel", suspended=False)
    assert last_terms([OPENING, first, second]) == (at("2026-03-03"), Terms(P, False))


def test_the_clock_knows_answers_of_people_and_what_was_judged() -> None:
    answer = event("2026-03-02T11:00", EventKind.ANSWER, "operator:ayse", True, in_time=True)
    note = event("2026-03-02T11:00", EventKind.NOTE, "operator:ayse", True)
    quiet = event("2026-03-02T11:00", EventKind.ANSWER, "operator:ayse", False)
    machine = event("2026-03-02T11:00", EventKind.ANSWER, "system:tickets", True)
    missed = event("2026-03-02T16:00", EventKind.DEADLINE_MISSED)
    assert clock_history([OPENING, note, quiet, machine, answer, missed]) == [
        InForce(OPENING.at, 3, S),
        Answered(answer.at, in_time=True),
        Missed(missed.at),
    ]
