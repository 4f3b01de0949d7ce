"""The hash chain over audit records. Pure.

digest(n) = SHA-256(digest(n-1) + newline + canonical JSON of record n); the first follows 64 zeros.
Whoever notes a digest elsewhere can later prove that nothing before it was changed.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

GENESIS: Final = "0" * 64


@dataclass(frozen=True)
class RecordFacts:
    """One record as stored; `digest` is what was sealed."""

    record_id: int
    at: datetime
    actor: str
    action: str
    subject: str
    detail: Mapping[str, Any]
    digest: str = ""


@dataclass(frozen=True)
class SealFacts:
    """One batch as sealed."""

    seal_id: int
    first_id: int
    last_id: int
    count: int
    previous_digest: str
    digest: str


@dataclass(frozen=True)
class Bad:
    """The first thing that does not fit; `record_id` None = the seal itself."""

    seal_id: int
    record_id: int | None
    why: str


def canonical(record: RecordFacts) -> str:
    """The record as JSON that is the same for the same content: sorted keys, no spaces, UTC microseconds."""
    content = {
        "id": record.record_id,
        "at": record.at.astimezone(UTC).isoformat(timespec="microseconds"),
        "actor": record.actor,
        "action": record.action,
        "subject": record.subject,
        "detail": record.detail,
    }
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=True)


def next_digest(previous: str, record: RecordFacts) -> str:
    """The digest of `record` behind `previous`."""
    return hashlib.sha256(f"{previous}\n{canonical(record)}".encode("ascii")).hexdigest()


def chained(previous: str, records: Iterable[RecordFacts]) -> Iterator[tuple[int, str]]:
    """(record id, digest) of each record in turn."""
    for record in records:
        previous = next_digest(previous, record)
        yield record.record_id, previous


def first_bad(previous: str, seal: SealFacts, records: Iterable[RecordFacts]) -> Bad | None:
    """Check one batch behind the digest `previous`; records in ascending id."""
    if seal.previous_digest != previous:
        return Bad(seal.seal_id, None, "does not follow the seal before it; one is missing or changed")
    count, last = 0, None
    for record in records:
        if count == 0 and record.record_id != seal.first_id:
            return Bad(seal.seal_id, record.record_id, f"record {seal.first_id} should be the first here")
        previous = next_digest(previous, record)
        if record.digest != previous:
            after = f" (the last good one is {last})" if last is not None else ""
            return Bad(
                seal.seal_id,
                record.record_id,
                f"was changed or put in, or one before it was taken out{after}",
            )
        count, last = count + 1, record.record_id
    if count != seal.count or last != seal.last_id:
        return Bad(
            seal.seal_id, last, f"{seal.count} records up to {seal.last_id} were sealed, {count} are here"
        )
    if previous != seal.digest:
        return Bad(seal.seal_id, None, "the digest of the seal itself was changed")
    return None
