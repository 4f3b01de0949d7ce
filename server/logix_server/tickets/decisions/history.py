"""A ticket's events as the histories that its clocks are computed from. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from logix_server.contracts.decisions.terms import Package
from logix_server.tickets.decisions.resolution import StateSince
from logix_server.tickets.decisions.sla import Answered, ClockEvent, InForce, Missed
from logix_server.tickets.decisions.terms_over_time import Terms
from logix_server.tickets.lifecycle import TicketState


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
    STATE_CHANGED = "state-changed"
    DEADLINE_MISSED = "deadline-missed"
    ANSWER = "answer"
    NOTE = "note"
    MESSAGE = "message"  # what the customer wrote
    FIELD_CHANGED = "field-changed"  # assignee, subject, device …: detail {"field", "before", "after"}
    ATTACHED = "attached"
    MERGED = "merged"
    LINKED = "linked"
    FOLLOWED = "followed"
    ESCALATED = "escalated"
    PAGED = "paged"
    PAGE_ACKNOWLEDGED = "page-acknowledged"
    REPLACEMENT = "replacement"  # what became of its replacement
    VISIT = "visit"


#: Who is a person of ours, by the actor of an event; "device:" and "system:" are not.
_PEOPLE: Final = ("operator:", "user:")


@dataclass(frozen=True)
class Told:
    """One event of a ticket as stored."""

    at: datetime
    kind: str
    actor: str
    public: bool
    detail: Mapping[str, Any]


def terms_told(terms: Terms) -> dict[str, Any]:
    """What an event that sets the terms says of them in its detail."""
    return {"package": terms.package.value if terms.package else None, "suspended": terms.suspended}


def terms_of(event: Told) -> Terms:
    """The other way round."""
    package = event.detail["package"]
    return Terms(Package(package) if package else None, bool(event.detail["suspended"]))


def by_person(event: Told) -> bool:
    """Whether a person of ours answered the customer: no acknowledgement, note, state or machine did."""
    return event.kind == EventKind.ANSWER and event.public and event.actor.startswith(_PEOPLE)


def last_terms(events: Iterable[Told]) -> tuple[datetime, Terms] | None:
    """The terms that the history tells last, and from when on."""
    setting = [event for event in events if event.kind in (EventKind.OPENED, EventKind.TERMS_CHANGED)]
    last = max(enumerate(setting), key=lambda one: (one[1].at, one[0]), default=None)
    return (last[1].at, terms_of(last[1])) if last else None


def in_force_history(events: Iterable[Told]) -> Iterator[InForce]:
    """What was in force from when on.

    A change of level says nothing of the package, and the other way round: each is told at its own
    moment, in whatever order they were written down.
    """
    present: InForce | None = None
    for event in sorted(events, key=lambda event: event.at):
        if event.kind == EventKind.OPENED:
            terms = terms_of(event)
            present = InForce(event.at, int(event.detail["level"]), terms.package, terms.suspended)
        elif present is None:
            continue
        elif event.kind == EventKind.LEVEL_CHANGED:
            present = replace(present, at=event.at, level=int(event.detail["level"]))
        elif event.kind == EventKind.TERMS_CHANGED:
            terms = terms_of(event)
            present = replace(present, at=event.at, package=terms.package, suspended=terms.suspended)
        else:
            continue
        yield present


def clock_history(events: Iterable[Told]) -> list[ClockEvent]:
    """The events that the response clock knows, in the order told within one instant."""
    told = list(events)
    history: list[ClockEvent] = list(in_force_history(told))
    for event in told:
        if by_person(event):
            history.append(Answered(event.at, in_time=bool(event.detail.get("in_time"))))
        elif event.kind == EventKind.DEADLINE_MISSED:
            history.append(Missed(event.at))
    return history


def resolution_history(events: Iterable[Told]) -> list[InForce | StateSince]:
    """The events that the resolution clock knows."""
    told = list(events)
    states = [
        StateSince(event.at, TicketState(event.detail["state"]))
        for event in told
        if event.kind == EventKind.STATE_CHANGED
    ]
    return [*in_force_history(told), *states]
