"""Open a ticket: choose the device, see what the contract gives, say what happened."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from django import forms as fields
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from logix_common.errors import InvalidInput

from logix_server.accounts.access import Viewer
from logix_server.accounts.rights import Right
from logix_server.contracts.decisions.coverage import NotCovered
from logix_server.fleet.places import places
from logix_server.portal.customer import offered
from logix_server.portal.customer.forms import NewTicket, new_token, once_key
from logix_server.portal.customer.suggestions import resembling
from logix_server.portal.listing import MOST_TEXT, PAGE_SIZE, Filter, page_of, pager
from logix_server.portal.live import live
from logix_server.portal.pages import READING, WRITING, page
from logix_server.portal.ticket import complaints
from logix_server.portal.ticket.files import taken
from logix_server.tickets.desk import offers
from logix_server.tickets.desk.offers import Offer
from logix_server.tickets.desk.requests import Request, open_as


class PlacesFilter(Filter):
    """What the device is looked for by."""

    text = fields.CharField(label=gettext_lazy("Place, serial or model"), max_length=MOST_TEXT)


@page(Right.OPEN_TICKET)
def choose(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """The devices that a ticket can be about; with one alone there is nothing to choose."""
    asked = PlacesFilter.of(request)
    offset = (page_of(request) - 1) * PAGE_SIZE
    units, total = places(viewer, asked.values.get("text", ""), limit=PAGE_SIZE, offset=offset)
    if total == 1 and not asked.narrowed and not viewer.vendor:
        return HttpResponseRedirect(reverse("ticket-new-for", args=[units[0].serial]))
    context = {
        "filter": asked,
        "units": units,
        "several_customers": viewer.role == "dealer" or viewer.vendor,
        "pager": pager(request, total),
        "list_id": "places",
    }
    return live(request, "portal/customer/choose.html", "portal/customer/choose_rows.html", context)


@dataclass(frozen=True)
class _Answer:
    """What came of a form that was sent: its status, and why the contract said no."""

    status: int = 200
    refusal: offered.Refusal | None = None


@page(Right.OPEN_TICKET, (*READING, *WRITING))
def write(request: HttpRequest, viewer: Viewer, serial: str) -> HttpResponse:
    """The form with what the contract gives; sent, the ticket, or the form again with all that was typed."""
    now = datetime.now(UTC)
    offer = offers.offer(viewer, serial, now)
    callers = offer.reporters if viewer.vendor else None
    if request.method not in WRITING:
        form = NewTicket(initial={"token": new_token()}, reporters=callers)
        return _shown(request, viewer, offer, form, _Answer())
    form = NewTicket(request.POST, files=request.FILES, reporters=callers)
    if not form.is_valid():
        return _shown(request, viewer, offer, form, _Answer(422))
    try:
        number = _opened(viewer, offer, form, now)
    except NotCovered as no:
        return _shown(
            request, viewer, offer, form, _Answer(422, offered.refusal(offer, no.reasons, [*form.answers]))
        )
    except InvalidInput as error:
        complaints.add(form, error, serial, viewer.language)
        return _shown(request, viewer, offer, form, _Answer(422))
    messages.success(request, _("Ticket %(number)s is open.") % {"number": number})
    return HttpResponseRedirect(reverse("ticket", args=[number]))


def _opened(viewer: Viewer, offer: Offer, form: NewTicket, now: datetime) -> str:
    """The number of the ticket, also where the same form had opened it before."""
    told = form.cleaned_data
    answers = form.answers
    said = (f"{row}={level}" for row, level in sorted(answers.items()))
    request = Request(
        offer.unit.installation_id,
        told["subject"],
        told["text"],
        answers,
        origin="phone" if viewer.vendor else "web",
        reporter_id=form.reporter_id,
        key=once_key(viewer, form, offer.unit.serial, told["subject"], told["text"], *said),
    )
    return open_as(viewer, request, now=now, files=taken(told["attachments"])).number


def _shown(
    request: HttpRequest, viewer: Viewer, offer: Offer, form: NewTicket, answer: _Answer
) -> HttpResponse:
    subject = str(form["subject"].value() or "")
    context = {
        "unit": offer.unit,
        "offered": offered.offered(offer),
        "refusal": answer.refusal,
        "form": form,
        "articles": resembling(viewer, subject),
        "subject": subject,
    }
    return render(request, "portal/customer/open.html", context, status=answer.status)
