"""Parts of a page that keep themselves fresh: sent only where they differ from what the browser shows."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.safestring import mark_safe

from logix_server.portal.pages import is_partial

MARK = "@etag@"


def live(request: HttpRequest, whole: str, part: str, context: Mapping[str, Any]) -> HttpResponse:
    """The page `whole`, or for htmx its `part` alone: 304 where the browser shows the same already.

    Both templates show the part through the variable `part`; the part writes `{{ etag_mark }}` where
    the browser is to find what it sends back as If-None-Match.
    """
    body = render_to_string(part, {**context, "etag_mark": MARK}, request)
    tag = f'"{hashlib.sha256(body.encode()).hexdigest()[:24]}"'
    body = mark_safe(body.replace(MARK, tag.strip('"')))  # noqa: S308  # what a template rendered
    headers = {"ETag": tag, "Vary": "HX-Request"}
    if not is_partial(request):
        return HttpResponse(render_to_string(whole, {**context, "part": body}, request), headers=headers)
    if request.headers.get("If-None-Match", "").strip('"') == tag.strip('"'):
        return HttpResponse(status=304, headers=headers)
    return HttpResponse(body, headers=headers)
