"""One mail that came in: who wrote it, why it waits, its words as text; and where it may go."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as N_
from logix_common.errors import InvalidInput

from logix_server.accounts.access import NotFound, Viewer
from logix_server.accounts.rights import Right
from logix_server.contracts.decisions.coverage import NotCovered
from logix_server.mail import queries
from logix_server.mail.lifecycle import INCOMING, IncomingState
from logix_server.portal.components import Form
from logix_server.portal.inbox import forms, words
from logix_server.portal.pages import WRITING, page
from logix_server.portal.refused_input import Known, tell
from logix_server.portal.words import called
from logix_server.tickets.correspondence import inbox_actions
from logix_server.tickets.correspondence.inbox_actions import Release

#: A mail's words are shown up to here; the rest stays in the mail.
MOST_SHOWN: Final = 20_000


@dataclass(frozen=True)
class Kind:
    """What may be done: its form, the state that it leads to, and what it is called."""

    form: type[Form]
    to: IncomingState
    label: str


KINDS: Final[Mapping[str, Kind]] = {
    "release": Kind(forms.OnTicket, IncomingState.FILED, N_("Put it on a ticket")),
    "open": Kind(forms.NewTicket, IncomingState.FILED, N_("Open a ticket from it")),
    "discard": Kind(forms.Discard, IncomingState.DISCARDED, N_("Discard it")),
}
#: Nobody has to decide about these: the server does, in a moment.
_ON_ITS_WAY: Final = (IncomingState.RECEIVED, IncomingState.READ)
_KNOWN: Final[Known] = {
    "device": ("serial", N_("No device has this serial.")),
    "person": ("person", N_("Expected the address of a person of a customer or dealer.")),
    "files": ("number", N_("The ticket takes no more files.")),
}


@page(Right.HANDLE_TICKET)
def shown(request: HttpRequest, viewer: Viewer, mail_id: int) -> HttpResponse:
    """One mail, whoever wrote it."""
    return _rendered(request, viewer, mail_id, {})


def _found(viewer: Viewer, mail_id: int) -> dict[str, Any]:
    try:
        return queries.incoming_mail(viewer, mail_id)
    except InvalidInput as error:
        raise NotFound(str(mail_id)) from error


def _rendered(
    request: HttpRequest, viewer: Viewer, mail_id: int, filled: Mapping[str, Form], status: int = 200
) -> HttpResponse:
    mail = _found(viewer, mail_id)
    context = {
        "mail": mail,
        "sender": mail["from"],
        "state": called(words.STATES, mail["state"]),
        "why": words.because(mail["reason"]),
        "text": mail["text"][:MOST_SHOWN],
        "quoted": mail["quoted"][:MOST_SHOWN],
        "cut": len(mail["text"]) > MOST_SHOWN,
        "acts": _acts(mail, filled),
    }
    return render(request, "portal/inbox/mail.html", context, status=status)


def _acts(mail: Mapping[str, Any], filled: Mapping[str, Form]) -> list[tuple[str, str, Form, bool]]:
    state = IncomingState(mail["state"])
    following = () if state in _ON_ITS_WAY else INCOMING.allowed.get(state, ())
    begins = {"number": mail["ticket"]}
    return [
        (what, gettext(kind.label), filled.get(what) or kind.form(of=what, initial=begins), what in filled)
        for what, kind in KINDS.items()
        if what in filled or kind.to in following
    ]


def _release(viewer: Viewer, mail_id: int, told: Mapping[str, Any], now: datetime) -> str:
    return inbox_actions.release(viewer, mail_id, Release(told["number"], "", told["person"]), now=now)


def _open(viewer: Viewer, mail_id: int, told: Mapping[str, Any], now: datetime) -> str:
    answers = {"PRI-4": 3} if told["hardware"] else None
    to = Release("", told["serial"], told["person"], answers)
    return inbox_actions.release(viewer, mail_id, to, now=now)


def _discard(viewer: Viewer, mail_id: int, told: Mapping[str, Any], now: datetime) -> str:
    inbox_actions.discard(viewer, mail_id, told["why"], now=now)
    return ""


_DO: Final[Mapping[str, Callable[[Viewer, int, Mapping[str, Any], datetime], str]]] = {
    "release": _release,
    "open": _open,
    "discard": _discard,
}


@page(Right.HANDLE_TICKET, WRITING)
def act(request: HttpRequest, viewer: Viewer, mail_id: int, what: str) -> HttpResponse:
    """Do it, and on to the ticket or back to the inbox; or the page again with what is wrong."""
    _found(viewer, mail_id)
    if what not in _DO:
        raise Http404
    form = KINDS[what].form(request.POST, of=what)
    if not form.is_valid():
        return _rendered(request, viewer, mail_id, {what: form}, 422)
    try:
        number = _DO[what](viewer, mail_id, form.cleaned_data, datetime.now(UTC))
    except NotFound:
        text = _("There is no such ticket among those that this person may see.")
        form.add_error("number" if "number" in form.fields else None, text)
        return _rendered(request, viewer, mail_id, {what: form}, 422)
    except (InvalidInput, NotCovered) as error:
        tell(form, error, _KNOWN, viewer.language)
        return _rendered(request, viewer, mail_id, {what: form}, 422)
    if number:
        messages.success(request, _("The mail is on %(number)s.") % {"number": number})
        return redirect("ticket", number=number)
    messages.success(request, _("The mail is discarded."))
    return redirect("inbox")
