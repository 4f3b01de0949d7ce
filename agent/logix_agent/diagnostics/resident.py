"""The resident part: has bundles made, one at a time, and does not rest until the server has them."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import logging
from collections import deque
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final, TypeVar

from grpc import aio
from logix_common import reasons
from logix_common.clock import Clock
from logix_common.errors import LogixError, Refused

from logix_agent.config import AgentConfig
from logix_agent.diagnostics import child
from logix_agent.diagnostics.facts import Asked, Bundle
from logix_agent.diagnostics.store import BundleStore
from logix_agent.link.disk_thread import DiskThread
from logix_agent.link.upload import Upload

log = logging.getLogger(__name__)
ResultT = TypeVar("ResultT")

FOLDER: Final = "diagnostics"
#: Seconds to the first further try, at most between two, and after which the server has forgotten the order.
_FIRST_WAIT: Final = 2.0
_LONGEST_WAIT: Final = 300.0
_RARELY: Final = 3_600.0  # where waiting will hardly help
_PATIENCE: Final = 7 * 86_400.0
#: How often a bundle is made that the disk does not take, or that the server finds not to be as announced.
_MOST_MADE: Final = 3
_DISK_SECONDS: Final = 30.0
#: Bundles of a day; whoever orders more (our server orders 20) wears out the machine.
MOST_A_DAY: Final = 48
_DAY: Final = 86_400.0


class Diagnostics:
    """`make` makes a bundle at a path (`child.make`)."""

    def __init__(
        self,
        config: AgentConfig,
        clock: Clock,
        channel: Callable[[], aio.Channel],
        make: Callable[[AgentConfig, Clock, Asked, Path], Awaitable[Bundle]] = child.make,
    ) -> None:
        self._config = config
        self._clock = clock
        self._channel = channel
        self._make = make
        self._store = BundleStore(config.state_dir / FOLDER)
        self._disk = DiskThread("diagnostics")
        self._made: deque[float] = deque(maxlen=MOST_A_DAY)  # when the last ones were begun
        self._one = asyncio.Lock()  # a machine in trouble is not looked at twice at once

    async def deliver(self, order_id: bytes, asked: Asked) -> str:
        """Return, with a word for the server, when it has stored a bundle for the order.

        Raises `LogixError` where it does not want one any more, or none can be made, `OSError` where no
        disk and no memory takes it.
        """
        problem: LogixError | OSError = LogixError("no diagnostics were made")
        async with self._one:
            for number in range(_MOST_MADE):
                try:
                    return await self._made_and_sent(order_id, asked, elsewhere=number > 0)
                except Refused as refused:
                    if refused.reason != reasons.UPLOAD_REFUSED:
                        raise
                    problem = refused
                except (child.NoBundle, OSError) as error:
                    # Often the disk is the very fault: the next try is made in memory.
                    problem, self._disk = error, DiskThread("diagnostics")
                log.warning("a bundle did not come about", extra={"error": str(problem)})
        raise problem

    async def _made_and_sent(self, order_id: bytes, asked: Asked, *, elsewhere: bool) -> str:
        place = functools.partial(self._store.place, order_id, elsewhere=elsewhere)
        path = await self._on_disk(place)
        try:
            bundle = await self._bundle(path, asked)
            await self._send(order_id, path, bundle)
        except Refused:
            await self._on_disk(functools.partial(self._store.forget, path))
            raise
        with contextlib.suppress(OSError):  # it is forgotten in a day at the latest
            await self._on_disk(functools.partial(self._store.forget, path))
        return f"{bundle.size} bytes"

    async def _bundle(self, path: Path, asked: Asked) -> Bundle:
        bundle = await self._on_disk(functools.partial(self._store.ready, path))
        if bundle is None:
            now = self._clock.monotonic()
            if len(self._made) == MOST_A_DAY and now - self._made[0] < _DAY:
                raise LogixError(f"{MOST_A_DAY} bundles were made within a day")
            self._made.append(now)
            log.info("collecting diagnostics", extra={"ticket": asked.ticket})
            bundle = await self._make(self._config, self._clock, asked, path)
            await self._on_disk(functools.partial(self._store.made, path, bundle))
        return bundle

    async def _send(self, order_id: bytes, path: Path, bundle: Bundle) -> None:
        """Try until it is stored. Raises `Refused` where trying again is of no use, or for too long."""
        give_up, wait = self._clock.monotonic() + _PATIENCE, _FIRST_WAIT
        digest = bytes.fromhex(bundle.sha256)
        while True:
            try:
                read = functools.partial(self._read, path)
                await Upload(self._channel(), self._clock).run(order_id, bundle.size, digest, read)
                return
            except Refused as refused:
                if refused.reason in (reasons.UPLOAD_UNKNOWN, reasons.UPLOAD_REFUSED):
                    raise
                least = _RARELY if refused.reason in reasons.FINAL_REASONS else refused.retry_after or 0.0
                error = str(refused)
            except LogixError as broken:
                error, least = str(broken), 0.0
            if self._clock.monotonic() > give_up:
                raise Refused(reasons.UPLOAD_UNKNOWN, "nobody has taken it for days")
            wait = min(max(wait * 2, least), max(_LONGEST_WAIT, least))
            log.info("diagnostics wait", extra={"error": error, "next_try_in": wait})
            await self._clock.sleep(wait)

    async def _read(self, path: Path, offset: int, size: int) -> bytes:
        return await self._on_disk(functools.partial(self._store.read, path, offset, size))

    async def _on_disk(self, work: Callable[[], ResultT]) -> ResultT:
        return await self._disk.call_within(self._clock, _DISK_SECONDS, work)
