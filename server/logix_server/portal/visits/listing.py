"""The plan: which visit is next; and the maintenance agreements that ask for visits by themselves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from logix_server.accounts.access import Viewer
from logix_server.accounts.rights import Right, may
from logix_server.contracts.decisions.terms import local_day
from logix_server.portal.listing import MOST_TEXT, PAGE_SIZE, Filter, page_of, pager
from logix_server.portal.live import live
from logix_server.portal.pages import page
from logix_server.portal.replacements.steps import OURS
from logix_server.portal.ticket.forms import choose
from logix_server.portal.visits import words
from logix_server.portal.words import called
from logix_server.visits import queries


class VisitsFilter(Filter):
    """What visits are narrowed by."""

    state = forms.ChoiceField(label=_("State"))
    customer = forms.CharField(label=_("Customer"), max_length=MOST_TEXT)
    ticket = forms.CharField(label=_("Ticket"), max_length=20)

    def __init__(self, data: Mapping[str, Any] | None = None, **more: Any) -> None:
        super().__init__(data, **more)
        states = [(code, called(words.STATES, code)) for code in words.STATES]
        choose(self, "state", [*words.narrowed(), *states])

    def wanted(self) -> queries.Filter:
        """The same for the slice."""
        values = self.values
        state = values.get("state", "")
        return queries.Filter(
            open_only=state == "",
            ticket_number=values.get("ticket", "").upper(),
            state="" if state == "any" else state,
            customer=values.get("customer", ""),
        )


@dataclass(frozen=True)
class Row:
    """A visit in a list. `ticket` "": by an agreement."""

    number: str
    state: str
    look: str
    why: str
    ticket: str
    customer: str
    installation: str
    engineer: str
    starts_at: datetime | None
    ends_at: datetime | None
    due_on: date | None


def row(one: Any, *, internal: bool) -> Row:
    """A visit as lists show it; what one of ours wrote of it is `internal`."""
    by_ours = one.requested_by.partition(":")[0] in OURS
    return Row(
        number=one.number,
        state=called(words.STATES, one.state),
        look=words.LOOKS.get(one.state, "state"),
        why=one.why if internal or not by_ours else "",
        ticket=one.ticket.number if one.ticket else "",
        customer=one.installation.customer.name,
        installation=one.installation.name,
        engineer=one.engineer,
        starts_at=one.starts_at,
        ends_at=one.ends_at,
        due_on=one.due_on,
    )


@page()
def listed(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """The plan, live. Customers see their own, dealers those of customers that agreed."""
    asked = VisitsFilter.of(request)
    wanted, internal = asked.wanted(), may(viewer, Right.SEE_INTERNAL)
    offset = (page_of(request) - 1) * PAGE_SIZE
    found = queries.visits(viewer, wanted, limit=PAGE_SIZE, offset=offset)
    context = {
        "filter": asked,
        "rows": [row(one, internal=internal) for one in found],
        "pager": pager(request, queries.count(viewer, wanted)),
        "list_id": "visits",
        "may_request": may(viewer, Right.REQUEST_SERVICE),
    }
    return live(request, "portal/visits/list.html", "portal/visits/rows.html", context)


class AgreementsFilter(Filter):
    """What agreements are narrowed by."""

    customer = forms.CharField(label=_("Customer"), max_length=MOST_TEXT)


@page()
def agreements(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Maintenance agreements, the latest first (SUP-8)."""
    asked = AgreementsFilter.of(request)
    customer = asked.values.get("customer", "")
    offset = (page_of(request) - 1) * PAGE_SIZE
    found = queries.agreements(viewer, customer=customer, limit=PAGE_SIZE, offset=offset)
    today = local_day(datetime.now(UTC))
    context = {
        "filter": asked,
        "rows": [(one, one.ended_at is None and one.starts_on <= today <= one.last_day) for one in found],
        "pager": pager(request, queries.count_agreements(viewer, customer=customer)),
        "list_id": "agreements",
    }
    return live(request, "portal/visits/agreements.html", "portal/visits/agreement_rows.html", context)
