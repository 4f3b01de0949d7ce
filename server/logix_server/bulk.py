"""Many rows in one statement, for the hot path: multi-row VALUES on SQLite, `unnest` on PostgreSQL.

The ORM's bulk writes reach 0.12 to 0.34 of these. The driver is called directly, and its errors are still
raised as Django's. Whoever writes rows that others write too sorts them by key and names each once:
PostgreSQL refuses to touch a row twice in one statement, and one order for all writers keeps them from
waiting for each other in a circle.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, Final

from django.db import connection

#: Rows a statement on SQLite, the last ones empty where there are fewer. Each execution hands the
#: interpreter's lock to a busy loop and waits, up to milliseconds, to get it back: one large statement
#: does so once, and few sizes keep SQLite's prepared statements.
_SIZES: Final = (1, 4, 16, 64, 128, 256)


@dataclass(frozen=True)
class Statement:
    """One write for many rows.

    `columns`: (name, PostgreSQL type); the first is never NULL. In both texts {rows} stands where a table
    would: its columns are column1, column2 … on SQLite, and named on PostgreSQL. `conflict`, alike on
    both, says what to do with a row that is there already.
    """

    columns: tuple[tuple[str, str], ...]
    sqlite: str
    postgres: str
    conflict: str = ""


def inserting(table: str, columns: tuple[tuple[str, str], ...], conflict: str = "") -> Statement:
    """The statement that inserts rows of these columns."""
    names = ", ".join(name for name, _ in columns)
    return Statement(
        columns,
        f"INSERT INTO {table} ({names}) SELECT * FROM {{rows}} WHERE column1 NOTNULL",  # noqa: S608  constants
        f"INSERT INTO {table} ({names}) SELECT * FROM {{rows}}",  # noqa: S608  of the calling module
        conflict,
    )


def write(statement: Statement, rows: Sequence[Sequence[Any]]) -> None:
    """Write `rows` in the caller's transaction; moments as `moment` gives them.

    Raises Django's database errors, `RuntimeError` outside a transaction: SQLite would commit, and sync,
    every statement by itself.
    """
    if not rows:
        return
    if not connection.in_atomic_block:
        raise RuntimeError("many rows are written in the caller's transaction")
    with connection.wrap_database_errors:
        if connection.vendor == "sqlite":
            _write_sqlite(statement, rows)
        else:
            _write_postgres(statement, rows)


def moment(at: datetime) -> Any:
    """`at` as the database of this process stores it. Once a statement: adapting each row's is dear."""
    return connection.ops.adapt_datetimefield_value(at) if connection.vendor == "sqlite" else at


def _write_sqlite(statement: Statement, rows: Sequence[Sequence[Any]]) -> None:
    execute = connection.connection.execute
    for start in range(0, len(rows), _SIZES[-1]):
        chunk = rows[start : start + _SIZES[-1]]
        size = next(size for size in _SIZES if size >= len(chunk))
        values = [value for row in chunk for value in row]
        values += [None] * (len(statement.columns) * (size - len(chunk)))
        execute(_sqlite_text(statement, size), values)


@cache
def _sqlite_text(statement: Statement, size: int) -> str:
    row = "(" + ", ".join("?" * len(statement.columns)) + ")"
    return statement.sqlite.format(rows="(VALUES " + ", ".join([row] * size) + ")") + statement.conflict


def _write_postgres(statement: Statement, rows: Sequence[Sequence[Any]]) -> None:
    # A server-side-binding cursor: Django's own would write the arrays into the text of the statement.
    from psycopg import Cursor

    with Cursor(connection.connection) as cursor:
        cursor.execute(_postgres_text(statement), [list(column) for column in zip(*rows, strict=True)])


@cache
def _postgres_text(statement: Statement) -> bytes:
    arrays = ", ".join(f"%b::{kind}[]" for _, kind in statement.columns)
    names = ", ".join(name for name, _ in statement.columns)
    text = statement.postgres.format(rows=f"unnest({arrays}) AS v({names})") + statement.conflict
    return text.encode()
