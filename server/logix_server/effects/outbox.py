"""Put an effect beside the rows that decided it; `effects.dispatch` runs it after the commit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from logix_server.effects.models import Effect


@dataclass(frozen=True)
class NewEffect:
    """One effect to put. `key` names it where the same decision may be taken twice."""

    kind: str
    payload: Mapping[str, Any]
    key: str | None = None
    run_after: datetime | None = None  # None = at once


def put(
    kind: str,
    payload: Mapping[str, Any],
    now: datetime,
    *,
    key: str | None = None,
    run_after: datetime | None = None,
) -> None:
    """Add an effect to the caller's transaction. A second one with the same `key` is dropped."""
    put_many([NewEffect(kind, payload, key, run_after)], now)


def put_many(effects: Sequence[NewEffect], now: datetime) -> None:
    """Add effects, in this order, to the caller's transaction; those whose `key` is known are dropped."""
    rows = [
        Effect(
            kind=effect.kind,
            key=effect.key,
            payload=dict(effect.payload),
            created_at=now,
            run_after=effect.run_after or now,
        )
        for effect in effects
    ]
    # A row without a key never conflicts: NULL is unlike NULL.
    Effect.objects.bulk_create(rows, ignore_conflicts=True, batch_size=500)
