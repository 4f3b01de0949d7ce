"""The second factor: asked for, set up with a picture, recovery codes, turned off."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

import segno
from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from logix_common.errors import InvalidInput

from logix_server.accounts.access import Forbidden
from logix_server.accounts.second_factor import codes, keeping
from logix_server.accounts.sign_in import sign_ins, tries
from logix_server.accounts.sign_in.sign_ins import Seen
from logix_server.portal import refusals
from logix_server.portal.accounts.forms import CodeForm, blame
from logix_server.portal.accounts.gate import let_through, passed, seen_on

View = Callable[[HttpRequest, Seen], HttpResponse]


def _signed_in(*methods: str) -> Callable[[View], Callable[[HttpRequest], HttpResponse]]:
    """A view for whoever has shown the password, with or without the second factor, person or not."""

    def wrap(view: View) -> Callable[[HttpRequest], HttpResponse]:
        @wraps(view)
        def shown(request: HttpRequest) -> HttpResponse:
            if request.method not in methods:
                return HttpResponseNotAllowed(list(methods))
            seen = seen_on(request)
            return redirect_to_login("/", "login") if seen is None else view(request, seen)

        return shown

    return wrap


@_signed_in("GET", "HEAD", "POST")
def ask(request: HttpRequest, seen: Seen) -> HttpResponse:
    """A code, and the way on."""
    if seen.second_factor != "ask":
        return HttpResponseRedirect(_next(request) if passed(seen) else "/")
    form = CodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and _right(request, form):
        let_through(request)
        return HttpResponseRedirect(_next(request))
    return render(request, "portal/accounts/second_factor.html", {"form": form, "next": _next(request)})


@_signed_in("GET", "HEAD", "POST")
def set_up(request: HttpRequest, seen: Seen) -> HttpResponse:
    """The picture, the first code, and then the recovery codes, this once."""
    if seen.second_factor == "ask":  # who has one shows it before there is another
        return HttpResponseRedirect("/")
    user_id = _user_id(request)
    form = CodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            told = keeping.confirm(
                user_id, form.cleaned_data["code"], by=sign_ins.actor(request.user), now=timezone.now()
            )
        except InvalidInput as error:
            blame(form, error)
        else:
            let_through(request)
            return _codes(request, told)
    secret = keeping.begin(user_id)
    picture = segno.make(codes.address(secret, str(request.user)), error="m")
    context = {
        "form": form,
        "next": _next(request),
        "secret": " ".join(secret[at : at + 4] for at in range(0, len(secret), 4)),
        # Shapes with attributes, no style: the page's policy lets none in.
        "picture": mark_safe(picture.svg_inline(omitsize=True, light="#fff", svgclass=None, lineclass=None)),  # noqa: S308
        "needed": seen.second_factor == "set-up",
        "again": seen.second_factor == "passed" and keeping.factor_of(user_id).confirmed_at is not None,
    }
    return render(request, "portal/accounts/set_up.html", context)


@_signed_in("POST")
def renew_codes(request: HttpRequest, seen: Seen) -> HttpResponse:
    """Other recovery codes, for a code."""
    return _for_a_code(
        request,
        seen,
        lambda: _codes(
            request,
            keeping.renew_codes(_user_id(request), by=sign_ins.actor(request.user), now=timezone.now()),
        ),
    )


@_signed_in("POST")
def turn_off(request: HttpRequest, seen: Seen) -> HttpResponse:
    """No second factor any more, for a code; not for people of ours."""

    def off() -> HttpResponse:
        try:
            keeping.turn_off(_user_id(request), sign_in_id=seen.sign_in_id, now=timezone.now())
        except Forbidden:
            return refusals.forbidden(request)
        request.session.cycle_key()
        messages.success(request, _("The second factor is turned off."))
        return HttpResponseRedirect("/profile/")

    return _for_a_code(request, seen, off)


def _for_a_code(request: HttpRequest, seen: Seen, then: Callable[[], HttpResponse]) -> HttpResponse:
    if seen.second_factor != "passed":
        return HttpResponseRedirect("/")
    form = CodeForm(request.POST)
    if form.is_valid() and _right(request, form):
        return then()
    messages.error(request, " ".join(str(text) for texts in form.errors.values() for text in texts))
    return HttpResponseRedirect("/profile/")


def _right(request: HttpRequest, form: CodeForm) -> bool:
    user_id, now = _user_id(request), timezone.now()
    keys = [("second-factor", str(user_id))]
    if not tries.take(keys, now):
        form.add_error("code", _("Too many failed tries; wait a few minutes."))
        return False
    if not keeping.check(user_id, form.cleaned_data["code"], now):
        form.add_error("code", _("This code is wrong, too old, or was used already."))
        return False
    tries.give_back(keys)
    return True


def _codes(request: HttpRequest, told: list[str]) -> HttpResponse:
    return render(request, "portal/accounts/recovery_codes.html", {"codes": told, "next": _next(request)})


def _user_id(request: HttpRequest) -> int:
    user_id: Any = request.user.pk
    return int(user_id)


def _next(request: HttpRequest) -> str:
    """Where the way leads on: on our own host, else to the first page."""
    told = request.POST.get("next") or request.GET.get("next") or "/"
    return told if url_has_allowed_host_and_scheme(told, allowed_hosts=None) else "/"
