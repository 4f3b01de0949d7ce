"""The one way in to a page: who looks, whether that role may, and what is shown where the answer is no."""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import wraps
from typing import Concatenate, Final, ParamSpec

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseNotAllowed
from logix_common.errors import IllegalTransition, InvalidInput

from logix_server.accounts.access import Forbidden, NotFound, Viewer
from logix_server.accounts.rights import Right, may
from logix_server.contracts.decisions.coverage import NotCovered
from logix_server.portal import refusals
from logix_server.portal.viewers import viewer_on

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, Viewer, P], HttpResponseBase]
Shown = Callable[Concatenate[HttpRequest, P], HttpResponseBase]
READING: Final = ("GET", "HEAD")
WRITING: Final = ("POST",)


def page(right: Right | None = None, methods: Collection[str] = READING) -> Callable[[View[P]], Shown[P]]:
    """A view that is given its `viewer`, a person whose role has `right`; None: anybody who is a person.

    A stranger is sent to the log-in and comes back; a role without the right is told so (403).
    Of what the view raises, `NotFound` is a page with 404, `Forbidden` 403, `NotCovered` 403 with reasons
    and clauses, `InvalidInput` 400, `IllegalTransition` 409; a form catches the last three itself where its
    writer can put them right.
    """

    def wrap(view: View[P]) -> Shown[P]:
        @wraps(view)
        def shown(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            if request.method not in methods:
                return HttpResponseNotAllowed(list(methods))
            if not request.user.is_authenticated:
                return _to_log_in(request)
            viewer = viewer_on(request)
            if viewer is None:
                return refusals.no_person(request)
            if right is not None and not may(viewer, right):
                return refusals.forbidden(request)
            return _answered(request, lambda: view(request, viewer, *args, **kwargs))

        return shown

    return wrap


def _to_log_in(request: HttpRequest) -> HttpResponse:
    if is_partial(request):  # a part of a page would show the log-in inside it: let the whole page ask
        return HttpResponse(status=401, headers={"HX-Refresh": "true"})
    return redirect_to_login(request.get_full_path(), "login")


def _answered(request: HttpRequest, view: Callable[[], HttpResponseBase]) -> HttpResponseBase:
    try:
        return view()
    except NotFound:
        return refusals.not_found(request)
    except Forbidden:
        return refusals.forbidden(request)
    except NotCovered as refusal:
        return refusals.not_covered(request, refusal.reasons)
    except InvalidInput as error:
        return refusals.bad_request(request, error)
    except IllegalTransition as error:
        return refusals.conflict(request, error)


def is_partial(request: HttpRequest) -> bool:
    """Whether htmx asks for a part of the page, which is then all that is answered."""
    return request.headers.get("HX-Request") == "true" and "HX-Boosted" not in request.headers
