"""The first page."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from logix_server.accounts.access import Viewer
from logix_server.portal.navigation import home
from logix_server.portal.pages import page


@page()
def start(_request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """To where a person of this role begins."""
    return HttpResponseRedirect(home(viewer))
