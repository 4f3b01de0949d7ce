"""Mails that wait for a person of ours, the oldest first; by state any others."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from logix_server.accounts.access import Viewer
from logix_server.accounts.rights import Right
from logix_server.mail import queries
from logix_server.portal.inbox import words
from logix_server.portal.listing import PAGE_SIZE, Filter, page_of, pager
from logix_server.portal.live import live
from logix_server.portal.pages import page
from logix_server.portal.ticket.forms import choose
from logix_server.portal.words import called


class InboxFilter(Filter):
    """What the inbox is narrowed by."""

    state = forms.ChoiceField(label=_("State"))

    def __init__(self, data: Mapping[str, Any] | None = None, **more: Any) -> None:
        super().__init__(data, **more)
        states = [(code, called(words.STATES, code)) for code in words.STATES]
        choose(self, "state", [("", words.waiting()), *states])


@page(Right.HANDLE_TICKET)
def listed(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """The list, live."""
    asked = InboxFilter.of(request)
    state = asked.values.get("state", "")
    offset = (page_of(request) - 1) * PAGE_SIZE
    found = queries.inbox(viewer, state=state, limit=PAGE_SIZE, offset=offset)
    context = {
        "filter": asked,
        "rows": [
            {**mail, "sender": mail["from"], "why": words.because(mail["reason"]),
             "called": called(words.STATES, mail["state"])}
            for mail in found
        ],
        "pager": pager(request, queries.waiting_count(viewer, state=state)),
        "list_id": "inbox",
    }  # fmt: skip
    return live(request, "portal/inbox/list.html", "portal/inbox/rows.html", context)
