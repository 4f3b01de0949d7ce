"""The ticket page."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from logix_common.errors import InvalidInput

from logix_server.accounts.access import NotFound, Viewer
from logix_server.accounts.rights import Right
from logix_server.portal.pages import page
from logix_server.tickets import queries as tickets


@page(Right.SEE_INTERNAL)
def shown(request: HttpRequest, viewer: Viewer, number: str) -> HttpResponse:  # noqa: ARG001
    """Everything about one ticket."""
    try:
        ticket = tickets.ticket_by_number(number)
    except InvalidInput as error:
        raise NotFound(number) from error
    return render(request, "portal/ticket/ticket.html", {"ticket": ticket})
