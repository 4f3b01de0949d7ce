"""A device's page for its customer and the dealer: what it is entitled to, what stands, its tickets."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from logix_common.findings import title_of

from logix_server.accounts.access import Viewer
from logix_server.accounts.rights import Right, may
from logix_server.fleet.reading import device, row_of
from logix_server.health.reading import findings
from logix_server.portal import words
from logix_server.portal.customer import clocks
from logix_server.portal.customer.mine import Shown
from logix_server.portal.device import entitlements
from logix_server.portal.pages import page
from logix_server.tickets.listing import Page, QueueFilter, queue

_TICKETS = Page(1, 20)


@page()
def shown(request: HttpRequest, viewer: Viewer, serial: str) -> HttpResponse:
    """What its owner should know of it."""
    now = datetime.now(UTC)
    unit = device(viewer, serial)
    row = row_of(unit)
    tickets = queue(viewer, QueueFilter(serial=serial, ended=None), _TICKETS)
    context = {
        "row": row,
        "serial": serial,
        "standing": words.standing(row.state, row.connected, row.silent),
        "findings": _standing_findings(viewer, serial),
        "tickets": [Shown(one, clocks.of_row(one, now)) for one in tickets.rows],
        "more_tickets": tickets.pages > 1,
        "may_open": may(viewer, Right.OPEN_TICKET),
        "several_customers": viewer.role == "dealer",
        **entitlements.shown(viewer, serial, now),
    }
    return render(request, "portal/customer/device.html", context)


def _standing_findings(viewer: Viewer, serial: str) -> list[tuple[Any, str]]:
    """What stands and is judged; what is only watched, or kept back, tells its owner nothing yet."""
    language = (get_language() or "tr")[:2]
    rows = findings(viewer, serial, open_only=True)
    judged = [fault for fault in rows if not fault.watched and fault.suppressed_by is None]
    return [(fault, title_of(fault.code, language)) for fault in judged]
