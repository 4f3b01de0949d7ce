"""What programs may ask, and how a bad question is answered."""

from __future__ import annotations

import copy
import json
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from logix_common.errors import InvalidInput
from logix_server.contracts.decisions.coverage import Action
from logix_server.contracts.decisions.decision_facts import FACTS, deadline_question, question
from logix_server.contracts.decisions.terms import (
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

LINE: dict[str, Any] = {
    "action": "update.patch",
    "at": "2026-03-02T10:00:00+03:00",
    "facts": {
        "vendor": "logix",
        "hardware": "customer",
        "purchased_on": "2024-05-10",
        "update_renewals": [{"from": "2025-05-10", "years": 2}],
        "packages": [{"package": "standart", "from": "2024-05-10", "years": 3}],
        "extended_warranty": True,
        "end_of_sale_on": "2027-01-01",
        "end_of_life_on": None,
        "access_opened": True,
        "remote_possible": False,
        "fault_cause": "malware",
        "fault_confirmed": True,
        "version_released_on": "2023-01-01",
        "successor_released_on": "2025-01-01",
        "patch_exceptions": [{"from": "2026-01-01", "until": "2026-02-01"}],
    },
}


def with_(path: str, value: object) -> dict[str, Any]:
    """LINE with another value at a dotted path."""
    line = copy.deepcopy(LINE)
    target: Any = line
    *way, last = (int(step) if step.isdigit() else step for step in path.split("."))
    for step in way:
        target = target[step]
    target[last] = value
    return line


def without(path: str) -> dict[str, Any]:
    line = copy.deepcopy(LINE)
    *way, last = path.split(".")
    target = line["facts"] if way else line
    del target[last]
    return line


def test_a_whole_question() -> None:
    asked = question(LINE)
    assert (asked.action, asked.at) == (Action.UPDATE_PATCH, datetime(2026, 3, 2, 7, tzinfo=UTC))
    assert asked.facts == ContractFacts(
        date(2024, 5, 10),
        Hardware.CUSTOMER,
        Vendor.LOGIX,
        (Term(date(2025, 5, 10), 2),),
        (PackageTerm(date(2024, 5, 10), 3, Package.STANDART),),
        extended_warranty=True,
        end_of_sale_on=date(2027, 1, 1),
        patch_exceptions=(PatchException(date(2026, 1, 1), date(2026, 2, 1)),),
    )
    assert asked.circumstances == Circumstances(
        access_opened=True,
        remote_possible=False,
        fault_cause=FaultCause.MALWARE,
        fault_confirmed=True,
        version_released_on=date(2023, 1, 1),
        successor_released_on=date(2025, 1, 1),
    )


def test_what_may_be_left_out() -> None:
    """What is not said has not happened; an appliance can be reached unless it is said to be out of reach."""
    least = {"vendor": "logix", "hardware": "logix", "purchased_on": None}
    asked = question({"action": "ticket.open", "at": "2026-03-02T10:00Z", "facts": least})
    assert (asked.facts, asked.circumstances) == (ContractFacts(None), Circumstances())
    assert asked.circumstances.remote_possible


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-03-02T10:00:00Z", datetime(2026, 3, 2, 10, tzinfo=UTC)),
        ("2026-03-02 10:00+03:00", datetime(2026, 3, 2, 7, tzinfo=UTC)),
        ("2026-03-02T10:00:00.250-05:30", datetime(2026, 3, 2, 15, 30, 0, 250_000, tzinfo=UTC)),
        ("2026-03-02T24:00:00+03:00", datetime(2026, 3, 2, 21, tzinfo=UTC)),
        ("2026-12-31T24:00Z", datetime(2027, 1, 1, tzinfo=UTC)),
    ],
)
def test_moments(text: str, expected: datetime) -> None:
    assert question(with_("at", text)).at == expected


