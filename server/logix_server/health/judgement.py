"""What a told finding means for the faults on record. Pure.

A fault is one (unit, part, code) while it is open; a finding is one raise-to-clear on the device. A
device that lost its memory raises the same fault under a new finding id; entries of the device's two
spools may arrive out of order. So every finding id is remembered and judged by what became of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum, StrEnum

from logix_common.findings import Event


class Known(Enum):
    """What is on record of a finding id."""

    NEVER = "never"  # not heard of
    CURRENT = "current"  # its fault is open and goes by this id
    SUPERSEDED = "superseded"  # its fault is open and goes by a newer id
    PAST = "past"  # its fault has recovered
    CLEARED_UNSEEN = "cleared-unseen"  # its clearing came first


class Step(Enum):
    """What to do with a finding."""

    NOTHING = "nothing"
    OPEN = "open"
    REPEAT = "repeat"  # an open fault raised again under another id
    UPDATE = "update"  # severity or evidence may be another; the id is taken over
    RECOVER = "recover"
    OPEN_AND_RECOVER = "open-and-recover"
    REMEMBER_CLEARED = "remember-cleared"


class FaultEventKind(StrEnum):
    """What is written to a fault's history."""

    WATCHED = "watched"
    RAISED = "raised"
    WORSE = "worse"
    BETTER = "better"
    CHANGED = "changed"
    REPEATED = "repeated"
    RECOVERED = "recovered"
    MUTED = "muted"  # kept back by a mute
    SUPPRESSED = "suppressed"  # kept back by a maintenance window


#: Which events make an effect; a change of evidence alone makes none, what is kept back makes none,
#: and none does while a fault is watched.
EFFECTS = {
    FaultEventKind.RAISED: "fault.raised",
    FaultEventKind.WORSE: "fault.changed",
    FaultEventKind.BETTER: "fault.changed",
    FaultEventKind.REPEATED: "fault.changed",
    FaultEventKind.RECOVERED: "fault.recovered",
}


def step(event: Event, known: Known, standing: bool) -> Step:
    """What a finding event does; `standing`: a fault of the same part and code is open."""
    if event is Event.CLEARED:
        if known is Known.NEVER:
            return Step.REMEMBER_CLEARED
        return Step.RECOVER if known is Known.CURRENT else Step.NOTHING
    if known is Known.NEVER:
        return Step.REPEAT if standing else Step.OPEN
    if known is Known.CLEARED_UNSEEN and event is Event.RAISED:
        return Step.NOTHING if standing else Step.OPEN_AND_RECOVER
    if known is Known.CURRENT and event is Event.CHANGED:
        return Step.UPDATE
    return Step.NOTHING


def step_of_standing(known: Known, standing: bool, ended_at: datetime | None, looked_at: datetime) -> Step:
    """What a finding of a full state does; `ended_at`: when its fault recovered or its clearing came."""
    if standing:
        return Step.NOTHING if known is Known.SUPERSEDED else Step.UPDATE
    if ended_at is not None and ended_at >= looked_at:
        return Step.NOTHING  # the full state is older than what is known
    return Step.OPEN


#: Of two faults the graver one has the smaller gravity.
Gravity = tuple[int, bool]


def gravity(severity: int, urgent: bool) -> Gravity:
    """The severity first; of one severity what is urgent is the graver (PRI-4)."""
    return severity, not urgent


@dataclass(frozen=True)
class Condition:
    """What may differ between two tellings of one fault."""

    severity: int
    evidence: object
    related_parts: object
    urgent: bool = False

    @property
    def gravity(self) -> Gravity:
        """How grave it is."""
        return gravity(self.severity, self.urgent)


def change(old: Condition, new: Condition, *, stale: bool) -> FaultEventKind | None:
    """How the condition changed; None = not at all.

    `stale`: the telling is older than the newest applied. Then only a worsening counts: to note one
    twice does little harm, to miss one does.
    """
    if new.gravity < old.gravity:
        return FaultEventKind.WORSE
    if stale:
        return None
    if new.gravity > old.gravity:
        return FaultEventKind.BETTER
    return FaultEventKind.CHANGED if new != old else None
