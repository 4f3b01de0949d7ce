"""Levels by the questions of PRI, the order of answers, how a level is handled, workarounds."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import pytest
from logix_common.errors import InvalidInput
from logix_server.contracts import wording
from logix_server.contracts.decisions.coverage import Action
from logix_server.contracts.decisions.terms import Package
from logix_server.tickets.decisions.levels import QUESTIONS, Level, level_of_answers
from logix_server.tickets.decisions.procedure import PROCEDURES, workaround_bars
from logix_server.tickets.decisions.queue import place

NOW = datetime(2026, 3, 2, 7, 0, tzinfo=UTC)


@pytest.mark.parametrize("row", ["PRI-1", "PRI-2", "PRI-3", "PRI-4", "PRI-5", "PRI-6", "PRI-7"])
@pytest.mark.parametrize("level", [1, 2, 3])
def test_pri_1_to_pri_7_each_row_gives_its_level(row: str, level: int) -> None:
    assert row in QUESTIONS
    assert level_of_answers({row: level}) == Level(level, (row,))


def test_reading_20_the_most_critical_row_wins_and_all_that_say_so_are_cited() -> None:
    answers = {"PRI-7": 2, "PRI-1": 3, "PRI-5": 2, "PRI-3": 3}
    assert level_of_answers(answers) == Level(2, ("PRI-5", "PRI-7"))


@pytest.mark.parametrize(
    ("answers", "where"),
    [
        pytest.param({"PRI-8": 1}, "PRI-8", id="Reading 19: PRI-8 is no question"),
        pytest.param({"PRI-1": 4}, "PRI-1", id="no such level"),
        pytest.param({}, "level", id="nothing answered"),
    ],
)
def test_what_gives_no_level(answers: dict[str, int], where: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        level_of_answers(answers)
    assert refused.value.where == where


def test_pri_8_how_each_level_is_handled() -> None:
    assert sorted(PROCEDURES) == [1, 2, 3]
    assert all(procedure.reason.clause == "PRI-8" for procedure in PROCEDURES.values())
    assert [Action.ONSITE_VISIT in PROCEDURES[level].actions for level in (1, 2, 3)] == [True, False, False]
    assert Action.SESSION_RULES not in PROCEDURES[3].actions
    told = [wording.sentences([procedure.reason]) for procedure in PROCEDURES.values()]
    assert all(text["tr"] != text["en"] for text in told)


def test_sup_7_by_level_then_package_then_deadline() -> None:
    hour = timedelta(hours=1)
    rightly = [
        place(1, Package.PROFESYONEL, NOW + 9 * hour, NOW),
        place(1, Package.STANDART, NOW + 3 * hour, NOW, urgent=True),  # PRI-4: within its level and package
        place(1, Package.STANDART, NOW + hour, NOW),
        place(1, Package.STANDART, NOW + 2 * hour, NOW - hour),
        place(1, Package.TEMEL, None, NOW - 9 * hour),
        place(1, Package.TEMEL, None, NOW),
        place(1, None, None, NOW - 9 * hour),
        place(2, Package.PROFESYONEL, NOW, NOW),
        place(3, Package.PROFESYONEL, None, NOW),
    ]
    shuffled = random.Random(3).sample(rightly, len(rightly))
    assert sorted(shuffled) == rightly


def test_sup_4_a_workaround_needs_the_system_owners_knowledge() -> None:
    assert workaround_bars("Ayşe Demir, IT") == ()
    (bar,) = workaround_bars("  ")
    assert bar.clause == "SUP-4"
    assert "sistem yetkilisi" in wording.sentence(bar, "tr")
