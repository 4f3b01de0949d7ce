"""Put an effect beside the rows that decided it; `effects.dispatch` runs it after the commit."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from logix_server.effects.models import Effect


def put(
    kind: str,
    payload: Mapping[str, Any],
    now: datetime,
    *,
    key: str | None = None,
    run_after: datetime | None = None,
) -> None:
    """Add an effect to the caller's transaction. A second one with the same `key` is dropped."""
    effect = Effect(kind=kind, key=key, payload=dict(payload), created_at=now, run_after=run_after or now)
    if key is None:
        effect.save(force_insert=True)
    else:
        Effect.objects.bulk_create([effect], ignore_conflicts=True)
