"""How long a session lasts. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True)
class Durations:
    """`whole`: from the sign-in on. `idle`: from what was last done on."""

    whole: timedelta
    idle: timedelta


def ends_at(begun_at: datetime, last_seen_at: datetime, lasts: Durations) -> datetime:
    """The moment from which on the session is over where nothing more is done."""
    return min(begun_at + lasts.whole, last_seen_at + lasts.idle)
