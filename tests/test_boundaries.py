"""Boundaries that an import alone does not show; import-linter checks the others."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SOURCES = {
    ".".join(path.relative_to(ROOT / place).with_suffix("").parts): path
    for place in ("common", "agent", "server")
    for path in sorted((ROOT / place).rglob("*.py"))
    if "migrations" not in path.parts and "wire" not in path.parts
}
CONTRACTS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"][
    "contracts"
]
#: As the two contracts on pure files name them; a package stands for all that it holds.
LISTED = {
    listed
    for contract in CONTRACTS
    if "pure" in contract["name"].lower()
    for listed in contract["source_modules"]
}
PURE = [module for module in SOURCES if any(f"{module}.".startswith(f"{listed}.") for listed in LISTED)]
#: What changes rows, by the names of Django's ORM.
WRITES = {
    *("create", "get_or_create", "update_or_create", "bulk_create", "bulk_update"),
    *("update", "delete", "save", "select_for_update", "executemany"),
}


def called(module: str) -> Iterator[tuple[str, str]]:
    """Every call in a module as (what it is called on, name); the former is "" for a plain name."""
    for node in ast.walk(ast.parse(SOURCES[module].read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call):
            if isinstance(node.func, ast.Attribute):
                yield ast.unparse(node.func.value), node.func.attr
            elif isinstance(node.func, ast.Name):
                yield "", node.func.id


@pytest.mark.parametrize("module", PURE)
def test_pure_files_read_no_clock_and_open_nothing(module: str) -> None:
    impure = {"now", "utcnow", "today", "open", "read_text", "read_bytes"}
    assert [call for call in called(module) if call[1] in impure] == []


def test_a_file_that_says_it_is_pure_is_held_to_it() -> None:
    said = [
        module
        for module, path in SOURCES.items()
        if re.search(r"\bPure[.;:]", ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or "")
    ]
    assert len(said) > 20
    assert set(said) - set(PURE) == set()


@pytest.mark.parametrize("module", [module for module in SOURCES if module.endswith(".queries")])
def test_queries_only_read(module: str) -> None:
    assert [call for call in called(module) if call[1] in WRITES] == []


def test_programs_are_started_in_few_places() -> None:
    starters = re.compile(
        r"create_subprocess_|subprocess\.(?:run|Popen|call|check_)|os\.(?:system|exec|posix_spawn)"
    )
    found = {module for module, path in SOURCES.items() if starters.search(path.read_text(encoding="utf-8"))}
    assert found == {
        "logix_agent.host.commands",  # every external program
        "logix_agent.diagnostics.child",  # our own code in a short-lived process
        "logix_agent.link.certificates",  # our own code in a short-lived process
        "logix_agent.resident",  # the same process, begun anew
        "logix_server.supervisor",  # the roles
    }


def test_settings_are_read_in_one_place_each() -> None:
    readers = re.compile(r"os\.environ(?!\.setdefault|\[[^]]+\] = )|os\.getenv|tomllib\.load")
    found = {module for module, path in SOURCES.items() if readers.search(path.read_text(encoding="utf-8"))}
    assert found == {
        "logix_agent.config",
        "logix_agent.maintenance_command",  # the operator's name behind sudo, no setting
        "logix_agent.modules.descriptions",  # the product's modules say how they are turned on and off
        "logix_agent.probes.inventory",  # modules of the product describe themselves in TOML
        "logix_agent.texts",  # the operator's language
        "logix_server.config",
        "logix_server.initialise",  # which writes the settings, and refuses where they would lie elsewhere
    }
