"""The durable spool: what must reach the server waits here, through crashes and power cuts.

One SQLite file in WAL mode with `synchronous=FULL`: a `put` that returned is on the disk. The file's
random `spool_id` and ascending sequence let the server apply every entry once.
"""

from __future__ import annotations

import contextlib
import logging
import os
import sqlite3
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Final

from logix_common.errors import LogixError

from logix_agent.link.spool_facts import ENTRY_OVERHEAD, Held, Kind, NewEntry, SpooledEntry, to_drop

log = logging.getLogger(__name__)

_FORMAT: Final = 1
#: Freed beyond the bound at once, so that not every put has to drop.
_SLACK: Final = 16

_SCHEMA: Final = """
create table entry (
    sequence integer primary key,
    kind integer not null,
    finding_id blob not null,
    payload blob not null
) strict;
create index entry_kind on entry (kind, sequence);
create table state (
    one integer primary key check (one = 1),
    spool_id blob not null,
    last_written integer not null,
    last_acknowledged integer not null
) strict;
"""


class SpoolUnwritable(LogixError):
    """The disk did not take it (full, read-only, I/O error); nothing of the call was kept."""


class SpoolDamaged(SpoolUnwritable):
    """The file's content is broken: it has to be opened anew, which moves it aside."""


class Spool:
    """One process, one thread at a time. Every method may raise `SpoolUnwritable`."""

    def __init__(self, path: Path, max_bytes: int, now: datetime) -> None:
        """Open or make the spool at `path`; a damaged one is moved aside, named by `now`."""
        self._path = path
        self._max_bytes = max_bytes
        #: Why the file that was there could not be used, or "".
        self.replaced = ""
        self.spool_id = b""
        self.last_written = 0
        self.last_acknowledged = 0
        self._bytes = 0
        try:
            self._connection = self._open()
        except sqlite3.DatabaseError as error:
            if _is_of_the_disk(error):
                raise SpoolUnwritable(f"{path}: {error}") from error
            self._move_aside(error, now)
            with self._errors():
                self._connection = self._open()

    def put(self, entries: Sequence[NewEntry]) -> int:
        """Keep `entries`, all or none, in one commit; the newest sequence. On return they are on the disk."""
        if not entries:
            return self.last_written
        with self._errors():
            first = self.last_written + 1
            rows = [
                (first + offset, entry.kind, entry.finding_id, entry.payload)
                for offset, entry in enumerate(entries)
            ]
            total = self._bytes + sum(entry.cost for entry in entries)
            with self._connection:
                self._connection.execute("begin immediate")
                self._connection.executemany("insert into entry values (?, ?, ?, ?)", rows)
                self._connection.execute("update state set last_written = ?", (rows[-1][0],))
                if total > self._max_bytes:
                    total -= self._drop(total - self._max_bytes)
            self._bytes = total
            self.last_written = rows[-1][0]
        return self.last_written

    def batch_after(self, sequence: int, max_bytes: int, max_entries: int) -> list[SpooledEntry]:
        """The oldest entries after `sequence`, at least one where there is one."""
        batch: list[SpooledEntry] = []
        total = 0
        with self._errors():
            rows = self._connection.execute(
                "select sequence, payload from entry where sequence > ? order by sequence limit ?",
                (sequence, max_entries),
            )
            for number, payload in rows:
                total += len(payload)
                if batch and total > max_bytes:
                    break
                batch.append(SpooledEntry(number, payload))
            rows.close()
        return batch

    def acknowledge(self, sequence: int) -> None:
        """The server has committed everything up to `sequence`: forget it."""
        sequence = min(sequence, self.last_written)
        if sequence <= self.last_acknowledged:
            return
        with self._errors():
            with self._connection:
                self._connection.execute("begin immediate")
                (freed,) = self._connection.execute(
                    "select coalesce(sum(length(payload) + ?), 0) from entry where sequence <= ?",
                    (ENTRY_OVERHEAD, sequence),
                ).fetchone()
                self._connection.execute("delete from entry where sequence <= ?", (sequence,))
                self._connection.execute("update state set last_acknowledged = ?", (sequence,))
            self._bytes -= freed
            self.last_acknowledged = sequence

    def rename(self) -> None:
        """Give the spool a new id: the server has applied sequences that this file never wrote.

        So it is after the file was put back from an older copy: under the old id the server would take
        new entries for old ones.
        """
        spool_id = os.urandom(16)
        with self._errors(), self._connection:
            self._connection.execute("begin immediate")
            self._connection.execute("update state set spool_id = ?, last_acknowledged = 0", (spool_id,))
        self.spool_id = spool_id
        self.last_acknowledged = 0

    def count(self, kind: Kind) -> int:
        """How many entries of `kind` wait."""
        with self._errors():
            row = self._connection.execute("select count(*) from entry where kind = ?", (kind,)).fetchone()
        return int(row[0])

    @property
    def bytes(self) -> int:
        """What the waiting entries take of the bound."""
        return self._bytes

    def close(self) -> None:
        """Fold the write-ahead log into the file and close it."""
        with contextlib.suppress(sqlite3.Error):
            self._connection.close()

    def _open(self) -> sqlite3.Connection:
        connection = sqlite3.connect(
            self._path, isolation_level=None, check_same_thread=False, timeout=5.0, cached_statements=8
        )
        try:
            self._prepare(connection)
        except sqlite3.DatabaseError:
            connection.close()
            raise
        return connection

    def _prepare(self, connection: sqlite3.Connection) -> None:
        for pragma in (
            "cache_size = -128",
            "journal_mode = wal",
            "synchronous = full",
            "wal_autocheckpoint = 256",
            "journal_size_limit = 1048576",
            "temp_store = memory",
        ):
            connection.execute(f"pragma {pragma}").fetchall()
        version = connection.execute("pragma user_version").fetchone()[0]
        if version == 0:
            connection.execute("begin immediate")
            for statement in _SCHEMA.split(";")[:-1]:
                connection.execute(statement)
            connection.execute("insert into state values (1, ?, 0, 0)", (os.urandom(16),))
            connection.execute(f"pragma user_version = {_FORMAT}")
            connection.execute("commit")
        elif version != _FORMAT:
            raise sqlite3.DatabaseError(f"format {version} is not known to this agent")
        problem = connection.execute("pragma quick_check(1)").fetchone()[0]
        row = connection.execute("select spool_id, last_written, last_acknowledged from state").fetchone()
        if problem != "ok" or row is None or len(row[0]) != 16:
            raise sqlite3.DatabaseError(problem if problem != "ok" else "the spool's state is missing")
        self.spool_id, self.last_written, self.last_acknowledged = row
        (self._bytes,) = connection.execute(
            "select coalesce(sum(length(payload) + ?), 0) from entry", (ENTRY_OVERHEAD,)
        ).fetchone()

    def _move_aside(self, error: sqlite3.Error, now: datetime) -> None:
        aside = self._path.with_name(f"{self._path.name}.damaged-{now:%Y%m%dT%H%M%S}")
        for old in self._path.parent.glob(f"{self._path.name}.damaged-*"):
            old.unlink()  # the newest damaged one is kept for an engineer, not every one
        try:
            self._path.replace(aside)
        except OSError as failure:
            raise SpoolUnwritable(f"{self._path}: {failure.strerror}") from failure
        for suffix in ("-wal", "-shm"):
            self._path.with_name(self._path.name + suffix).unlink(missing_ok=True)
        self.replaced = str(error)
        log.error("the spool was damaged and is begun anew", extra={"kept_as": str(aside), "why": str(error)})

    def _drop(self, excess: int) -> int:
        freed = 0
        oldest_health = self._connection.execute(
            "select sequence, length(payload) + ? from entry where kind = ? order by sequence",
            (ENTRY_OVERHEAD, Kind.HEALTH),
        )
        last, enough = 0, excess + self._max_bytes // _SLACK
        for sequence, cost in oldest_health:
            last, freed = sequence, freed + cost
            if freed >= enough:
                break
        oldest_health.close()
        self._connection.execute("delete from entry where kind = ? and sequence <= ?", (Kind.HEALTH, last))
        return freed + self._drop_more(excess - freed) if freed < excess else freed

    def _drop_more(self, excess: int) -> int:
        rows = self._connection.execute(
            "select sequence, kind, length(payload) + ?, finding_id from entry order by sequence",
            (ENTRY_OVERHEAD,),
        ).fetchall()
        held = {row[0]: Held(row[0], Kind(row[1]), row[2], row[3]) for row in rows}
        chosen = to_drop(held.values(), excess)
        self._connection.executemany("delete from entry where sequence = ?", [(number,) for number in chosen])
        return sum(held[number].cost for number in chosen)

    @contextlib.contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            kind = SpoolUnwritable if _is_of_the_disk(error) else SpoolDamaged
            raise kind(f"{self._path}: {error}") from error


def _is_of_the_disk(error: sqlite3.Error) -> bool:
    """Whether the disk is at fault (full, read-only, I/O, cannot open, locked) and not the file's content."""
    code = getattr(error, "sqlite_errorcode", None)
    if code is None:
        return False
    return (code & 0xFF) in (
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_PERM,
        sqlite3.SQLITE_NOMEM,
    )
