"""A request id for every answer and log line, and the headers that keep a page to itself."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable
from time import perf_counter

import structlog
from django.http import HttpRequest, HttpResponseBase

from logix_server.portal import metrics

HEADER = "X-Request-ID"
_GIVEN = re.compile(r"[A-Za-z0-9._-]{8,64}")
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
log = structlog.get_logger(__name__)


class RequestIdMiddleware:
    """Takes over a proxy's request id where it is one, else makes one; logs each request once."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        given = request.headers.get(HEADER, "")
        request_id = given if _GIVEN.fullmatch(given) else secrets.token_hex(8)
        with structlog.contextvars.bound_contextvars(request_id=request_id):
            request.request_id = request_id  # type: ignore[attr-defined]  # told on the page of a failure
            begun = perf_counter()
            response = self._get_response(request)
            seconds = perf_counter() - begun
            if request.path != "/healthz":
                log.info(
                    "request",
                    method=request.method,
                    path=request.path[:200],
                    status=response.status_code,
                    ms=round(seconds * 1e3),
                )
        response.headers[HEADER] = request_id
        method = request.method if request.method in _METHODS else "other"
        metrics.REQUESTS.labels(method, response.status_code).inc()
        metrics.SECONDS.observe(seconds)
        return response


class SecureHeadersMiddleware:
    """Nothing from elsewhere is loaded, framed or told; pages of a signed-in user are kept nowhere."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self._get_response(request)
        headers = response.headers
        headers.setdefault(
            "Content-Security-Policy",
            "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none';"
            " frame-ancestors 'none'; form-action 'self'",
        )
        headers.setdefault("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
        if not request.path.startswith("/static/"):
            headers.setdefault("Cache-Control", "no-store")
        return response
