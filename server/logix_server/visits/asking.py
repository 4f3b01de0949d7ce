"""Visits that people ask for on a ticket within their reach."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from logix_common.errors import InvalidInput

from logix_server.accounts.access import Viewer
from logix_server.accounts.rights import Right, require
from logix_server.tickets.reach import expect_not_closed, ticket_of
from logix_server.visits.actions import request
from logix_server.visits.judgement import Reach
from logix_server.visits.lifecycle import ENDED
from logix_server.visits.models import Visit


@transaction.atomic
def request_as(viewer: Viewer, ticket_number: str, why: str, reach: Reach, *, now: datetime) -> Visit:
    """Ask for a visit as a customer, a dealer or an engineer; `Visit.state` says whether the terms give one.

    Raises `NotFound` for a ticket out of the viewer's reach, `Forbidden`, and `InvalidInput` for a closed
    ticket, where a visit is under way, and as `actions.request` does.
    """
    require(viewer, Right.REQUEST_SERVICE)
    ticket = ticket_of(viewer, ticket_number)
    expect_not_closed(ticket)
    underway = Visit.objects.filter(ticket=ticket).exclude(state__in=ENDED).first()
    if underway is not None:
        raise InvalidInput("visit", f"{underway.number} is under way; go on there")
    return request(ticket_number, why, reach, actor=viewer.actor, now=now)
