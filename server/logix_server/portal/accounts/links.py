"""Pages for those who cannot sign in: a link of a mail is turned into a password, and asked for."""

from __future__ import annotations

from typing import Final

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods
from logix_common.errors import InvalidInput

from logix_server.accounts import invitations, people
from logix_server.accounts.sign_in import tries
from logix_server.portal import refusals
from logix_server.portal.accounts.forms import NewPasswordForm, ResetForm, blame
from logix_server.portal.logins import address_of

_SESSION_KEY: Final = "link"


@require_http_methods(["GET", "HEAD", "POST"])
def choose_password(request: HttpRequest) -> HttpResponse:
    """Where links of invitations and resets lead. To look at one uses nothing up: mail scanners look too."""
    if "t" in request.GET:
        # Out of the address, and so out of the browser's history and of what it tells other pages.
        # What we never made begins no session: strangers would fill the database with them.
        told = request.GET["t"][:300]
        if invitations.signed(told):
            request.session[_SESSION_KEY] = told
        else:
            request.session.pop(_SESSION_KEY, None)
        return HttpResponseRedirect(reverse("choose-password"))
    token = str(request.session.get(_SESSION_KEY, ""))
    keys = [("token", address_of(request))]
    now = timezone.now()
    if not tries.take(keys, now):
        return refusals.refused(
            request, 429, _("Please wait"), _("Too many failed tries; wait a few minutes.")
        )
    try:
        person = invitations.holder(token, now)
    except InvalidInput as error:
        return refusals.refused(request, 404, _("Not valid any more"), error.what)
    tries.give_back(keys)
    form = NewPasswordForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            people.accept(token, form.cleaned_data["password"], now)
        except InvalidInput as error:
            blame(form, error)
        else:
            del request.session[_SESSION_KEY]
            messages.success(request, _("Your password is set; sign in with your mail address."))
            return HttpResponseRedirect(reverse("login"))
    context = {"form": form, "email": person.email, "organisation": person.organisation.name}
    return render(request, "portal/accounts/choose_password.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def forgotten(request: HttpRequest) -> HttpResponse:
    """Ask for a link. The answer is the same whoever asks for whomever."""
    form = ResetForm(request.POST or None)
    sent = request.method == "POST" and form.is_valid()
    if sent:
        now, email = timezone.now(), form.cleaned_data["email"]
        if tries.take([("reset", email), ("reset-address", address_of(request))], now):
            people.ask_reset(email, now)
    return render(request, "portal/accounts/forgotten.html", {"form": form, "sent": sent})
