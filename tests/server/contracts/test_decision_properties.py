"""What holds of every answer, whatever the contract, the circumstances and the moment."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st
from logix_server.contracts.decisions import bars, grants, matrix, terms
from logix_server.contracts.decisions.coverage import Action, Decision, decide
from logix_server.contracts.decisions.standing import standing
from logix_server.contracts.decisions.terms import (
    ISTANBUL,
    Circumstances,
    ContractFacts,
    FaultCause,
    Hardware,
    Ownership,
    Package,
    PackageTerm,
    PatchException,
    Term,
    Vendor,
)
from logix_server.contracts.wording import LANGUAGES, sentence

from tests.server.contracts.clause_numbers import CLAUSES

days = st.dates(date(2020, 1, 1), date(2032, 12, 31))
renewals = st.builds(Term, days, st.integers(1, 3))
package_terms = st.builds(
    PackageTerm, starts_on=days, years=st.sampled_from([1, 3]), package=st.sampled_from(Package)
)
exceptions = st.builds(
    lambda day, length: PatchException(day, day + timedelta(days=length)), days, st.integers(0, 400)
)
contracts = st.builds(
    ContractFacts,
    purchased_on=st.none() | days,
    hardware=st.sampled_from(Hardware),
    vendor=st.sampled_from([Vendor.LOGIX, Vendor.LOGIX, Vendor.LOGIX, Vendor.OTHER]),
    update_renewals=st.lists(renewals, max_size=3).map(tuple),
    packages=st.lists(package_terms, max_size=3).map(tuple),
    extended_warranty=st.booleans(),
    end_of_sale_on=st.none() | days,
    end_of_life_on=st.none() | days,
    patch_exceptions=st.lists(exceptions, max_size=2).map(tuple),
    ownership=st.lists(st.builds(Ownership, days, st.sampled_from(Hardware)), max_size=2).map(tuple),
)
knowledge = st.builds(
    Circumstances,
    access_opened=st.booleans(),
    remote_possible=st.booleans(),
    fault_cause=st.none() | st.sampled_from(FaultCause),
    fault_confirmed=st.booleans(),
    successor_released_on=st.none() | days,
)
moments = st.datetimes(datetime(2019, 1, 1), datetime(2037, 1, 1)).map(lambda m: m.replace(tzinfo=ISTANBUL))
actions = st.sampled_from(Action)
TICK = timedelta(microseconds=1)


def told(decision: Decision) -> tuple[bool, tuple[str, ...]]:
    return decision.allowed, decision.clauses


@settings(max_examples=400)
@given(contracts, actions, moments, knowledge, st.floats(0, 1))
def test_until_is_true(
    facts: ContractFacts, action: Action, moment: datetime, known: Circumstances, share: float
) -> None:
    """Just before it the answer is the present one, at it another, and in between it never changed."""
    decision = decide(facts, action, moment, known)
    if decision.until is None:
        for years in (1, 3, 20):
            assert told(decide(facts, action, moment + timedelta(days=366 * years), known)) == told(decision)
        return
    assert decision.until > moment
    assert told(decide(facts, action, decision.until, known)) != told(decision)
    for within in (moment + (decision.until - moment) * share, decision.until - TICK):
        if moment <= within < decision.until:
            assert decide(facts, action, within, known).until == decision.until
            assert told(decide(facts, action, within, known)) == told(decision)


@settings(max_examples=200)
@given(contracts, moments, knowledge)
def test_mat_11_until_against_looking_every_quarter_of_an_hour(
    facts: ContractFacts, moment: datetime, known: Circumstances
) -> None:
    """The hours of Standart begin and end on the hour: no quarter before `until` has another answer."""
    facts = replace(
        facts, vendor=Vendor.LOGIX, packages=(PackageTerm(date(2020, 1, 1), 3, Package.STANDART),)
    )
    moment = moment.replace(year=2020 + moment.year % 3, day=1, minute=0, second=0, microsecond=0)
    decision = decide(facts, Action.ENGINEER_DIRECT, moment, known)
    looked = moment
    while looked < moment + timedelta(days=3) and (decision.until is None or looked < decision.until):
        assert told(decide(facts, Action.ENGINEER_DIRECT, looked, known)) == told(decision)
        looked += timedelta(minutes=15)


@settings(max_examples=300)
@given(contracts, actions, moments, knowledge)
def test_a_yes_holds_no_bar_and_a_no_nothing_else(
    facts: ContractFacts, action: Action, moment: datetime, known: Circumstances
) -> None:
    decision = decide(facts, action, moment, known)
    yes = {value for module in (grants, matrix) for value in texts(module)}
    yes |= {row.given for row in vars(matrix).values() if isinstance(row, matrix.Row)}
    assert decision.reasons
    assert {reason.message in yes for reason in decision.reasons} == {decision.allowed}


def texts(module: object) -> set[str]:
    return {
        value for name, value in vars(module).items() if re.match(r"_[A-Z]", name) and isinstance(value, str)
    }


@settings(max_examples=300)
@given(contracts, actions, moments, knowledge)
def test_every_answer_cites_clauses_and_says_them_in_both_languages(
    facts: ContractFacts, action: Action, moment: datetime, known: Circumstances
) -> None:
    decision = decide(facts, action, moment, known)
    assert set(decision.clauses) <= set(CLAUSES)
    for reason in decision.reasons:
        turkish, english = (sentence(reason, language) for language in LANGUAGES)
        assert turkish != english
        for text in (turkish, english):
            assert re.fullmatch(r"[A-ZÇĞİÖŞÜ].+\.", text)
            assert "%" not in text


def test_no_text_of_an_answer_is_without_turkish() -> None:
    """Every message of bars, grants and matrix, also those that no contract of the others reaches."""
    messages = texts(bars) | texts(grants) | set(bars._CAUSES.values())
    for row in vars(matrix).values():
        if isinstance(row, matrix.Row):
            messages |= {row.given, row.lacking} - {""}
    assert len(messages) > 50
    from django.utils import translation

    with translation.override("tr"):
        same = [message for message in messages if translation.gettext(message) == message]
    assert same == []


@settings(max_examples=400)
@given(contracts, actions, moments, knowledge, package_terms, renewals, days)
def test_a_longer_contract_takes_nothing_away(
    facts: ContractFacts,
    action: Action,
    moment: datetime,
    known: Circumstances,
    package: PackageTerm,
    renewal: Term,
    later: date,
) -> None:
    if not decide(facts, action, moment, known).allowed:
        return
    richer = [
        replace(facts, update_renewals=(*facts.update_renewals, renewal)),
        replace(facts, update_renewals=tuple(Term(t.starts_on, t.years + 1) for t in facts.update_renewals)),
        replace(facts, packages=(*facts.packages, package)),
        replace(facts, packages=tuple(replace(t, years=t.years + 2) for t in facts.packages)),
        replace(facts, packages=tuple(replace(t, package=Package.PROFESYONEL) for t in facts.packages)),
        replace(facts, extended_warranty=True),
        replace(facts, patch_exceptions=(*facts.patch_exceptions, PatchException(later, later))),
        replace(facts, end_of_sale_on=facts.end_of_sale_on and max(facts.end_of_sale_on, later)),
        replace(facts, end_of_life_on=facts.end_of_life_on and max(facts.end_of_life_on, later)),
    ]
    assert all(decide(more, action, moment, known).allowed for more in richer)
    kinder = [
        replace(known, access_opened=True),
        replace(known, fault_confirmed=True),
        replace(known, fault_cause=FaultCause.DEFECT),
        replace(known, successor_released_on=None),
    ]
    assert all(decide(facts, action, moment, more).allowed for more in kinder)


@settings(max_examples=200)
@given(contracts, moments, knowledge)
def test_what_is_never_refused(facts: ContractFacts, moment: datetime, known: Circumstances) -> None:
    assert decide(facts, Action.MODULE_SECURITY, moment, known).allowed  # Reading 10
    reading = decide(facts, Action.BACKUP_READ, moment, known)
    assert reading.allowed is (facts.vendor is Vendor.LOGIX)  # Readings 5, 24


@settings(max_examples=200)
@given(contracts, moments, knowledge)
def test_more_of_the_same_asks_more(facts: ContractFacts, moment: datetime, known: Circumstances) -> None:
    """Who may do the greater thing may do the lesser one."""
    allowed = {action for action in Action if decide(facts, action, moment, known).allowed}
    for greater, lesser in [
        (Action.SESSION_MANAGE, Action.SESSION_RULES),
        (Action.SESSION_RULES, Action.SESSION_CONFIGURATION_CHECK),
        (Action.SESSION_CONFIGURATION_CHECK, Action.SESSION_DIAGNOSE),
        (Action.SESSION_DIAGNOSE, Action.TICKET_OPEN),
        (Action.WARRANTY_ADVANCE_REPLACEMENT, Action.WARRANTY_REPLACE_UNIT),
        (Action.WARRANTY_REPLACE_UNIT, Action.WARRANTY_REPAIR),
        (Action.WARRANTY_REPAIR, Action.TICKET_HARDWARE_FAULT),
        (Action.BACKUP_RUN, Action.BACKUP_READ),
        (Action.TICKET_OPEN, Action.MODULE_OTHER),  # no support without the update service (UPD-5)
    ]:
        assert greater not in allowed or lesser in allowed
    today = terms.as_on(facts, terms.local_day(moment))
    if today.hardware is Hardware.LOGIX and Action.TICKET_OPEN in allowed:
        assert Action.TICKET_HARDWARE_FAULT in allowed


@settings(max_examples=200)
@given(contracts, moments)
def test_what_stands_on_a_day_agrees_with_the_answers(facts: ContractFacts, moment: datetime) -> None:
    lines = {line.what.split(",")[0].split(" package")[0]: line for line in standing(facts, moment)}
    package = lines["support"]
    day = terms.local_day(moment)
    bars_all = facts.vendor is Vendor.OTHER or terms.end_of_life(facts, day)
    assert decide(facts, Action.TICKET_OPEN, moment).allowed == (package.state == "running" and not bars_all)
    assert (lines["hardware warranty"].state == "running") == terms.warranty_runs(
        terms.as_on(facts, day), day
    )
