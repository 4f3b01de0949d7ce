"""Tickets of people that tests of the desk stand on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from logix_server.accounts.access import Viewer, operator
from logix_server.accounts.models import DealerConsent, Organisation
from logix_server.fleet.models import Unit
from logix_server.tickets.desk.requests import Request, open_request
from logix_server.tickets.models import Ticket, TicketEvent

from tests.server import people, rows
from tests.server.rows import NOW

BY = operator("operator:ayse")


def covered(owner: Organisation | None = None, package: str = "standart") -> Unit:
    """A unit whose contract gives tickets."""
    unit = rows.unit(owner)
    rows.contract(unit, package=package)
    return unit


def asked(unit: Unit, **changed: Any) -> Request:
    """What somebody asks for about that unit."""
    request = Request(unit.installation_id, "Internet is slow", "Since this morning.\nPlease help.")
    return replace(request, **changed)


def opened(unit: Unit | None = None, now: datetime = NOW, **changed: Any) -> Ticket:
    """A ticket that was asked for."""
    return open_request(asked(unit or covered(), **changed), actor="operator:ayse", now=now)


def customer_of(unit: Unit) -> Viewer:
    """A person of the customer at whom the unit stands."""
    return people.viewer("customer-user", unit.installation.customer)


def dealer_of(unit: Unit, *, agreed: bool) -> Viewer:
    """A person of the customer's dealer; `agreed`: the customer lets it see."""
    customer = unit.installation.customer
    assert customer.dealer is not None
    if agreed:
        DealerConsent.objects.create(
            customer=customer, dealer=customer.dealer, given_by="contact:x", given_at=NOW
        )
    return people.viewer("dealer", customer.dealer)


def kinds(ticket: Ticket) -> list[str]:
    """What its history tells, in order."""
    return list(TicketEvent.objects.filter(ticket=ticket).order_by("id").values_list("kind", flat=True))


def last(ticket: Ticket) -> TicketEvent:
    """The newest event."""
    found = TicketEvent.objects.filter(ticket=ticket).order_by("-id").first()
    assert found is not None
    return found


def detail(ticket: Ticket, kind: str) -> Mapping[str, Any]:
    """What the newest event of that kind tells."""
    found = TicketEvent.objects.filter(ticket=ticket, kind=kind).order_by("-id").first()
    assert found is not None
    told: Mapping[str, Any] = found.detail
    return told
