"""The queue: what an engineer works on next, in the order of SUP-7, live."""

from __future__ import annotations

from datetime import UTC, datetime

from django.http import HttpRequest, HttpResponse

from logix_server.accounts.access import Viewer
from logix_server.accounts.rights import Right
from logix_server.portal import time_left
from logix_server.portal.listing import PAGE_SIZE, page_of, pager
from logix_server.portal.live import live
from logix_server.portal.pages import page
from logix_server.portal.time_left import Clock
from logix_server.tickets import queries as tickets


@page(Right.SEE_INTERNAL)
def queue(request: HttpRequest, viewer: Viewer) -> HttpResponse:  # noqa: ARG001
    """Open tickets."""
    now = datetime.now(UTC)
    rows = tickets.tickets(open_only=True, limit=PAGE_SIZE, offset=(page_of(request) - 1) * PAGE_SIZE)
    shown = [
        (row, time_left.time_left(Clock(row.deadline, row.answered_at, row.missed_at), now)) for row in rows
    ]
    context = {"rows": shown, "pager": pager(request, tickets.open_tickets().count()), "list_id": "queue"}
    return live(request, "portal/queue/queue.html", "portal/queue/rows.html", context)
