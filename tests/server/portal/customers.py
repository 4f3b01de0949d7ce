"""Customers with a contract of today, for pages that read the clock themselves."""

from __future__ import annotations

import html
import re
from datetime import UTC, datetime, timedelta
from typing import Any

from django.http import HttpResponse
from django.test import Client
from logix_server.accounts.access import viewer
from logix_server.accounts.models import DealerConsent, Organisation, Person
from logix_server.fleet.models import Unit
from logix_server.tickets.desk.requests import Request, open_as
from logix_server.tickets.models import Ticket

from tests.server import rows
from tests.server.people import person, signed_in

TOKEN = "a" * 32


def covered(owner: Organisation | None = None, package: str | None = "profesyonel", days: int = 30) -> Unit:
    """A unit that was bought `days` ago, with that package from then on."""
    unit = rows.unit(owner)
    bought = (datetime.now(UTC) - timedelta(days=days)).date()
    rows.contract(unit, purchased_on=bought, package=package, package_from=bought)
    return unit


def lapsed(owner: Organisation | None = None) -> Unit:
    """A unit for which nothing runs any more."""
    return covered(owner, None, 3_000)


def warranted(owner: Organisation | None = None) -> Unit:
    """A unit for which only the warranty runs."""
    return covered(owner, None, 500)


def somebody(unit: Unit, role: str = "customer-user") -> Person:
    """Of the customer at whom the unit stands."""
    return person(role, unit.installation.customer)


def dealer_of(unit: Unit, *, agreed: bool) -> Person:
    """Of the customer's dealer; `agreed`: the customer lets it see."""
    customer = unit.installation.customer
    assert customer.dealer is not None
    if agreed:
        DealerConsent.objects.create(
            customer=customer, dealer=customer.dealer, given_by="contact:x", given_at=rows.NOW
        )
    return person("dealer", customer.dealer)


def strangers(unit: Unit) -> list[Client]:
    """Who may not see the unit: of another customer, of another dealer, of its dealer without consent."""
    others = ("customer-administrator", "customer-user", "dealer")
    return [*map(signed_in, others), signed_in(dealer_of(unit, agreed=False))]


def opened(unit: Unit, by: Person, **more: Any) -> Ticket:
    """A ticket that a person opened just now."""
    given = {"answers": {"PRI-3": 2}} | more
    asked = Request(unit.installation_id, "Internet is slow", "Since this morning.", **given)
    return open_as(viewer(by), asked, now=datetime.now(UTC))


def form(**told: Any) -> dict[str, Any]:
    """What a browser sends of the form of a new ticket."""
    return {"subject": "No internet", "text": "All is dark.", "token": TOKEN} | told


def words(answer: HttpResponse) -> str:
    """What a page says, without its tags, each run of blanks one."""
    body = re.sub(r"<[^>]*>", " ", answer.content.decode())
    return re.sub(r"\s+", " ", html.unescape(body))
