"""Whether this installation works: the database answers, its schema fits, a gateway lives."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

import structlog
from django.db import Error
from django.http import HttpRequest, JsonResponse
from logix_common.clock import Clock

from logix_server.fleet import queries as fleet
from logix_server.schema import missing_migrations

#: A gateway beats every ten seconds; so long without one means that none runs.
FRESH: Final = timedelta(seconds=45)
#: What was found of the schema holds for so long; it changes only by a hand.
SCHEMA_SECONDS: Final = 300.0
log = structlog.get_logger(__name__)


class HealthCheck:
    """The view: 200 when all is well, else 503; says nothing that a stranger should not know."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._fits_until = 0.0

    def __call__(self, _request: HttpRequest) -> JsonResponse:
        found = self.checks()
        healthy = all(state == "ok" for state in found.values())
        return JsonResponse(found, status=200 if healthy else 503)

    def checks(self) -> dict[str, str]:
        """Each part and "ok", or what is wrong with it in a word."""
        found = {"database": "unreachable", "migrations": "unknown", "gateway": "unknown"}
        try:
            fits = self._schema_fits()
            beat = fleet.newest_beat() if fits else None
        except Error as error:
            log.warning("health check failed", error=str(error))
            return found
        found |= {"database": "ok", "migrations": "ok" if fits else "missing"}
        if fits:
            fresh = beat is not None and self._clock.now() - beat < FRESH
            found["gateway"] = "ok" if fresh else "silent"
        return found

    def _schema_fits(self) -> bool:
        """Whether no migration is missing. A yes holds for a while: to look is to load them all."""
        now = self._clock.monotonic()
        if now < self._fits_until:
            return True
        fits = not missing_migrations()
        if fits:
            self._fits_until = now + SCHEMA_SECONDS
        return fits
