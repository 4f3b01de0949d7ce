"""The replacements: those under way the longest first; late, by state, device and ticket."""

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
from logix_server.portal.listing import PAGE_SIZE, Filter, page_of, pager
from logix_server.portal.live import live
from logix_server.portal.pages import page
from logix_server.portal.replacements import words
from logix_server.portal.ticket.forms import choose
from logix_server.portal.words import called
from logix_server.replacements import queries

_SEVERAL = ("", "late", "any")


class ReplacementsFilter(Filter):
    """What replacements are narrowed by."""

    state = forms.ChoiceField(label=_("State"))
    device = forms.CharField(label=_("Serial, faulty or new"), max_length=64)
    ticket = forms.CharField(label=_("Ticket"), max_length=20)

    def __init__(self, data: Mapping[str, Any] | None = None, **more: Any) -> None:
        super().__init__(data, **more)
        states = [(code, called(words.STATES, code)) for code in words.STATES]
        choose(self, "state", [*words.narrowed(), *states])

    def wanted(self, today: date) -> queries.Filter:
        """The same for the slice."""
        values = self.values
        state = values.get("state", "")
        return queries.Filter(
            open_only=state == "",
            ticket_number=values.get("ticket", "").upper(),
            serial=values.get("device", ""),
            state="" if state in _SEVERAL else state,
            late_on=today if state == "late" else None,
        )


@dataclass(frozen=True)
class Row:
    """A replacement in a list. `late`: the faulty one is owed back by now."""

    number: str
    state: str
    look: str
    part: str
    ticket: str
    serial: str
    customer: str
    installation: str
    asked_at: datetime
    due_on: date | None
    late: bool


def row(one: Any, today: date) -> Row:
    """A replacement as lists show it."""
    owed = one.return_due_on if one.state in ("shipped", "fitted") else None
    return Row(
        number=one.number,
        state=called(words.STATES, one.state),
        look=words.LOOKS.get(one.state, "state"),
        part=words.part(one.part, whole_unit=one.whole_unit),
        ticket=one.ticket.number,
        serial=one.unit.serial,
        customer=one.installation.customer.name,
        installation=one.installation.name,
        asked_at=one.requested_at,
        due_on=owed,
        late=owed is not None and owed < today,
    )


@page()
def listed(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """The list, live. Customers see their own, dealers those of customers that agreed."""
    today = local_day(datetime.now(UTC))
    asked = ReplacementsFilter.of(request)
    wanted = asked.wanted(today)
    offset = (page_of(request) - 1) * PAGE_SIZE
    found = queries.replacements(viewer, wanted, limit=PAGE_SIZE, offset=offset)
    context = {
        "filter": asked,
        "rows": [row(one, today) for one in found],
        "pager": pager(request, queries.count(viewer, wanted)),
        "list_id": "replacements",
        "may_request": may(viewer, Right.REQUEST_SERVICE),
    }
    return live(request, "portal/replacements/list.html", "portal/replacements/rows.html", context)
