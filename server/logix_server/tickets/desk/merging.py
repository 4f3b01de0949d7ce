"""Tickets about one matter: merged into one, or linked to each other."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from django.db import transaction
from logix_common.errors import InvalidInput

from logix_server.accounts.access import Viewer
from logix_server.accounts.rights import Right, require
from logix_server.audit.actions import record
from logix_server.health.actions import name_ticket
from logix_server.tickets import announcing, clocks
from logix_server.tickets.decisions.history import EventKind
from logix_server.tickets.decisions.levels import Level, most_critical
from logix_server.tickets.events import note
from logix_server.tickets.lifecycle import MERGED, TicketState
from logix_server.tickets.models import Ticket, TicketEvent, TicketFault, TicketLink
from logix_server.tickets.reach import MOST_WHY, expect_unchanged, line_of, locked, ticket_of

#: What must not have happened unseen to the ticket that is to end.
_SPOKEN: Final = (EventKind.ANSWER, EventKind.MESSAGE, EventKind.STATE_CHANGED)
MOST_LINKS: Final = 100
MOST_MERGED: Final = 100


@transaction.atomic
def merge(
    viewer: Viewer, number: str, into: str, *, why: str = "", now: datetime, seen: int | None = None
) -> TicketEvent:
    """End a ticket by merging it into another one of its installation; the event of the one that goes on.

    Histories and files stay where they are. Faults move; the level is the most critical of both; an answer
    that was still owed is owed by the other one, by the earlier deadline (`clocks`). Raises `NotFound`,
    `Forbidden`, `Meanwhile`, `InvalidInput` for one of another installation (link them), one that is
    closed, and itself.
    """
    require(viewer, Right.HANDLE_TICKET)
    ending = locked(viewer, number)
    staying = ticket_of(viewer, into)
    expect_unchanged(ending, seen, _SPOKEN)
    _expect_mergeable(ending, staying)
    reason = line_of("why", why, MOST_WHY) if why.strip() else ""
    clocks.settle(ending, now)
    clocks.settle(staying, now)
    for fault_id in TicketFault.objects.filter(ticket=ending).values_list("fault_id", flat=True):
        name_ticket(fault_id, staying.number)
    TicketFault.objects.filter(ticket=ending).update(ticket=staying)
    _close(ending, staying, reason, viewer.actor, now)
    detail = {"from": ending.number, "why": reason}
    event = note(staying, EventKind.MERGED, now, detail, actor=viewer.actor, public=True)
    _take_over(ending, staying, viewer.actor, now)
    clocks.settle(staying, now)
    record(now, viewer.actor, "ticket.merge", f"ticket:{number}", {"into": staying.number, "why": reason})
    announcing.changed(event, now)
    return event


def _expect_mergeable(ending: Ticket, staying: Ticket) -> None:
    if ending.pk == staying.pk:
        raise InvalidInput("into", "expected another ticket")
    if ending.installation_id != staying.installation_id:
        raise InvalidInput("into", f"{staying.number} is of another installation; link them instead")
    if ending.state == TicketState.CLOSED:
        raise InvalidInput(ending.number, "is closed for good")
    if staying.state in (TicketState.SOLVED, TicketState.CLOSED):
        raise InvalidInput("into", f"{staying.number} is {staying.state}; expected one that is worked on")
    if staying.merged.count() >= MOST_MERGED:
        raise InvalidInput("into", f"{MOST_MERGED} are merged into {staying.number} already; link it")


def _close(ending: Ticket, staying: Ticket, why: str, actor: str, now: datetime) -> None:
    """The merged ticket is closed, from whatever state, with the reference to where it goes on."""
    before = TicketState(ending.state)
    ending.state, ending.state_at = MERGED.check(before, TicketState.CLOSED).value, now
    ending.merged_into = staying
    ending.save(update_fields=["state", "state_at", "merged_into"])
    merged = {"into": staying.number, "why": why}
    event = note(ending, EventKind.MERGED, now, merged, actor=actor, public=True)
    closed = {"before": before.value, "state": TicketState.CLOSED.value, "why": ""}
    note(ending, EventKind.STATE_CHANGED, now, closed, actor=actor, public=True)
    announcing.changed(event, now)


def _take_over(ending: Ticket, staying: Ticket, actor: str, now: datetime) -> None:
    """The graver level, its urgency, and what was answered about it."""
    levels = [Level(one.level, tuple(one.level_clauses)) for one in (staying, ending)]
    wanted = most_critical(levels)
    if wanted.level < staying.level:
        detail = {"before": staying.level, "level": wanted.level, "clauses": list(wanted.clauses)}
        told = detail | {"merged": ending.number}
        note(staying, EventKind.LEVEL_CHANGED, now, told, actor=actor, public=True)
        record(now, actor, "ticket.level", f"ticket:{staying.number}", detail)
        staying.level, staying.level_clauses = wanted.level, list(wanted.clauses)
    if ending.urgent and not staying.urgent:
        staying.urgent = True
        change = {"field": "urgent", "before": False, "after": True}
        note(staying, EventKind.FIELD_CHANGED, now, change, actor=actor, public=True)
    rows = {*staying.level_answers, *ending.level_answers}
    staying.level_answers = {
        row: min(staying.level_answers.get(row, 3), ending.level_answers.get(row, 3)) for row in sorted(rows)
    }
    staying.save(update_fields=["level", "level_clauses", "urgent", "level_answers"])


@transaction.atomic
def link(viewer: Viewer, number: str, other: str, *, now: datetime) -> bool:
    """Link two tickets, of whatever customers; False where they are linked already.

    Whoever may see one sees the link only where it may see the other, too. Raises `NotFound`, `Forbidden`,
    `InvalidInput` for itself and beyond `MOST_LINKS`.
    """
    require(viewer, Right.HANDLE_TICKET)
    one, two = sorted((ticket_of(viewer, number), ticket_of(viewer, other)), key=lambda ticket: ticket.pk)
    if one.pk == two.pk:
        raise InvalidInput("other", "expected another ticket")
    for ticket in (one, two):
        if ticket.links.count() + ticket.linked_by.count() >= MOST_LINKS:
            raise InvalidInput(ticket.number, f"has {MOST_LINKS} links already")
    _link, new = TicketLink.objects.get_or_create(
        ticket=one, other=two, defaults={"linked_by": viewer.actor, "linked_at": now}
    )
    if new:
        _note_link(viewer, one, two, now, linked=True)
    return new


@transaction.atomic
def unlink(viewer: Viewer, number: str, other: str, *, now: datetime) -> bool:
    """Take a link away; False where there is none. Raises `NotFound`, `Forbidden`."""
    require(viewer, Right.HANDLE_TICKET)
    one, two = sorted((ticket_of(viewer, number), ticket_of(viewer, other)), key=lambda ticket: ticket.pk)
    gone, _kinds = TicketLink.objects.filter(ticket=one, other=two).delete()
    if gone:
        _note_link(viewer, one, two, now, linked=False)
    return bool(gone)


def _note_link(viewer: Viewer, one: Ticket, two: Ticket, now: datetime, *, linked: bool) -> None:
    for ticket, other in ((one, two), (two, one)):
        detail = {"with": other.number, "linked": linked}
        note(ticket, EventKind.LINKED, now, detail, actor=viewer.actor)
    action = "ticket.link" if linked else "ticket.unlink"
    record(now, viewer.actor, action, f"ticket:{one.number}", {"with": two.number})
