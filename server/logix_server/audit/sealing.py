"""Seal audit records into the hash chain, and verify it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db import connection, transaction
from django.db.models import QuerySet

from logix_server.audit.chain import GENESIS, Bad, RecordFacts, SealFacts, chained, first_bad
from logix_server.audit.models import Record, Seal

#: Younger records wait: a transaction that began earlier may still commit a lower id.
SETTLED_AFTER: Final = timedelta(seconds=10)
BATCH: Final = 1_000
MAX_BATCHES: Final = 50
#: The PostgreSQL advisory lock that lets one process seal at a time ("LGX" and a number of ours).
_LOCK: Final = 0x4C475801


@dataclass(frozen=True)
class Verification:
    """What `verify` found. `head` is the newest digest: note it elsewhere, and verify against it later."""

    sealed: int
    unsealed: int
    head: str
    bad: Bad | None
    expected_found: bool | None  # None = no digest was to be looked for


def seal(now: datetime) -> int:
    """Periodic job: seal what has settled, oldest first, in bounded batches; how many records."""
    sealed = 0
    for _ in range(MAX_BATCHES):
        count = _seal_batch(now)
        sealed += count
        if count < BATCH:
            break
    return sealed


def _seal_batch(now: datetime) -> int:
    with transaction.atomic():
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        waiting = Record.objects.filter(seal__isnull=True, at__lte=now - SETTLED_AFTER).order_by("id")
        facts = list(_facts(waiting[:BATCH]))
        if not facts:
            return 0
        previous = Seal.objects.order_by("-id").values_list("digest", flat=True).first() or GENESIS
        links = list(chained(previous, facts))
        row = Seal.objects.create(
            first_id=facts[0].record_id,
            last_id=facts[-1].record_id,
            count=len(facts),
            previous_digest=previous,
            digest=links[-1][1],
            sealed_at=now,
        )
        statement = "UPDATE audit_record SET seal_id = %s, digest = %s WHERE id = %s AND seal_id IS NULL"
        with connection.cursor() as cursor:
            cursor.executemany(statement, [(row.pk, digest, record_id) for record_id, digest in links])
        return len(facts)


def _facts(records: QuerySet[Record]) -> Iterator[RecordFacts]:
    names = ("id", "at", "actor", "action", "subject", "detail", "digest")
    for row in records.values_list(*names).iterator(BATCH):
        yield RecordFacts(*row)


def verify(expect: str = "") -> Verification:
    """Recompute the whole chain. Stops at the first record or seal that does not fit.

    `expect` is a digest noted earlier; it must be that of a seal in the chain, which shows that the
    newest records were not cut off since.
    """
    previous, sealed, found = GENESIS, 0, False
    bad: Bad | None = None
    for row in Seal.objects.order_by("id").iterator(BATCH):
        facts = SealFacts(row.pk, row.first_id, row.last_id, row.count, row.previous_digest, row.digest)
        bad = first_bad(previous, facts, _facts(Record.objects.filter(seal=row).order_by("id")))
        if bad is not None:
            break
        previous, sealed = row.digest, sealed + row.count
        found = found or row.digest == expect
    unsealed = Record.objects.filter(seal__isnull=True).count()
    return Verification(sealed, unsealed, previous, bad, found if expect else None)
