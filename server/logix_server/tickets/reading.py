"""One ticket as its page shows it: all of it for ours, what is public for customer and dealer."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.db.models import Max, Q

from logix_server.accounts.access import Viewer
from logix_server.accounts.models import Person
from logix_server.accounts.queries import actor_names
from logix_server.accounts.rights import Right, may
from logix_server.tickets import clocks
from logix_server.tickets.decisions.history import EventKind
from logix_server.tickets.decisions.reopening import may_reopen
from logix_server.tickets.decisions.resolution import ResolutionClock
from logix_server.tickets.decisions.sla import ResponseClock, Standing
from logix_server.tickets.desk.assignment import FIELD as ASSIGNEE
from logix_server.tickets.lifecycle import TICKET, TicketState
from logix_server.tickets.listing import subject_in
from logix_server.tickets.models import Attachment, Ticket, TicketEvent, TicketLink
from logix_server.tickets.queries import faults_of
from logix_server.tickets.reach import ticket_of, tickets_of

#: Events that a page shows; of a longer history the newest.
MOST_EVENTS: Final = 500
#: What customers read of an event's detail; of a kind that is not named here, nothing.
_PUBLIC_DETAIL: Final[Mapping[str, tuple[str, ...]]] = {
    EventKind.OPENED: ("level", "urgent", "origin"),
    EventKind.ANSWER: ("text",),
    EventKind.MESSAGE: ("text", "origin", "written_to"),
    EventKind.STATE_CHANGED: ("before", "state", "system_owner"),
    EventKind.LEVEL_CHANGED: ("before", "level", "clauses", "reason", "answers"),
    EventKind.FIELD_CHANGED: ("field", "before", "after"),
    EventKind.ATTACHED: ("names",),
    EventKind.MERGED: ("from", "into"),
    EventKind.FOLLOWED: ("by",),
    EventKind.REPLACEMENT: (
        *("replacement", "state", "part", "whole_unit", "course", "clauses", "reason"),
        *("carrier", "tracking", "return_due_on"),
    ),
    EventKind.VISIT: ("visit", "state", "clauses", "reason", "starts_at", "ends_at", "report"),
}


@dataclass(frozen=True)
class File:
    """An attachment; `attachments.open_attachment` serves it by its id."""

    id: int
    name: str
    content_type: str
    size: int  # bytes
    origin: str
    public: bool
    created_at: datetime
    removed: bool


@dataclass(frozen=True)
class Line:
    """One event. `by` is a person's name, "" for a machine and for somebody who was erased."""

    id: int
    at: datetime
    kind: EventKind | str
    actor: str
    by: str
    ours: bool
    public: bool
    text: str
    detail: Mapping[str, Any]
    files: tuple[File, ...]


@dataclass(frozen=True)
class Ref:
    """Another ticket, within the viewer's reach."""

    number: str
    subject: str
    state: TicketState


@dataclass(frozen=True)
class About:
    """A fault of the device that the ticket is about."""

    id: int
    part: str
    code: str
    severity: int
    state: str
    raised_at: datetime
    recovered_at: datetime | None


@dataclass(frozen=True)
class TicketPage:
    """A ticket for one viewer. `ticket`: its row, to read from. `last_event` goes into forms as `seen`.

    `resolution` is internal: None for customers and dealers. `moves`: the states that this viewer may move
    it to now; `may_write`: a customer's message; `may_handle`: answer, note, assign, level, merge.
    """

    ticket: Ticket
    subject: str
    customer: str
    installation: str
    serial: str
    response: ResponseClock
    standing: Standing
    left: timedelta | None  # until the deadline; negative = since it passed; None = no clock runs
    resolution: ResolutionClock | None
    assignee: str
    reporter: str
    lines: tuple[Line, ...]
    last_event: int
    faults: tuple[About, ...]
    follows: Ref | None
    followed_by: tuple[Ref, ...]
    merged_into: Ref | None
    merged: tuple[Ref, ...]
    links: tuple[Ref, ...]
    answers: Mapping[str, int]
    moves: tuple[TicketState, ...]
    may_write: bool
    may_handle: bool
    may_reopen: bool


def ticket_page(viewer: Viewer, number: str, now: datetime) -> TicketPage:
    """The ticket of that number for `viewer`. Raises `NotFound`; writes nothing."""
    ticket = ticket_of(viewer, number)
    response, resolution = clocks.both_of(ticket, now)
    handles = may(viewer, Right.HANDLE_TICKET)
    writes = handles or may(viewer, Right.WRITE_TO_TICKET)
    state = TicketState(ticket.state)
    people = _people((ticket.assignee_id, ticket.reporter_id))
    refs = _refs(viewer, ticket)
    return TicketPage(
        ticket=ticket,
        subject=subject_in(ticket, viewer.language),
        customer=ticket.installation.customer.name,
        installation=ticket.installation.name,
        serial=ticket.unit.serial,
        response=response,
        standing=response.standing(now),
        left=_left(response, now),
        resolution=resolution if may(viewer, Right.SEE_INTERNAL) else None,
        assignee=people.get(ticket.assignee_id, ""),
        reporter=people.get(ticket.reporter_id, ""),
        lines=_lines(viewer, ticket),
        last_event=_last_event(ticket),
        faults=tuple(_about(ticket)),
        answers={str(row): int(level) for row, level in ticket.level_answers.items()},
        moves=tuple(sorted(TICKET.allowed.get(state, ()))) if handles else (),
        may_write=writes,
        may_handle=handles,
        may_reopen=writes and may_reopen(state, ticket.state_at, now),
        **refs,
    )