@pytest.mark.parametrize(
    ("line", "where", "what"),
    [
        pytest.param(without("action"), "action", "expected, but missing", id="no action"),
        pytest.param(without("at"), "at", "missing", id="no moment"),
        pytest.param(without("facts"), "facts", "missing", id="no facts"),
        pytest.param(without("facts.vendor"), "facts.vendor", "missing", id="no vendor"),
        pytest.param(without("facts.hardware"), "facts.hardware", "missing", id="no hardware"),
        pytest.param(without("facts.purchased_on"), "facts.purchased_on", "missing", id="no purchase"),
        pytest.param(with_("action", "session.rule"), "action", "did you mean 'session.rules'", id="near"),
        pytest.param(
            with_("facts.colour", 1), "facts.colour", "expected one of vendor, hardware", id="unknown"
        ),
        pytest.param(
            with_("facts.vendors", 1), "facts.vendors", "did you mean 'vendor'", id="unknown, near to one"
        ),
        pytest.param(with_("action", ["x"]), "action", "got a list", id="action of another type"),
        pytest.param(with_("action", None), "action", "got null", id="action null"),
        pytest.param(with_("at", "2026-03-02"), "at", "date and time with an offset", id="a day"),
        pytest.param(with_("at", "2026-03-02T10:00:00"), "at", "an offset", id="no offset"),
        pytest.param(with_("at", "yesterday"), "at", "got 'yesterday'", id="no moment at all"),
        pytest.param(with_("at", 1772434800), "at", "got 1772434800", id="seconds"),
        pytest.param(with_("at", "2026-13-02T10:00:00Z"), "at", "expected a date", id="month 13"),
        pytest.param(with_("at", "2026-03-02T24:01:00Z"), "at", "expected a date", id="a minute past 24:00"),
        pytest.param(with_("at", "0001-01-01T00:00:00Z"), "at", "year from 1900 to 2999", id="year 1"),
        pytest.param(with_("at", "9999-12-31T23:59:59-03:00"), "at", "1900 to 2999", id="year 9999"),
        pytest.param(with_("facts", []), "facts", "expected an object, got a list", id="facts a list"),
        pytest.param(with_("facts.vendor", "acme"), "facts.vendor", "logix, other, got 'acme'", id="vendor"),
        pytest.param(with_("facts.hardware", "Logix"), "facts.hardware", "'logix'", id="capitals"),
        pytest.param(with_("facts.endoflife", "x"), "facts.endoflife", "'end_of_life_on'", id="unknown key"),
        pytest.param(with_("facts.purchased_on", "10.05.2024"), "facts.purchased_on", "a day", id="day"),
        pytest.param(with_("facts.purchased_on", "2023-02-29"), "facts.purchased_on", "a day", id="29 Feb"),
        pytest.param(with_("facts.purchased_on", "20240510"), "facts.purchased_on", "a day", id="basic"),
        pytest.param(
            with_("facts.purchased_on", "2024-05-10T00:00:00Z"), "facts.purchased_on", "a day", id="time"
        ),
        pytest.param(with_("facts.end_of_life_on", False), "facts.end_of_life_on", "got false", id="no day"),
        pytest.param(
            with_("facts.extended_warranty", 1),
            "facts.extended_warranty",
            "true or false",
            id="1",
        ),
        pytest.param(
            with_("facts.remote_possible", None), "facts.remote_possible", "true or false", id="null flag"
        ),
        pytest.param(with_("facts.fault_cause", "fire"), "facts.fault_cause", "expected one of", id="cause"),
        pytest.param(with_("facts.packages", {}), "facts.packages", "a list", id="packages an object"),
        pytest.param(with_("facts.packages.0", "x"), "facts.packages[0]", "an object", id="package a name"),
        pytest.param(
            with_("facts.packages.0.package", "gold"), "facts.packages[0].package", "temel", id="package"
        ),
        pytest.param(
            with_("facts.packages.0.years", 2),
            "facts.packages[0].years",
            "1 or 3 (SUP-2)",
            id="SUP-2: 2 years",
        ),
        pytest.param(
            with_("facts.packages.0.years", True), "facts.packages[0].years", "got true", id="true is not 1"
        ),
        pytest.param(
            with_("facts.packages.0.years", 1.0), "facts.packages[0].years", "got 1.0", id="1.0 is not whole"
        ),
        pytest.param(
            with_("facts.packages.0.until", "x"),
            "facts.packages[0].until",
            "not known",
            id="unknown in package",
        ),
        pytest.param(
            with_("facts.update_renewals.0", {"years": 1}),
            "facts.update_renewals[0].from",
            "missing",
            id="from",
        ),
        pytest.param(
            with_("facts.update_renewals.0.years", 0), "facts.update_renewals[0].years", "1 to 100", id="0"
        ),
        pytest.param(
            with_("facts.update_renewals.0.years", 10**30), "facts.update_renewals[0].years", "100", id="huge"
        ),
        pytest.param(
            with_("facts.update_renewals", [{"from": "2025-05-10", "years": 1}] * 101),
            *("facts.update_renewals", "at most 100"),
            id="too many",
        ),
        pytest.param(
            with_("facts.patch_exceptions.0.until", "2025-01-01"),
            *("facts.patch_exceptions[0].until", "not before"),
            id="Reading 7: an exception that ends before it begins",
        ),
    ],
)
def test_a_bad_question_names_field_and_expectation(line: dict[str, Any], where: str, what: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        question(line)
    assert refused.value.where == where
    assert what in str(refused.value)
    assert len(str(refused.value)) < 600


@pytest.mark.parametrize(
    ("line", "where"),
    [
        ({"level": 1, "opened_at": "2026-03-02T10:00Z"}, "package"),
        ({"package": "temel", "level": 4, "opened_at": "2026-03-02T10:00Z"}, "level"),
        ({"package": "temel", "level": True, "opened_at": "2026-03-02T10:00Z"}, "level"),
        ({"package": "temel", "level": "1", "opened_at": "2026-03-02T10:00Z"}, "level"),
        ({"package": "temel", "level": 1}, "opened_at"),
        ({"package": None, "level": 1, "opened_at": "2026-03-02T10:00Z"}, "package"),
    ],
)
def test_a_bad_question_for_a_deadline(line: dict[str, Any], where: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        deadline_question(line)
    assert refused.value.where == where


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=300)
@given(
    st.dictionaries(st.sampled_from(FACTS), json_values, max_size=6),
    st.dictionaries(st.sampled_from(["action", "at", "facts"]), json_values, max_size=2),
)
def test_whatever_is_asked_is_answered_or_refused(facts: dict[str, Any], over: dict[str, Any]) -> None:
    line = {**LINE, "facts": {**LINE["facts"], **facts}, **over}
    try:
        assert question(json.loads(json.dumps(line))).facts.packages is not None
    except InvalidInput as refused:
        assert refused.where and refused.what
