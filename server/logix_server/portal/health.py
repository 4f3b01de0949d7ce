"""Whether this installation works: the database answers, its schema fits, a gateway lives."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

import structlog
from django.db import Error
from django.http import HttpRequest, JsonResponse
from logix_common.clock import Clock

from logix_server.fleet import queries as fleet
from logix_server.schema import missing_migrations

#: A gateway beats every ten seconds; so long without one means that none runs.
FRESH: Final = timedelta(seconds=45)
log = structlog.get_logger(__name__)


def checks(now: datetime) -> dict[str, str]:
    """Each part and "ok", or what is wrong with it in a word."""
    found = {"database": "unreachable", "migrations": "unknown", "gateway": "unknown"}
    try:
        missing = missing_migrations()
        found["database"] = "ok"
        found["migrations"] = "missing" if missing else "ok"
        if not missing:
            beat = fleet.newest_beat()
            found["gateway"] = "ok" if beat is not None and now - beat < FRESH else "silent"
    except Error as error:
        log.warning("health check failed", error=str(error))
    return found


def healthz(_request: HttpRequest, clock: Clock) -> JsonResponse:
    """200 when all is well, else 503; says nothing that a stranger should not know."""
    found = checks(clock.now())
    healthy = all(state == "ok" for state in found.values())
    return JsonResponse(found, status=200 if healthy else 503)