def _left(response: ResponseClock, now: datetime) -> timedelta | None:
    if response.deadline is None or response.met_at is not None:
        return None
    return response.deadline - now


def _last_event(ticket: Ticket) -> int:
    found: int | None = TicketEvent.objects.filter(ticket=ticket).aggregate(last=Max("id"))["last"]
    return found or 0


def _people(ids: Iterable[int | None]) -> dict[int | None, str]:
    wanted = [one for one in ids if one is not None]
    return dict(Person.objects.filter(id__in=wanted).values_list("id", "name"))


def _about(ticket: Ticket) -> Iterable[About]:
    for fault in faults_of(ticket):
        yield About(
            fault.pk,
            fault.part,
            fault.code,
            fault.severity,
            fault.state,
            fault.raised_at,
            fault.recovered_at,
        )


def _refs(viewer: Viewer, ticket: Ticket) -> dict[str, Any]:
    """The tickets around it that the viewer may see; two queries."""
    pairs = TicketLink.objects.filter(Q(ticket=ticket) | Q(other=ticket))
    ends = [end for pair in pairs.values_list("ticket_id", "other_id") for end in pair]
    linked = {end for end in ends if end != ticket.pk}
    named = linked | {one for one in (ticket.merged_into_id, ticket.follows_id) if one is not None}
    around = Q(id__in=named) | Q(merged_into=ticket) | Q(follows=ticket)
    rows = list(tickets_of(viewer).filter(around).order_by("id"))

    def refs(wanted: Callable[[Ticket], bool]) -> tuple[Ref, ...]:
        chosen = (one for one in rows if wanted(one))
        return tuple(
            Ref(one.number, subject_in(one, viewer.language), TicketState(one.state)) for one in chosen
        )

    return {
        "links": refs(lambda one: one.pk in linked),
        "merged": refs(lambda one: one.merged_into_id == ticket.pk),
        "followed_by": refs(lambda one: one.follows_id == ticket.pk),
        "merged_into": next(iter(refs(lambda one: one.pk == ticket.merged_into_id)), None),
        "follows": next(iter(refs(lambda one: one.pk == ticket.follows_id)), None),
    }


def _lines(viewer: Viewer, ticket: Ticket) -> tuple[Line, ...]:
    internal = may(viewer, Right.SEE_INTERNAL)
    rows = TicketEvent.objects.filter(ticket=ticket)
    if not internal:
        rows = rows.filter(public=True)
    events = list(rows.order_by("-at", "-id")[:MOST_EVENTS])[::-1]
    names = actor_names(event.actor for event in events)
    files = _files(ticket, internal)
    people = _people(_assignees(events))
    return tuple(_line(event, names, people, files.get(event.pk, ()), internal) for event in events)


def _assignees(events: Iterable[TicketEvent]) -> Iterable[int | None]:
    for event in events:
        if event.detail.get("field") == ASSIGNEE:
            yield event.detail.get("before")
            yield event.detail.get("after")


def _line(
    event: TicketEvent,
    names: Mapping[str, str],
    people: Mapping[int | None, str],
    files: tuple[File, ...],
    internal: bool,
) -> Line:
    detail = dict(event.detail)
    if detail.get("field") == ASSIGNEE:
        detail |= {end: people.get(detail.get(end), "") for end in ("before", "after")}
    if not internal:
        detail = {name: detail[name] for name in _PUBLIC_DETAIL.get(event.kind, ()) if name in detail}
    kind, _, operator = event.actor.partition(":")
    by = names.get(event.actor, operator if kind == "operator" and internal else "")
    return Line(
        id=event.pk,
        at=event.at,
        kind=EventKind(event.kind) if event.kind in set(EventKind) else event.kind,
        actor=event.actor if internal else kind,
        by=by,
        ours=kind in ("user", "operator"),
        public=event.public,
        text=str(detail.get("text", "")),
        detail=detail,
        files=files,
    )


def _files(ticket: Ticket, internal: bool) -> dict[int | None, tuple[File, ...]]:
    rows = Attachment.objects.filter(ticket=ticket).order_by("id")
    found: dict[int | None, tuple[File, ...]] = {}
    for one in rows if internal else rows.filter(public=True):
        gone = one.removed_at is not None
        file = File(
            one.pk, one.name, one.content_type, one.size, one.origin, one.public, one.created_at, gone
        )
        found[one.event_id] = (*found.get(one.event_id, ()), file)
    return found
