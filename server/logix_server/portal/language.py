"""In which language a person sees the pages, and the switch.

Signed in: what was chosen in this session, else what the person is known to read. A stranger: what was
chosen in this browser, else what it asks for, else Turkish.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.utils import translation
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from logix_server.portal.viewers import reads, viewer_on

SESSION_KEY: Final = "language"
_YEAR: Final = 365 * 86_400


class LanguageMiddleware:
    """Stands behind Django's own, which knows neither sessions nor persons."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.user.is_authenticated:
            viewer = viewer_on(request)
            chosen = request.session.get(SESSION_KEY) or (viewer.language if viewer else "")
            if chosen in _known():
                translation.activate(chosen)
                reads(request, chosen)
                request.LANGUAGE_CODE = chosen
        response = self._get_response(request)
        response.headers.setdefault("Content-Language", translation.get_language() or "tr")
        return response


@require_POST
def choose(request: HttpRequest) -> HttpResponse:
    """Take over `language` and go back to `next`, which lies on our own host, else to the first page."""
    chosen, back = request.POST.get("language", ""), request.POST.get("next", "/")
    if not url_has_allowed_host_and_scheme(back, allowed_hosts=None):
        back = "/"
    response = HttpResponseRedirect(back)
    if chosen not in _known():
        return response
    if request.user.is_authenticated:
        request.session[SESSION_KEY] = chosen
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        chosen,
        max_age=_YEAR,
        samesite="Lax",
        secure=bool(settings.SESSION_COOKIE_SECURE),
        httponly=True,
    )
    return response


def _known() -> set[str]:
    return {code for code, _name in settings.LANGUAGES}
