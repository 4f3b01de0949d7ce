"""Which findings are kept back, by a mute or a maintenance window, and what becomes of them. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from logix_server.health.judgement import FaultEventKind, Gravity

LONGEST_MUTE: Final = timedelta(days=365)
LONGEST_MAINTENANCE: Final = timedelta(hours=24)


class Kind(StrEnum):
    """The kinds of `health.models.Suppression`."""

    MUTE = "mute"
    MAINTENANCE = "maintenance"


@dataclass(frozen=True)
class Scope:
    """What is kept back: of this part, of this code ("" = of any), nothing graver than `gravest`."""

    part: str
    code: str
    gravest: Gravity

    def holds(self, part: str, code: str, gravity: Gravity) -> bool:
        """Whether such a finding is meant."""
        return self.part in ("", part) and self.code in ("", code) and gravity >= self.gravest


@dataclass(frozen=True)
class Period:
    """One suppression of a unit: `until` is when it ended, or will end."""

    suppression_id: int
    kind: Kind
    scope: Scope
    since: datetime
    until: datetime


@dataclass(frozen=True)
class Sign:
    """A finding as it is told now."""

    part: str
    code: str
    gravity: Gravity
    observed_at: datetime
    received_at: datetime


def keeping(periods: Iterable[Period], sign: Sign) -> Period | None:
    """The suppression that keeps a finding back, None where it is told; of several the last to end.

    It counts when the finding came in while it stood, or was seen before its end: what a unit that was
    being serviced tells afterwards belongs to the service.
    """
    meant = (
        period
        for period in periods
        if period.since <= sign.received_at
        and sign.observed_at < period.until
        and period.scope.holds(sign.part, sign.code, sign.gravity)
    )
    return max(meant, key=lambda period: (period.until, period.suppression_id), default=None)


#: What calls people; everything else (better, recovered, other evidence) is told all the same.
BAD_NEWS: Final = frozenset({FaultEventKind.RAISED, FaultEventKind.WORSE, FaultEventKind.REPEATED})
_BEGINNING: Final = {
    Kind.MUTE: FaultEventKind.MUTED,
    Kind.MAINTENANCE: FaultEventKind.SUPPRESSED,
}


def told_as(kind: FaultEventKind, *, was_kept_back: bool, keeper: Period | None) -> FaultEventKind:
    """What bad news is written down as: what is kept back begins to be so, what no longer is is raised."""
    if keeper is None:
        return FaultEventKind.RAISED if was_kept_back else kind
    if kind is FaultEventKind.RAISED or not was_kept_back:
        return _BEGINNING[keeper.kind]
    return kind
