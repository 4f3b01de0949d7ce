"""Visits asked for by whoever may ask, and arranged by engineers: each a form and one action."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as N_
from logix_common.errors import IllegalTransition, InvalidInput

from logix_server.accounts.access import NotFound, Viewer
from logix_server.accounts.rights import Right
from logix_server.portal.pages import READING, WRITING, page
from logix_server.portal.refused_input import Known, tell
from logix_server.portal.visits.forms import MOST_NAME, Ask
from logix_server.portal.visits.views import KINDS, rendered
from logix_server.portal.words import said
from logix_server.visits import actions, queries
from logix_server.visits.actions import Appointment
from logix_server.visits.asking import request_as
from logix_server.visits.judgement import Reach
from logix_server.visits.lifecycle import VisitState

_KNOWN: Final[Known] = {
    "time": ("starts_at", N_("Expected a beginning within a year from now, and an end at most 14 days on.")),
    "visit": ("ticket", N_("A visit is under way for this ticket already.")),
}


def _agree(number: str, told: Mapping[str, Any], by: Mapping[str, Any]) -> object:
    return actions.agree(number, Appointment(**told), **by)


def _done(number: str, told: Mapping[str, Any], by: Mapping[str, Any]) -> object:
    return actions.finish(number, told["report"], **by)


def _cancel(number: str, told: Mapping[str, Any], by: Mapping[str, Any]) -> object:
    return actions.cancel(number, told["why"], **by)


_DO: Final[Mapping[str, Callable[[str, Mapping[str, Any], Mapping[str, Any]], object]]] = {
    "agree": _agree,
    "done": _done,
    "cancel": _cancel,
}


@page(Right.ARRANGE_VISIT, WRITING)
def act(request: HttpRequest, viewer: Viewer, number: str, what: str) -> HttpResponse:
    """Do it, and back to the page; or the page again with what is wrong, and all that was typed."""
    queries.visit(viewer, number)  # is there, and the viewer's to see
    if what not in _DO:
        raise Http404
    form = KINDS[what][0](request.POST, of=what)
    if not form.is_valid():
        return rendered(request, viewer, number, {what: form}, 422)
    try:
        _DO[what](number, form.cleaned_data, {"actor": viewer.actor, "now": datetime.now(UTC)})
    except (InvalidInput, IllegalTransition) as error:
        tell(form, error, _KNOWN, viewer.language)
        return rendered(request, viewer, number, {what: form}, 422)
    messages.success(request, _("Done."))
    return redirect("visit", number=number)


@page(Right.REQUEST_SERVICE, (*READING, *WRITING))
def ask(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """The form; `?ticket=…` is what it begins with. The terms answer at once."""
    if request.method not in WRITING:
        begins = {"ticket": request.GET.get("ticket", "")[:MOST_NAME]}
        return render(request, "portal/visits/ask.html", {"form": Ask(initial=begins)})
    form = Ask(request.POST)
    made = _asked(form, viewer) if form.is_valid() else None
    if made is None:
        return render(request, "portal/visits/ask.html", {"form": form}, status=422)
    if made.state == VisitState.REFUSED:
        why = f"{said(made.reason)} ({', '.join(made.clauses)})"
        messages.warning(request, _("A visit is not given: %(why)s") % {"why": why})
    else:
        messages.success(
            request, _("%(number)s is asked for; we agree on a time with you.") % {"number": made.number}
        )
    return redirect("visit", number=made.number)


def _asked(form: Ask, viewer: Viewer) -> Any:
    """The visit; None with the form's error set where it could not be asked for."""
    told = form.cleaned_data
    try:
        reach = Reach(told["reach"])
        return request_as(viewer, told["ticket"], told["why"], reach, now=datetime.now(UTC))
    except NotFound:
        form.add_error("ticket", _("There is no such ticket among those that you may see."))
    except InvalidInput as error:
        if error.where == told["ticket"]:
            form.add_error("ticket", _("The ticket is closed; write a message on it, which opens a new one."))
        else:
            tell(form, error, _KNOWN, viewer.language)
    return None
