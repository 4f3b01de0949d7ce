"""What a ticket's page shows beside it: its replacements and visits, and the ways to ask for one."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from logix_common.findings import title_of

from logix_server.accounts.access import Viewer
from logix_server.accounts.rights import Right, may
from logix_server.contracts.decisions.terms import local_day
from logix_server.portal.replacements.listing import row
from logix_server.portal.visits.listing import row as visit_row
from logix_server.replacements import queries as replacements
from logix_server.tickets.lifecycle import TicketState
from logix_server.tickets.reading import TicketPage
from logix_server.visits import queries as visits

MOST: Final = 20


def of_ticket(viewer: Viewer, page: TicketPage, now: datetime) -> dict[str, Any]:
    """What the template `portal/replacements/on_ticket.html` shows, as `of_ticket` of the context."""
    number, today = page.ticket.number, local_day(now)
    found = replacements.replacements(viewer, replacements.Filter(ticket_number=number), limit=MOST)
    going = visits.visits(viewer, visits.Filter(ticket_number=number), limit=MOST)
    asks = may(viewer, Right.CONFIRM_REPLACEMENT) and page.ticket.state != TicketState.CLOSED
    return {
        "replacements": [row(one, today) for one in found],
        "visits": [visit_row(one, internal=False) for one in going],
        "may_request": asks,
        "parts": _parts(page) if asks else (),
        "visit_address": f"{reverse('visit-new')}?{urlencode({'ticket': number})}",
    }


def _parts(page: TicketPage) -> list[dict[str, str]]:
    """What a replacement can be asked for: each faulty part, and the whole unit."""
    language = (get_language() or "tr")[:2]
    base = reverse("replacement-new")
    told = [
        ({"part": fault.part, "fault": fault.code}, f"{fault.part}, {title_of(fault.code, language)}")
        for fault in page.faults
    ]
    return [
        {"label": label, "address": f"{base}?{urlencode({'ticket': page.ticket.number, **words})}"}
        for words, label in [*told, ({}, _("the whole unit"))]
    ]
