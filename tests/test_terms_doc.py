"""docs/terms.md: every clause and Reading has a place where it is decided, and tests that show it."""

from __future__ import annotations

import ast
import importlib
import re
from functools import cache
from pathlib import Path

import pytest

from tests.server.contracts.clause_numbers import CLAUSES, READINGS

ROOT = Path(__file__).resolve().parents[1]
TERMS = ROOT.parent / "shared" / "terms" / "SUPPORT-TERMS.md"
ROW = re.compile(r"^\| ([A-Z]{3}-\d+|Reading \d+) \| (.*?) \| (.*?) \|$", re.MULTILINE)
PLACE = re.compile(r"`([\w.]+):(\w+)`")
TEST = re.compile(r"`([\w/]+\.py)::(\w+)`")
TABLE = {
    name: (PLACE.findall(places), TEST.findall(tests))
    for name, places, tests in ROW.findall((ROOT / "docs/terms.md").read_text(encoding="utf-8"))
}


@cache
def source(path: Path) -> str:
    return path.read_text(encoding="utf-8")


@cache
def test_names(path: Path) -> set[str]:
    tree = ast.parse(source(path))
    defined = (ast.FunctionDef, ast.AsyncFunctionDef)
    return {node.name for node in ast.walk(tree) if isinstance(node, defined)}


test_names.__test__ = False  # type: ignore[attr-defined]  # no test itself, whatever its name says


def cites(text: str, name: str) -> bool:
    """Whether a text names a clause, or a Reading in a list of them ("Readings 5, 24")."""
    if not name.startswith("Reading"):
        return re.search(rf"\b{name}\b", text) is not None
    number = name.removeprefix("Reading ")
    return re.search(rf"Readings? (?:\d+(?:, | and ))*{number}\b", text) is not None


def cites_as_a_name(text: str, name: str) -> bool:
    """The same of tests, whose names write it "upd_5"."""
    return cites(text, name) or re.search(rf"_{re.sub('[- ]', '_', name).lower()}_", text) is not None


def test_every_clause_and_reading_is_in_the_table_once() -> None:
    named = [name for name, *_ in ROW.findall(source(ROOT / "docs/terms.md"))]
    assert named == [*CLAUSES, *READINGS]


def test_the_numbers_are_those_of_the_terms() -> None:
    """The terms lie beside the repository, not in it: where they are, they decide what is listed."""
    if TERMS.exists():
        text = source(TERMS)
        assert tuple(re.findall(r"^\| ([A-Z]{3}-\d+) \|", text, re.MULTILINE)) == CLAUSES
        readings = re.findall(r"^(\d+)\. \*", text.partition("## Readings")[2], re.MULTILINE)
        assert tuple(f"Reading {number}" for number in readings) == READINGS
    assert len(CLAUSES) == 56
    assert len(READINGS) == 24


@pytest.mark.parametrize("name", [*CLAUSES, *READINGS])
def test_it_is_decided_where_the_table_says_so(name: str) -> None:
    places, _ = TABLE[name]
    assert places
    files = []
    for module, member in places:
        found = importlib.import_module(f"logix_server.{module}")
        assert hasattr(found, member), f"logix_server.{module} has no {member}"
        files.append(Path(str(found.__file__)))
    assert any(cites(source(path), name) for path in files)


@pytest.mark.parametrize("name", [*CLAUSES, *READINGS])
def test_it_is_shown_by_the_tests_that_the_table_names(name: str) -> None:
    _, tests = TABLE[name]
    assert tests
    files = [ROOT / "tests/server" / path for path, _ in tests]
    for path, (_, test) in zip(files, tests, strict=True):
        assert test.startswith("test_") and test in test_names(path), f"{path.name} has no {test}"
    assert any(cites_as_a_name(source(path), name) for path in files)
