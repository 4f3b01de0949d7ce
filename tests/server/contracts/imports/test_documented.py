"""docs/import.md tells the columns as they are, and its example can be imported."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from logix_server.contracts.imports import table
from logix_server.contracts.imports.columns import HEADINGS, column_of

PAGE = (Path(__file__).resolve().parents[4] / "docs/import.md").read_text(encoding="utf-8")
EXAMPLE = re.search(r"```csv\n(.*?)```", PAGE, re.DOTALL)[1]


def test_the_table_has_every_column_and_every_heading():
    rows = re.findall(r"^\| `(\w+)`(?: \*)? \| ([^|]+) \|", PAGE, re.MULTILINE)
    told = {name: tuple(heading.strip() for heading in headings.split(",")) for name, headings in rows}
    assert told == {column.value: others for column, others in HEADINGS.items()}
    assert all(column_of(heading) == name for name, others in told.items() for heading in others)


def test_the_bounds_are_those_of_the_program():
    assert f"{table.MAX_BYTES // 1_000_000} MB, {table.MAX_ROWS:,} rows, {table.MAX_COLUMNS} columns" in PAGE
    assert f"{table.MAX_CELL:,} characters" in PAGE


@pytest.mark.database
@pytest.mark.django_db
def test_the_example_is_imported_and_says_what_the_page_says(imported_bytes):
    done = imported_bytes(EXAMPLE.encode())
    assert done.problems == []
    counts = {name: count["created"] for name, count in done.plan.counts().items()}
    assert counts == {
        **{"dealers": 1, "customers": 2, "installations": 3, "units": 2, "models": 0},
        **{"purchases": 2, "packages": 1, "update_renewals": 2, "warranty_extensions": 0},
    }
