"""Two streams of one device: a reconnect, a renewal's hand-over, or a clone of the unit?"""

from __future__ import annotations

import asyncio
import secrets
from functools import partial
from typing import Any, Final

import structlog
from logix_common.clock import Clock
from logix_common.errors import Refused
from logix_common.reasons import IDENTITY_CONFLICT, REPLACED_BY_NEWER_STREAM

from logix_server.fleet import actions as fleet
from logix_server.fleet.facts import Contested, Replaced
from logix_server.link import replies
from logix_server.link.ingest import Ingest
from logix_server.link.streams import Registry, Stream

PONG_SECONDS: Final = 10.0
log = structlog.get_logger(__name__)


class Contests:
    """Asks the older stream whether it lives, and acts on the answer."""

    def __init__(self, clock: Clock, ingest: Ingest, registry: Registry, gateway_id: str) -> None:
        self._clock = clock
        self._ingest = ingest
        self._registry = registry
        self._gateway_id = gateway_id
        self._tasks: set[asyncio.Task[Any]] = set()

    def after_admission(self, contested: Contested, newer: Stream) -> None:
        """A stream was admitted in the place of an older one, which may be ours."""
        if contested.gateway_id == self._gateway_id:
            self._begin(contested.stream_id, newer.stream_id, same_certificate=contested.same_certificate)

    def replaced(self, told: Replaced) -> None:
        """Another gateway has admitted a newer stream in the place of one of ours."""
        self._begin(told.stream_id, told.by_stream_id, same_certificate=told.same_certificate)

    def _begin(self, older_id: str, newer_id: str, *, same_certificate: bool) -> None:
        older = self._registry.get(older_id)
        if older is None or older.contested or older.device is None:
            return
        older.contested = True
        if not same_certificate:
            older.end(Refused(REPLACED_BY_NEWER_STREAM, "a stream with a newer certificate stands"))
            return
        task = asyncio.create_task(self._ask(older, older.device.unit_id, newer_id))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _ask(self, older: Stream, unit_id: int, newer_id: str) -> None:
        replaced = Refused(REPLACED_BY_NEWER_STREAM, "a newer stream of this device stands")
        if not await self._answers(older):
            older.end(replaced)
            return
        detail = {
            "older_stream": older.stream_id,
            "newer_stream": newer_id,
            "certificate": older.certificate_serial,
        }
        declare = partial(fleet.declare_conflict, unit_id, detail, old_stream_id=older.stream_id)
        try:
            conflict = await self._ingest.write(lambda now: declare(now=now))
        except Refused as error:
            older.end(error)
            return
        if not conflict:
            older.end(replaced)
            return
        log.warning("identity conflict", device=older.device_id, **detail)
        for stream in self._registry.of_unit(unit_id):
            stream.end(Refused(IDENTITY_CONFLICT, "two live streams of one identity; an operator decides"))

    async def _answers(self, older: Stream) -> bool:
        """Whether the older stream sends back our nonce in time."""
        nonce = secrets.token_bytes(16)
        answer: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        older.pong = (nonce, answer)
        older.push(replies.ping(nonce))
        timeout = asyncio.create_task(self._clock.sleep(PONG_SECONDS))
        try:
            waiting: tuple[asyncio.Future[Any], ...] = (answer, timeout)
            await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
            return answer.done() and answer.result()
        finally:
            timeout.cancel()
            await asyncio.gather(timeout, return_exceptions=True)

    async def stop(self) -> None:
        """End what is still being asked."""
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
