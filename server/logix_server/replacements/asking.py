"""Replacements that people ask for on a ticket within their reach."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from logix_server.accounts.access import Viewer
from logix_server.accounts.rights import Right, require
from logix_server.replacements.actions import Wanted, request
from logix_server.replacements.models import Replacement
from logix_server.tickets.reach import expect_not_closed, ticket_of


@transaction.atomic
def request_as(viewer: Viewer, wanted: Wanted, *, now: datetime) -> Replacement:
    """Ask for a replacement as a customer, a dealer or an engineer; nothing is promised by it (WAR-7).

    Raises `NotFound` for a ticket out of the viewer's reach, `Forbidden`, and `InvalidInput` for a closed
    ticket and as `actions.request` does.
    """
    require(viewer, Right.REQUEST_SERVICE)
    ticket = ticket_of(viewer, wanted.ticket_number)
    expect_not_closed(ticket)
    return request(wanted, actor=viewer.actor, now=now)
