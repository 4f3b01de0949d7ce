"""One address for both sides: ours see all of a thing, customers and dealers what is theirs to see."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase

from logix_server.accounts.rights import Right, may
from logix_server.portal.viewers import viewer_on

View = Callable[..., HttpResponseBase]


def by_side(ours: View, theirs: View) -> View:
    """The page of the side that looks; each asks for its rights itself. Strangers are sent to the log-in."""

    def shown(request: HttpRequest, /, *args: str, **kwargs: str) -> HttpResponseBase:
        viewer = viewer_on(request)
        customers = viewer is not None and not may(viewer, Right.SEE_INTERNAL)
        return (theirs if customers else ours)(request, *args, **kwargs)

    return shown
