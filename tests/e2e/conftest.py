"""Places with real processes; every process ends with its test."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from tests.e2e.world import Place
from tests.postgres import PostgresServer

_numbers = count(1)


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    """A server on SQLite, initialised, nothing started."""
    each = Place(tmp_path / "place")
    try:
        each.init()
        yield each
    finally:
        each.close()


@pytest.fixture
def postgres_place(tmp_path: Path, postgres_server: PostgresServer) -> Iterator[Place]:
    """A server on a PostgreSQL database of its own, initialised, nothing started."""
    each = Place(tmp_path / "place", postgres_server.create(f"place{next(_numbers)}"))
    try:
        each.init()
        yield each
    finally:
        each.close()
