"""What customers and dealers do on a ticket's page: each a form and one action."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from logix_common.errors import IllegalTransition, InvalidInput

from logix_server.accounts.access import Viewer
from logix_server.accounts.rights import Right
from logix_server.contracts.decisions.coverage import NotCovered
from logix_server.portal import words
from logix_server.portal.customer import forms, offered
from logix_server.portal.customer.ticket import Back, parts_of, rendered
from logix_server.portal.pages import WRITING, page
from logix_server.portal.ticket import complaints
from logix_server.portal.ticket.files import taken
from logix_server.portal.ticket.forms import Act, Answers
from logix_server.replacements import asking as replacements
from logix_server.replacements.actions import Wanted
from logix_server.tickets.desk import levelling
from logix_server.tickets.desk import messages as writing
from logix_server.tickets.desk.offers import offer
from logix_server.tickets.files import attachments
from logix_server.tickets.reach import Meanwhile
from logix_server.tickets.reading import ticket_page
from logix_server.visits import asking as visits
from logix_server.visits.judgement import Reach
from logix_server.visits.lifecycle import VisitState


@dataclass(frozen=True)
class Order:
    """A form that was filled in validly."""

    viewer: Viewer
    number: str
    form: Act
    now: datetime

    @property
    def told(self) -> dict[str, Any]:
        return self.form.cleaned_data


@dataclass(frozen=True)
class Done:
    """What to say, and at which ticket it goes on; `bad`: it was not given."""

    said: str
    number: str
    bad: bool = False


def _message(order: Order) -> Done:
    told, number = order.told, order.number
    key = forms.once_key(order.viewer, order.form, number, told["text"])
    files = taken(told["attachments"])
    event = writing.message(order.viewer, number, told["text"], now=order.now, files=files, key=key)
    there = event.ticket.number
    if there == number:
        return Done(_("Your message has arrived."), number)
    return Done(_("Your message has arrived; it goes on in %(number)s.") % {"number": there}, there)


def _answers(order: Order) -> Done:
    assert isinstance(order.form, Answers)
    given, seen = order.form.answers, order.told["seen"]
    levelling.set_answers(order.viewer, order.number, given, now=order.now, seen=seen)
    return Done(_("Your answers are taken over."), order.number)


def _attach(order: Order) -> Done:
    files = taken(order.told["attachments"])
    attachments.attach(order.viewer, order.number, files, now=order.now)
    return Done(_("The files are attached."), order.number)


def _replacement(order: Order) -> Done:
    told = order.told
    code = next((one.code for one in _faults(order) if one.part == told["part"]), "")
    wanted = Wanted(order.number, told["part"], code, told["why"])
    made = replacements.request_as(order.viewer, wanted, now=order.now)
    said = _("%(number)s is asked for: an engineer confirms the fault first (WAR-7).")
    return Done(said % {"number": made.number}, order.number)


def _faults(order: Order) -> Any:
    return ticket_page(order.viewer, order.number, order.now).faults


def _visit(order: Order) -> Done:
    told = order.told
    made = visits.request_as(order.viewer, order.number, told["why"], Reach(told["reach"]), now=order.now)
    if made.state == VisitState.REFUSED:
        why = f"{words.said(made.reason)} ({', '.join(made.clauses)})"
        return Done(_("A visit is not given: %(why)s") % {"why": why}, order.number, bad=True)
    said = _("%(number)s is asked for; we agree on a time with you.")
    return Done(said % {"number": made.number}, order.number)


ACTS: Final[Mapping[str, Callable[[Order], Done]]] = {
    "message": _message,
    "answers": _answers,
    "attach": _attach,
    "replacement": _replacement,
    "visit": _visit,
}


@page(Right.WRITE_TO_TICKET, WRITING)
def act(request: HttpRequest, viewer: Viewer, number: str, what: str) -> HttpResponse:
    """Do it, and back to the page; or the page again with what is wrong, and all that was typed."""
    do, now = ACTS.get(what), datetime.now(UTC)
    found = ticket_page(viewer, number, now)  # nobody else's ticket, whatever is sent
    if do is None:
        raise Http404
    more = {"parts": parts_of(found)} if what == "replacement" else {}
    form = forms.ON_PAGE[what](request.POST, files=request.FILES, of=what, **more)
    if not form.is_valid():
        return rendered(request, viewer, number, now, Back({what: form}, 422))
    try:
        done = do(Order(viewer, number, form, now))
    except Meanwhile as error:
        again = request.POST.copy()  # what was typed stays; sent again it counts against what is seen now
        again["seen"] = str(error.last_seen)
        form = forms.ON_PAGE[what](again, files={}, of=what, **more)
        unseen = {event.pk for event in error.events}
        return rendered(request, viewer, number, now, Back({what: form}, 409, unseen))
    except NotCovered as no:
        refusal = offered.refusal(offer(viewer, found.serial, now), no.reasons, ())
        return rendered(request, viewer, number, now, Back({what: form}, 422, refusal=refusal))
    except (InvalidInput, IllegalTransition) as error:
        complaints.add(form, error, number, viewer.language)
        return rendered(request, viewer, number, now, Back({what: form}, 422))
    (messages.warning if done.bad else messages.success)(request, done.said)
    return HttpResponseRedirect(reverse("ticket", args=[done.number]))
