"""My profile: name, language, password, second factor, sessions."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from logix_common.errors import InvalidInput

from logix_server.accounts import people, reading
from logix_server.accounts.access import NotFound, Viewer
from logix_server.accounts.second_factor import keeping
from logix_server.accounts.sign_in import passwords, sign_ins, tries
from logix_server.portal.accounts.forms import ChangePasswordForm, CodeForm, DetailsForm, blame
from logix_server.portal.accounts.gate import seen_on
from logix_server.portal.language import SESSION_KEY as LANGUAGE
from logix_server.portal.pages import WRITING, page


@page()
def profile(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Everything about oneself."""
    return _shown(request, viewer)


@page(methods=WRITING)
def change_details(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Name, phone, language."""
    form = DetailsForm(request.POST, of="details")
    if form.is_valid():
        told = form.cleaned_data
        try:
            people.change(viewer.person_id, **told, by=viewer.actor, now=timezone.now())
        except InvalidInput as error:
            blame(form, error)
        else:
            request.session[LANGUAGE] = told["language"]
            return _done(request, _("Saved."))
    return _shown(request, viewer, details=form)


@page(methods=WRITING)
def change_password(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Another password; every other session ends, and this one goes on under another id."""
    form = ChangePasswordForm(request.POST, of="password")
    keys = [("second-factor", str(request.user.pk))]
    now = timezone.now()
    if form.is_valid():
        seen = seen_on(request)
        told = form.cleaned_data
        try:
            if not tries.take(keys, now):
                raise InvalidInput("old", _("Too many failed tries; wait a few minutes."))
            keep = seen.sign_in_id if seen else None
            user = passwords.change(viewer.person_id, told["old"], told["password"], keep=keep, now=now)
        except InvalidInput as error:
            if error.where != "old":
                tries.give_back(keys)
            blame(form, error)
        else:
            tries.give_back(keys)
            update_session_auth_hash(request, user)
            return _done(request, _("Your password is changed; your other sessions have ended."))
    return _shown(request, viewer, password=form)


@page(methods=WRITING)
def end_session(request: HttpRequest, viewer: Viewer, sign_in_id: int) -> HttpResponse:
    """End one of the own sessions."""
    if not sign_ins.end(_user_id(request), sign_in_id, by=viewer.actor, now=timezone.now()):
        raise NotFound("session")
    return _done(request, _("The session has ended."))


@page(methods=WRITING)
def end_others(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """End all but this one."""
    seen = seen_on(request)
    but = seen.sign_in_id if seen else 0
    sign_ins.end_others(_user_id(request), but, by=viewer.actor, now=timezone.now())
    return _done(request, _("All other sessions have ended."))


def _done(request: HttpRequest, text: str) -> HttpResponse:
    messages.success(request, text)
    return HttpResponseRedirect(reverse("profile"))


def _user_id(request: HttpRequest) -> int:
    return int(request.user.pk or 0)


def _shown(
    request: HttpRequest,
    viewer: Viewer,
    *,
    details: DetailsForm | None = None,
    password: ChangePasswordForm | None = None,
) -> HttpResponse:
    now, seen = timezone.now(), seen_on(request)
    me = reading.profile_of(viewer, now)
    own = {"name": me.name, "phone": me.phone, "language": me.language}
    context = {
        "me": me,
        "details": details or DetailsForm(initial=own, of="details"),
        "password": password or ChangePasswordForm(of="password"),
        "code": CodeForm(of="code"),
        "factor": keeping.factor_of(_user_id(request)),
        "may_turn_off": not viewer.vendor,
        "sessions": sign_ins.of_user(_user_id(request), now),
        "this": seen.sign_in_id if seen else 0,
    }
    return render(request, "portal/accounts/profile.html", context)
