"""Between sign-in and pages: a session that is over is none, and without the second factor nobody passes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final
from urllib.parse import urlencode

from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone

from logix_server.accounts.sign_in import sign_ins
from logix_server.accounts.sign_in.sign_ins import SESSION_KEY, Seen
from logix_server.portal.pages import is_partial
from logix_server.portal.viewers import shut_out

#: What a person may reach before the second factor: the pages that ask for it, the way out, and those whose
#: link is a right of its own, for anybody who holds it.
OPEN: Final = frozenset(
    {
        *("second-factor", "second-factor-set-up", "logout", "language", "healthz"),
        *("page-acknowledge", "choose-password"),
    }
)
_KEPT: Final = "_logix_sign_in"


class GateMiddleware:
    """Stands right behind Django's authentication, before anything asks who looks."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.user.is_authenticated:
            seen = sign_ins.look(
                request.session.get(SESSION_KEY),
                request.user.pk,
                timezone.now(),
                active=not _by_itself(request),
            )
            if seen is None:
                logout(request)  # the page then asks for a log-in, where it asks for one at all
            else:
                setattr(request, _KEPT, seen)
                if not passed(seen):
                    shut_out(request)  # no view takes this for a person, whatever way leads to it
        return self._get_response(request)

    def process_view(self, request: HttpRequest, *_view: Any) -> HttpResponse | None:
        """Nothing but the pages that ask for the second factor."""
        seen = seen_on(request)
        match = request.resolver_match
        if seen is None or passed(seen) or (match is not None and match.view_name in OPEN):
            return None
        if is_partial(request):
            return HttpResponse(status=401, headers={"HX-Refresh": "true"})
        back = request.get_full_path() if request.method == "GET" else "/"
        where = reverse("second-factor" if seen.second_factor == "ask" else "second-factor-set-up")
        return HttpResponseRedirect(f"{where}?{urlencode({'next': back})}")


def seen_on(request: HttpRequest) -> Seen | None:
    """The session behind `request`; None for a stranger's."""
    seen: Seen | None = getattr(request, _KEPT, None)
    return seen


def passed(seen: Seen) -> bool:
    """Whether nothing more is asked of this session."""
    return seen.second_factor in ("passed", "none")


def let_through(request: HttpRequest) -> None:
    """The second factor was shown: the session goes on under another id."""
    seen = seen_on(request)
    if seen is not None:
        sign_ins.pass_second_factor(seen.sign_in_id, timezone.now())
        request.session.cycle_key()


def _by_itself(request: HttpRequest) -> bool:
    """Whether the page asks by itself whether there is anything new (`portal.live`): nobody did anything."""
    return is_partial(request) and "If-None-Match" in request.headers
