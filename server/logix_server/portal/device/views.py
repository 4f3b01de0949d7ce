"""The device page: state, findings, health, entitlements, what it consists of, its tickets."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from logix_common.findings import title_of

from logix_server.accounts.access import Viewer
from logix_server.accounts.rights import Right
from logix_server.fleet import queries as fleet
from logix_server.fleet.reading import device, row_of
from logix_server.health.reading import findings
from logix_server.portal import words
from logix_server.portal.device import entitlements
from logix_server.portal.device.health import health_of
from logix_server.portal.pages import is_partial, page
from logix_server.tickets.listing import Page, QueueFilter, queue

MOST_TICKETS: Final = 20


@page(Right.SEE_INTERNAL)
def shown(request: HttpRequest, viewer: Viewer, serial: str) -> HttpResponse:
    """Everything about one device; for htmx its charts alone."""
    now = datetime.now(UTC)
    subject, span = request.GET.get("chart", ""), request.GET.get("span", "")
    health = health_of(viewer, serial, subject, span, now)
    if is_partial(request):
        return render(request, "portal/device/health.html", {"health": health, "serial": serial})
    unit = device(viewer, serial)
    row = row_of(unit)
    context = {
        "unit": unit,
        "row": row,
        "serial": serial,
        "standing": words.standing(row.state, row.connected, row.silent),
        "presence": getattr(unit, "presence", None),
        "health": health,
        "tickets": queue(viewer, QueueFilter(serial=serial, ended=None), Page(size=MOST_TICKETS)),
        "certificates": fleet.certificates_of(unit),
        "inventory": fleet.newest_inventory(unit),
        **_findings(viewer, serial),
        **entitlements.shown(viewer, serial, now),
    }
    return render(request, "portal/device/device.html", context)


def _findings(viewer: Viewer, serial: str) -> dict[str, Any]:
    language = (get_language() or "tr")[:2]
    rows = findings(viewer, serial, open_only=False)
    return {"findings": [(fault, title_of(fault.code, language)) for fault in rows]}
