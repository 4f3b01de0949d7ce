"""Certificate renewal: when it is due, and the two phases of it."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from typing import Final

from logix_common.clock import Clock
from logix_common.errors import LogixError

from logix_agent.link import certificates, codec
from logix_agent.link.channel import Disconnected
from logix_agent.link.deadline import within, woken
from logix_agent.link.disk_thread import Keeper
from logix_agent.link.enrolment import keep_issued
from logix_agent.link.identity import IdentityStore
from logix_agent.link.identity_facts import Device, Trust
from logix_agent.link.server_time import ServerTime
from logix_agent.link.stream import Stream

log = logging.getLogger(__name__)

ANSWER_SECONDS: Final = 60.0
#: The longest sleep before the time is looked at again: the server's clock may be set, too.
_LOOK_SECONDS: Final = 3600.0


class Pace:
    """At most `most` renewals in `seconds`, whatever the server says: each costs both ends a signature."""

    def __init__(self, most: int = 5, seconds: float = 3600.0) -> None:
        self._most = most
        self._seconds = seconds
        self._moments: deque[float] = deque(maxlen=most)

    def note(self, now: float) -> None:
        """One came about at `now` (monotonic)."""
        self._moments.append(now)

    def rest(self, now: float) -> float:
        """Seconds until the next may begin."""
        if len(self._moments) < self._most:
            return 0.0
        return max(0.0, self._moments[0] + self._seconds - now)


class Renewal:
    """Renews over a standing stream. `wanted` set = now, whatever the time."""

    def __init__(
        self,
        store: IdentityStore,
        keep: Keeper,
        clock: Clock,
        server_time: Callable[[], ServerTime | None],
        wanted: asyncio.Event,
    ) -> None:
        self._store = store
        self._keep = keep
        self._clock = clock
        self._server_time = server_time
        self._wanted = wanted
        self._answer: asyncio.Future[codec.IssuedFacts] | None = None
        #: Server time in µs at which to renew, 0 = not told.
        self.renew_at_us = 0

    def answered(self, issued: codec.IssuedFacts) -> None:
        """The server's answer has come."""
        if self._answer is not None and not self._answer.done():
            self._answer.set_result(issued)

    async def due(self) -> None:
        """Return when it is time."""
        while not self._wanted.is_set():
            seconds = self._seconds_left()
            if seconds <= 0:
                return
            await woken(self._clock, min(seconds, _LOOK_SECONDS), self._wanted)

    async def ask(self, stream: Stream, device: Device, trust: Trust) -> None:
        """Get a certificate for a fresh key and keep it as the candidate.

        Raises `Disconnected`, `LogixError` (refused, not ours), `OSError` (the disk takes no candidate,
        which then must not be used: a crash would lose it after the server dropped the old one).
        """
        request = await certificates.signing_request(self._store.pending_key() or "")
        await self._keep(lambda: self._store.keep_pending_key(request.key_pem))
        self._answer = asyncio.get_running_loop().create_future()
        try:
            stream.say(codec.renewal(request.csr_der))
            issued = await within(self._clock, ANSWER_SECONDS, self._answer)
        except TimeoutError:
            raise Disconnected(f"no certificate within {ANSWER_SECONDS:g} s") from None
        finally:
            self._answer = None
        if issued.refused:
            await self._keep(self._store.drop_pending)
            raise LogixError(f"the server refused a new certificate: {issued.refused}")
        chain = issued.chain_pem.decode("ascii", "replace")
        await keep_issued(self._store, device, trust, request.key_pem, chain, keep=self._keep)
        self._wanted.clear()
        self.renew_at_us = 0

    def _seconds_left(self) -> float:
        known = self._server_time()
        if known is None or not self.renew_at_us:
            return _LOOK_SECONDS
        return (self.renew_at_us - known.at(self._clock.monotonic())) / 1_000_000
