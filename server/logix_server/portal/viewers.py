"""Who looks at a page: asked for once a request."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from django.http import HttpRequest

from logix_server.accounts.access import Viewer, viewer_of

_KEPT: Final = "_logix_viewer"


def viewer_on(request: HttpRequest) -> Viewer | None:
    """The person who sent `request`; None for a stranger, and for a user who is no active person."""
    if not hasattr(request, _KEPT):
        user = getattr(request, "user", None)
        setattr(request, _KEPT, viewer_of(user) if user is not None else None)
    found: Viewer | None = getattr(request, _KEPT)
    return found


def reads(request: HttpRequest, language: str) -> None:
    """Whoever sent `request` is shown everything in that language."""
    viewer = viewer_on(request)
    if viewer is not None:
        setattr(request, _KEPT, replace(viewer, language=language))


def shut_out(request: HttpRequest) -> None:
    """Whoever sent `request` is a stranger to every page: the second factor was not shown yet."""
    setattr(request, _KEPT, None)
