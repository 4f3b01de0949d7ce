"""What every page shows around its own: navigation, language, who is signed in, version."""

from __future__ import annotations

import json
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from typing import Any, Final

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import get_language

from logix_server.portal.navigation import links
from logix_server.portal.viewers import viewer_on

#: htmx under a policy that knows neither inline script nor inline style; no page is kept in the browser.
HTMX: Final = json.dumps(
    {
        "allowEval": False,
        "allowScriptTags": False,
        "includeIndicatorStyles": False,
        "historyCacheSize": 0,
        "historyRestoreAsHxRequest": False,
        "selfRequestsOnly": True,
        "timeout": 30_000,
        "responseHandling": [
            {"code": "[23]04", "swap": False},  # nothing new
            {"code": "[23]..", "swap": True},
            {"code": "[45]..", "swap": False, "error": True},
        ],
    }
)


@cache
def product_version() -> str:
    """The version of this server; "" where it runs from a folder that was never installed."""
    try:
        return version("logix-support")
    except PackageNotFoundError:
        return ""


def layout(request: HttpRequest) -> dict[str, Any]:
    """The context processor of the base layout."""
    if request.path.startswith("/admin/"):
        return {}
    viewer = viewer_on(request)
    return {
        "viewer": viewer,
        "navigation": links(viewer, request.path) if viewer else [],
        "language": (get_language() or "tr")[:2],
        "languages": settings.LANGUAGES,
        # where a change of language leads back to
        "here": request.get_full_path() if request.method in ("GET", "HEAD") else "/",
        "product_version": product_version(),
        "htmx_config": HTMX,
    }
