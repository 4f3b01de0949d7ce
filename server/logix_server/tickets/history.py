"""A ticket's events as the history that its response clock is computed from. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from logix_server.contracts.terms import Package
from logix_server.tickets.sla import Answered, ClockEvent, InForce


class EventKind(StrEnum):
    """What is written to a ticket's history."""

    OPENED = "opened"
    FAULT_JOINED = "fault-joined"
    FAULT_CAME_BACK = "fault-came-back"
    FAULT_REPEATED = "fault-repeated"
    FAULT_WORSE = "fault-worse"
    FAULT_BETTER = "fault-better"
    FAULT_RECOVERED = "fault-recovered"
    LEVEL_CHANGED = "level-changed"
    TERMS_CHANGED = "terms-changed"
    ANSWER = "answer"
    NOTE = "note"


_IN_FORCE = frozenset({EventKind.OPENED, EventKind.LEVEL_CHANGED, EventKind.TERMS_CHANGED})


@dataclass(frozen=True)
class Told:
    """One event of a ticket as stored."""

    at: datetime
    kind: str
    actor: str
    public: bool
    detail: Mapping[str, Any]


def in_force(level: int, package: Package | None, suspended: bool) -> dict[str, Any]:
    """What an event of `_IN_FORCE` says in its detail."""
    return {"level": level, "package": package.value if package else None, "suspended": suspended}


def clock_history(events: Iterable[Told]) -> list[ClockEvent]:
    """The events that the response clock knows: changes of what is in force, and people's public answers.

    An automatic acknowledgement, an internal note or a change of state answers nothing.
    """
    history: list[ClockEvent] = []
    for event in events:
        if event.kind in _IN_FORCE:
            package = event.detail["package"]
            history.append(
                InForce(
                    event.at,
                    int(event.detail["level"]),
                    Package(package) if package else None,
                    bool(event.detail["suspended"]),
                )
            )
        elif event.kind == EventKind.ANSWER and event.public and not event.actor.startswith("system:"):
            history.append(Answered(event.at))
    return history
