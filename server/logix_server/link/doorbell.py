"""Notice soon that there is something to look at: orders, revocations, streams replaced elsewhere.

A ring may be lost; the slow poll finds what it was about. Rings that come close together are one look.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any, Final

import psycopg
import structlog
from django.db import connection
from logix_common.clock import Clock
from logix_common.errors import Refused

from logix_server.fleet.doorbell import CHANNEL
from logix_server.link.ingest import Ingest

WATCH_SECONDS: Final = 0.3  # how often SQLite is asked whether somebody else has committed
POLL_SECONDS: Final = 5.0
RECONNECT_SECONDS: Final = 2.0
#: After a look that took t seconds the next comes t times this later: looking never eats the writer.
_REST: Final = 20.0
#: ... but not by more: a look that waited behind a slow commit must not put off a revocation.
_MOST_REST: Final = 2.0
_CONNECT_OPTIONS: Final = ("sslmode", "sslrootcert", "service", "passfile")
log = structlog.get_logger(__name__)


class Doorbell:
    """Calls `look` once after every ring, and every few seconds without one."""

    def __init__(self, clock: Clock, ingest: Ingest, look: Callable[[], Awaitable[None]]) -> None:
        self._clock = clock
        self._ingest = ingest
        self._look = look
        self._rung = asyncio.Event()
        self.tasks: list[asyncio.Task[None]] = []  # which never end by themselves

    def ring(self) -> None:
        """Look soon; on the loop's thread."""
        self._rung.set()

    def start(self) -> None:
        """Start listening; on the loop."""
        watch = self._watch_sqlite if connection.vendor == "sqlite" else self._listen_postgres
        for work in (watch, self._poll, self._answer):
            self.tasks.append(asyncio.create_task(work()))

    async def stop(self) -> None:
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)

    async def _answer(self) -> None:
        while True:
            await self._rung.wait()
            self._rung.clear()
            begun = self._clock.monotonic()
            try:
                await self._look()
            except Refused as error:
                log.warning("could not look for work", reason=error.reason)
            except Exception as error:  # looking goes on, whatever one look met
                log.error("could not look for work", exc_info=error)
            rest = (self._clock.monotonic() - begun) * _REST
            await self._clock.sleep(min(max(0.05, rest), _MOST_REST))

    async def _poll(self) -> None:
        while True:
            self.ring()
            await self._clock.sleep(POLL_SECONDS)

    async def _watch_sqlite(self) -> None:
        """Ring when another connection has committed; the writer's own commits do not count here."""
        last: int | None = None
        while True:
            try:
                version = await self._ingest.read(_data_version)
            except Exception as error:  # the slow poll finds meanwhile what is not rung for
                log.warning("could not watch the database", error=str(error))
            else:
                if version != last:
                    last = version
                    self.ring()
            await self._clock.sleep(WATCH_SECONDS)

    async def _listen_postgres(self) -> None:
        while True:
            try:
                async with await psycopg.AsyncConnection.connect(
                    **_parameters(), autocommit=True
                ) as listener:
                    await listener.execute(f"LISTEN {CHANNEL}")
                    self.ring()  # what was rung while nobody listened
                    async for _ in listener.notifies():
                        self.ring()
            except (psycopg.Error, OSError) as error:
                log.warning("doorbell lost, connecting again", error=str(error))
            await self._clock.sleep(RECONNECT_SECONDS)


def _data_version(_now: datetime) -> int:
    with connection.cursor() as cursor:
        row: tuple[int] = cursor.execute("PRAGMA data_version").fetchone()
    return row[0]


def _parameters() -> dict[str, Any]:
    """How Django would connect, without what is only Django's."""
    settings = connection.settings_dict
    named = {
        "dbname": settings["NAME"],
        "user": settings["USER"],
        "password": settings["PASSWORD"],
        "host": settings["HOST"],
        "port": settings["PORT"],
    }
    options: dict[str, Any] = settings.get("OPTIONS", {})
    passed = {key: options[key] for key in _CONNECT_OPTIONS if key in options}
    return {key: value for key, value in named.items() if value} | passed
