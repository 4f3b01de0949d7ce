"""Count tries in the database, so that the limits hold over all processes and restarts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import transaction

from logix_server.accounts import sealing
from logix_server.accounts.models import Tries
from logix_server.accounts.sign_in.limits import LIMITS, left, too_many

#: Kind (of `limits.LIMITS`) and what is counted under it.
Key = tuple[str, str]
_MOST = 320  # characters of a key that count: the longest mail address


def take(keys: Sequence[Key], now: datetime) -> bool:
    """Count one try under each key before it is made; False, and nothing counted, where one has to wait.

    Counted ahead, many at once get no more than one after another. Give it back where it was no failure.
    Whoever has to wait writes nothing: no row for each name that a flood makes up, and no lock.
    """
    kinds = {_digest(key): key[0] for key in keys}
    for row in Tries.objects.filter(key__in=kinds):
        limit = LIMITS[kinds[row.key]]
        if too_many(left(row.count, row.at, now, limit), limit):
            return False
    return _count(kinds, now)


@transaction.atomic
def _count(kinds: Mapping[str, str], now: datetime) -> bool:
    Tries.objects.bulk_create(
        [Tries(key=digest, count=0, at=now) for digest in sorted(kinds)], ignore_conflicts=True
    )
    rows = list(Tries.objects.select_for_update().filter(key__in=kinds).order_by("key"))
    for row in rows:
        row.count, row.at = left(row.count, row.at, now, LIMITS[kinds[row.key]]), now
    if any(too_many(row.count, LIMITS[kinds[row.key]]) for row in rows):
        return False
    for row in rows:
        row.count += 1
    Tries.objects.bulk_update(rows, ["count", "at"])
    return True


@transaction.atomic
def give_back(keys: Sequence[Key]) -> None:
    """What was taken was no failure."""
    rows = list(Tries.objects.select_for_update().filter(key__in=map(_digest, keys)).order_by("key"))
    for row in rows:
        row.count = max(0.0, row.count - 1)
    Tries.objects.bulk_update(rows, ["count"])


def _digest(key: Key) -> str:
    kind, text = key
    return sealing.digest(f"{kind}:{text[:_MOST].casefold()}", "tries")
