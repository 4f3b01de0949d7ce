"""The queue: what an engineer works on next, in the order of SUP-7, live."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from django.http import HttpRequest, HttpResponse

from logix_server.accounts.access import Viewer
from logix_server.accounts.rights import Right
from logix_server.portal import words
from logix_server.portal.listing import page_of, pager, tab_links
from logix_server.portal.live import live
from logix_server.portal.pages import page
from logix_server.portal.queue.filter import QueueForm
from logix_server.portal.time_left import Clock, TimeLeft, time_left
from logix_server.tickets.decisions.sla import Standing
from logix_server.tickets.lifecycle import TicketState
from logix_server.tickets.listing import Page, QueueRow, Tab
from logix_server.tickets.listing import queue as tickets


@dataclass(frozen=True)
class Shown:
    """A row with how its clock stands now."""

    row: QueueRow
    left: TimeLeft


@page(Right.SEE_INTERNAL)
def queue(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Open tickets, or those that the filter asks for."""
    now = datetime.now(UTC)
    asked = QueueForm.of(request)
    found = tickets(viewer, asked.wanted(), Page(page_of(request)))
    names = words.tabs()
    tabs, counts = (
        [(tab.value, names[tab.value]) for tab in Tab],
        {tab.value: found.counts[tab] for tab in Tab},
    )
    context = {
        "filter": asked,
        "tabs": tab_links(request, tabs, counts, asked.open_tab.value),
        "rows": [Shown(row, clock_of(row, now)) for row in found.rows],
        "pager": pager(request, found.total),
        "list_id": "queue",
    }
    return live(request, "portal/queue/queue.html", "portal/queue/rows.html", context)


def clock_of(row: QueueRow, now: datetime) -> TimeLeft:
    """How the response clock of a row stands."""
    ended = row.state in (TicketState.SOLVED, TicketState.CLOSED)
    paused = row.standing(now) is Standing.PAUSED
    return time_left(Clock(row.deadline, row.answered_at, row.missed_at, ended, paused), now)
