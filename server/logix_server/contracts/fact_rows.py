"""All facts of installations in one statement, all facts of models in another, in the order of recording.

Written out as SQL: every decision reads them, and building the same query of eight tables anew each time
takes longer than the database needs to answer it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from functools import lru_cache
from typing import Final, NamedTuple

from django.db import connection

from logix_server.contracts.ledger import TABLES, Kind

#: Of each table whose fact it is, two days, a name and a number; a constant where it has none.
_INSTALLATIONS: Final[dict[Kind, tuple[str, ...]]] = {
    Kind.PURCHASE: ("installation_id", "purchased_on", "purchased_on", "hardware", "0"),
    Kind.RENEWAL: ("installation_id", "starts_on", "starts_on", "''", "years"),
    Kind.PACKAGE: ("installation_id", "starts_on", "starts_on", "package", "years"),
    Kind.EXTENSION: ("installation_id", "starts_on", "starts_on", "''", "0"),
    Kind.OWNERSHIP: ("installation_id", "starts_on", "starts_on", "hardware", "0"),
    Kind.EXCEPTION: ("installation_id", "starts_on", "last_day", "''", "0"),
}
_MODELS: Final[dict[Kind, tuple[str, ...]]] = {
    Kind.LIFECYCLE: ("model", "end_of_sale_on", "end_of_life_on", "''", "0"),
    Kind.VENDOR: ("model", "NULL", "NULL", "vendor", "0"),
}
_RawDay = date | str | None
_RawRow = tuple[int | str, str, _RawDay, _RawDay, str, int, object, int]


class FactRow(NamedTuple):
    """One fact, of whichever table; what its table does not have is empty."""

    of: int | str  # the installation's id, or the model
    kind: str
    day: date | None
    other_day: date | None
    name: str
    number: int


def rows_of_installations(ids: Sequence[int], known_at: datetime | None) -> list[FactRow]:
    """What was bought for these installations and stands at `known_at` (None = now)."""
    return _fetch(
        _statement("installations", len(ids), known_at is not None), ids, len(_INSTALLATIONS), known_at
    )


def rows_of_models(models: Sequence[str], known_at: datetime | None) -> list[FactRow]:
    """What was announced of these models and stands at `known_at` (None = now)."""
    return _fetch(_statement("models", len(models), known_at is not None), models, len(_MODELS), known_at)


@lru_cache(maxsize=32)
def _statement(of: str, count: int, dated: bool) -> str:
    kinds = _INSTALLATIONS if of == "installations" else _MODELS
    return (
        " UNION ALL ".join(_select(kind, columns, count, dated) for kind, columns in kinds.items())
        + " ORDER BY recorded_at, id"
    )


def _select(kind: Kind, columns: Sequence[str], count: int, dated: bool) -> str:
    owner, *values = columns
    then = " AND recorded_at <= %s" if dated else ""
    withdrawn = f"SELECT fact_id FROM contracts_withdrawal WHERE kind = '{kind.value}'{then}"  # noqa: S608  fixed names
    day = "CAST(NULL AS date)"  # an untyped NULL is a text to PostgreSQL
    told = ", ".join(day if value == "NULL" else value for value in values)
    return (
        f"SELECT {owner}, '{kind.value}', {told}, recorded_at, id"  # noqa: S608  names and counts of this module
        f" FROM {TABLES[kind]._meta.db_table}"
        f" WHERE {owner} IN ({', '.join(['%s'] * count)}){then}"
        f" AND NOT EXISTS ({withdrawn} AND fact_id = {TABLES[kind]._meta.db_table}.id)"
    )


def _fetch(
    statement: str, owners: Sequence[int | str], tables: int, known_at: datetime | None
) -> list[FactRow]:
    if not owners:
        return []
    then = [] if known_at is None else [connection.ops.adapt_datetimefield_value(known_at)]
    with connection.cursor() as cursor:
        cursor.execute(statement, [*owners, *then, *then] * tables)
        rows: list[_RawRow] = cursor.fetchall()
    return [
        FactRow(owner, kind, _day(day), _day(other_day), name, number)
        for owner, kind, day, other_day, name, number, _, _ in rows
    ]


def _day(raw: _RawDay) -> date | None:
    return date.fromisoformat(raw) if isinstance(raw, str) else raw  # SQLite has no dates, only their text
