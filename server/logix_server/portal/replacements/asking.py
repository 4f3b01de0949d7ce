"""To ask for a replacement: with what the ticket says filled in."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as N_
from logix_common.errors import InvalidInput

from logix_server.accounts.access import NotFound, Viewer
from logix_server.accounts.rights import Right
from logix_server.portal.pages import READING, WRITING, page
from logix_server.portal.refused_input import Known, tell
from logix_server.portal.replacements.forms import MOST_PART, Ask
from logix_server.replacements.actions import Wanted
from logix_server.replacements.asking import request_as

_KNOWN: Final[Known] = {"part": ("part", N_("A replacement of this is under way already."))}


@page(Right.REQUEST_SERVICE, (*READING, *WRITING))
def ask(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """The form; `?ticket=…&part=…&fault=…` is what it begins with."""
    if request.method in WRITING:
        form = Ask(request.POST)
        if form.is_valid() and (number := _asked(form, viewer)):
            messages.success(
                request,
                _("%(number)s is asked for: an engineer confirms the fault first (WAR-7).")
                % {"number": number},
            )
            return redirect("replacement", number=number)
        return render(request, "portal/replacements/ask.html", {"form": form}, status=422)
    begins = {name: request.GET.get(name, "")[:MOST_PART] for name in ("ticket", "part", "fault")}
    return render(request, "portal/replacements/ask.html", {"form": Ask(initial=begins)})


def _asked(form: Ask, viewer: Viewer) -> str:
    """The number of what was asked for; "" with the form's error set where it was refused."""
    told = form.cleaned_data
    wanted = Wanted(told["ticket"], told["part"], told["fault"], told["why"])
    try:
        return str(request_as(viewer, wanted, now=datetime.now(UTC)).number)
    except NotFound:
        form.add_error("ticket", _("There is no such ticket among those that you may see."))
    except InvalidInput as error:
        if error.where == told["ticket"]:
            form.add_error("ticket", _("The ticket is closed; write a message on it, which opens a new one."))
        else:
            tell(form, error, _KNOWN, viewer.language)
    return ""
