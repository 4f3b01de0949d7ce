"""Every labelled capture of a real machine (../shared/captures), judged as `logix-agent replay` does."""

from __future__ import annotations

import csv
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest
from logix_agent.replay import command

from tests.conftest import CAPTURES

pytestmark = pytest.mark.captures
Row = dict[str, str]
#: Of the faulty cases, how many must bear the labelled level.
RIGHT_LEVEL = 0.95


def rows() -> list[Row]:
    index = CAPTURES / "index.csv"
    if not index.is_file():
        return []
    with index.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def scored(expected: str) -> list[Row]:
    return [row for row in rows() if row["expected"] == expected and row["kind"] != "smartctl-text"]


def answered(row: Row) -> dict[str, Any]:
    path = str(CAPTURES) + "/" + row["case"]
    judgement, problem = command.judged(command.kinds()[row["kind"]], path)
    assert problem == ""
    return command.answer(path, judgement)


def level_of(answer: dict[str, Any]) -> int:
    """A verdict's level is its worst finding's."""
    return min((finding["level"] for finding in answer["findings"]), default=0)


def each(expected: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("row", [pytest.param(row, id=row["case"]) for row in scored(expected)])


@each("healthy")
def test_a_healthy_machine_is_not_flagged(row: Row) -> None:
    answer = answered(row)
    assert (answer["verdict"], answer["findings"]) in (("healthy", []), ("unknown", []))


@each("faulty")
def test_a_fault_is_found_in_the_right_component(row: Row) -> None:
    answer = answered(row)
    assert answer["verdict"] == "faulty"
    assert row["component"] in {finding["component"] for finding in answer["findings"]}, answer
    assert all(finding["evidence"] for finding in answer["findings"])


@each("unknown")
def test_what_cannot_be_told_is_unknown(row: Row) -> None:
    answer = answered(row)
    assert (answer["verdict"], answer["findings"]) == ("unknown", [])


@each("ambiguous")
def test_an_ambiguous_case_is_answered(row: Row) -> None:
    assert answered(row)["verdict"] in ("healthy", "faulty", "unknown")


def test_levels_are_right(captures: Path) -> None:
    wrong: dict[str, list[tuple[str, int, int]]] = defaultdict(list)
    faulty = scored("faulty")
    for row in faulty:
        level = level_of(answered(row))
        if level != int(row["severity"]):
            wrong[row["kind"]].append((row["case"], int(row["severity"]), level))
    missed = sum(len(cases) for cases in wrong.values())
    assert len(faulty) > 30
    assert 1 - missed / len(faulty) >= RIGHT_LEVEL, dict(wrong)


def test_most_healthy_machines_are_called_healthy(captures: Path) -> None:
    """An agent that can never tell would flag nothing, and be of no use."""
    healthy = scored("healthy")
    unsure = [row["case"] for row in healthy if answered(row)["verdict"] != "healthy"]
    assert len(unsure) <= len(healthy) // 20, unsure


def test_every_kind_of_the_corpus_is_known(captures: Path) -> None:
    assert {row["kind"] for row in rows()} <= set(command.kinds())
