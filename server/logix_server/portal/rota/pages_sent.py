"""Pages that were sent: about what, whom they called, who took them up."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from logix_common.errors import InvalidInput

from logix_server.accounts.access import NotFound, Viewer
from logix_server.accounts.rights import Right, may
from logix_server.oncall import pages, pages_listed
from logix_server.oncall.lifecycle import OPEN
from logix_server.portal.listing import PAGE_SIZE, page_of, pager
from logix_server.portal.live import live
from logix_server.portal.pages import WRITING, page
from logix_server.portal.rota import words
from logix_server.portal.rota.forms import PagesFilter
from logix_server.portal.words import called, said

_TICKET = "ticket:"


def _row(plain: dict[str, Any]) -> dict[str, Any]:
    """A page as it is shown; `ticket` is the number of the ticket that it is about."""
    about = str(plain["about"])
    return plain | {
        "called": called(words.PAGES, plain["state"]),
        "look": words.LOOKS.get(plain["state"], "state"),
        "ticket": about.removeprefix(_TICKET) if about.startswith(_TICKET) else "",
    }


@page(Right.SEE_INTERNAL)
def listed(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """The newest first, live."""
    asked = PagesFilter.of(request)
    open_only = asked.values.get("which") == "open"
    offset = (page_of(request) - 1) * PAGE_SIZE
    found = pages_listed.pages_of(viewer, open_only=open_only, limit=PAGE_SIZE, offset=offset)
    context = {
        "filter": asked,
        "rows": [_row(pages_listed.plain(one)) for one in found],
        "pager": pager(request, pages_listed.count_of(viewer, open_only=open_only)),
        "list_id": "pages",
    }
    return live(request, "portal/rota/pages.html", "portal/rota/page_rows.html", context)


def _found(page_id: int) -> dict[str, Any]:
    try:
        return pages_listed.shown(page_id)
    except InvalidInput as error:
        raise NotFound(str(page_id)) from error


@page(Right.SEE_INTERNAL)
def shown(request: HttpRequest, viewer: Viewer, page_id: int) -> HttpResponse:
    """One page with every try to reach somebody."""
    found = _found(page_id)
    tries = [
        one | {"called": called(words.TRIES, one["state"]), "by": called(words.CHANNELS, one["channel"])}
        for one in found["tries"]
    ]
    context = {
        "row": _row(found),
        "text": said(found["text"]),
        "tries": tries,
        "may_acknowledge": found["state"] in OPEN and may(viewer, Right.ACKNOWLEDGE_PAGE),
    }
    return render(request, "portal/rota/page.html", context)


@page(Right.ACKNOWLEDGE_PAGE, WRITING)
def acknowledge(request: HttpRequest, viewer: Viewer, page_id: int) -> HttpResponse:
    """Take it up; nobody is called any more."""
    _found(page_id)
    try:
        taken = pages.acknowledge_as(viewer, page_id, now=datetime.now(UTC))
    except InvalidInput:
        messages.warning(request, _("The page was called off in the meantime."))
    else:
        mine = taken.acknowledged_by_id == viewer.person_id
        text = _("The page is yours.") if mine else _("Somebody else has taken it up before.")
        messages.success(request, text)
    return redirect("page-sent", page_id=page_id)
