"""Imports of rows that a test spells out, on the test's own database."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
from logix_server.accounts.bulk import is_mail
from logix_server.contracts.decisions.terms import local_day
from logix_server.contracts.imports.actions import Source, apply_import, preview
from logix_server.contracts.imports.csv_table import read_csv
from logix_server.contracts.imports.devices import gather
from logix_server.contracts.imports.rows import read_rows
from logix_server.contracts.imports.state import Plan
from logix_server.contracts.imports.table import Problem

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


@dataclass
class Outcome:
    plan: Plan
    problems: list[Problem]

    @property
    def written(self) -> list[tuple[str, str, dict[str, Any]]]:
        """(table, name, fields) of each change."""
        return [(one.what.value, one.name, dict(one.fields)) for one in self.plan.changes]

    @property
    def blamed(self) -> list[tuple[int, str]]:
        return [(problem.line, problem.column) for problem in self.problems]


Import = Callable[..., Outcome]


def csv_of(*rows: Mapping[str, object]) -> bytes:
    """A file with a column for each key of the rows."""
    columns = list(dict.fromkeys(key for row in rows for key in row))
    lines = [columns, *([str(row.get(column, "")) for column in columns] for row in rows)]
    return "\n".join(";".join(line) for line in lines).encode()


@pytest.fixture
def imported_bytes(db: None) -> Import:
    """Import a file; `apply` False is a dry run."""

    def run(data: bytes, apply: bool = True, now: datetime = NOW) -> Outcome:
        table = read_csv(data)
        sheet = read_rows(table, local_day(now), is_mail)
        said = gather(sheet)
        if not apply:
            return Outcome(preview(said, sheet, now), sheet.problems)
        source = Source("devices.csv", "0" * 64, len(table.rows))
        return Outcome(apply_import(said, sheet, source, now=now, actor="operator:test"), sheet.problems)

    return run


@pytest.fixture
def imported(imported_bytes: Import) -> Import:
    """Import rows that are spelt out."""

    def run(*rows: Mapping[str, object], **options: Any) -> Outcome:
        return imported_bytes(csv_of(*rows), **options)

    return run
