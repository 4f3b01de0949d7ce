"""The link: keeps a stream to the server, whatever happens, and says how it stands."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any, Final

from logix_common import reasons
from logix_common.clock import Clock, to_microseconds
from logix_common.errors import LogixError, Refused

from logix_agent.link import codec, module_codec, order_codec
from logix_agent.link.backoff import Attempt, Ended, Rng, after
from logix_agent.link.channel import Disconnected
from logix_agent.link.connector import Connector, LinkSettings, Opened
from logix_agent.link.disk_thread import Keeper
from logix_agent.link.enrolment import EnrolmentCall
from logix_agent.link.expired import ExpiredRenewal
from logix_agent.link.identity import IdentityStore
from logix_agent.link.identity_facts import Device
from logix_agent.link.kernel_random import KernelRandom
from logix_agent.link.link_status import LinkStatus
from logix_agent.link.orders import OrderTable
from logix_agent.link.renewal import Pace, Renewal
from logix_agent.link.reports import Reports
from logix_agent.link.server_time import ServerTime
from logix_agent.link.statements import Statements
from logix_agent.link.stream import Stream
from logix_agent.modules.facts import SignedStatement

log = logging.getLogger(__name__)

_HANDOVER_SECONDS: Final = 20.0
_MAX_ERRANDS: Final = 64


@dataclass(frozen=True)
class LinkParts:
    """What the link works with."""

    store: IdentityStore
    reports: Reports
    orders: OrderTable
    clock: Clock
    renew_wanted: asyncio.Event
    want_full_state: Callable[[], None]
    keep: Keeper
    rng: Rng = field(default_factory=KernelRandom)
    modules: Statements | None = None


class Link:
    """`run` never ends by itself; cancelling it closes the stream."""

    def __init__(self, device: Device, settings: LinkSettings, parts: LinkParts) -> None:
        self._settings = settings
        self._parts = parts
        self._clock = parts.clock
        self._store = parts.store
        self._connector = Connector(
            device,
            settings,
            parts.store,
            parts.reports,
            parts.clock,
            keep=parts.keep,
            module_counter=lambda: parts.modules.counter if parts.modules else 0,
            heard=self._heard,
        )
        self.bulk_channel = self._connector.bulk_channel
        self._server_time: ServerTime | None = None
        self._renewal = Renewal(
            parts.store, parts.keep, parts.clock, lambda: self._server_time, parts.renew_wanted
        )
        self._pace = Pace()
        self._expired = ExpiredRenewal(
            parts.store,
            self._connector,
            EnrolmentCall(parts.clock, settings.channel),
            self._pace,
            keep=parts.keep,
            server_time=lambda: self._server_time,
            refused=self._refused,
        )
        self._stream: Stream | None = None
        self._welcomed_at: float | None = None
        self._no_handover = asyncio.Event()
        self._no_handover.set()
        self._errands: set[asyncio.Task[None]] = set()
        self.status = LinkStatus()

    async def run(self) -> None:
        """Connect, serve, wait, again."""
        failures = 0
        try:
            while True:
                attempt = await self._attempt(failures)
                if attempt is None:
                    failures += 1
                    continue
                wait = after(self._settings.backoff, failures, attempt, self._parts.rng)
                failures = wait.failures
                self.status.next_try_us = self._now_us() + round(wait.delay * 1_000_000)
                seconds = round(wait.delay, 1)
                log.info("the link is down", extra={"error": self.status.last_error, "next_try_in": seconds})
                await self._clock.sleep(wait.delay)
        finally:
            for errand in self._errands:
                errand.cancel()

    async def check_statement(self, signed: SignedStatement) -> None:
        """Raise `LogixError` unless a key that this device trusts has signed the module statement."""
        await self._connector.check_statement(signed)

    def tell_modules(self) -> None:
        """Tell the server of the modules, if it can be told now; every new stream begins with that anyway."""
        if self._stream is not None:
            self._tell_modules(self._stream)

    def _tell_modules(self, stream: Stream) -> None:
        report = self._parts.modules.report() if self._parts.modules else None
        if report is not None:
            stream.say(module_codec.report(report))

    async def drain(self, seconds: float) -> None:
        """Give a standing stream so long to deliver what waits."""
        if self._stream is not None:
            await self._stream.drain(seconds)

    async def _attempt(self, failures: int) -> Attempt | None:
        """Hold a stream as long as it lasts; None = try again at once, with a new certificate."""
        self._welcomed_at = None
        self.status.tries += 1
        try:
            await self._hold(self._welcomed(await self._connector.connect()))
        except (Refused, Disconnected) as error:
            attempt = self._ended(error)
            return None if await self._expired.renewed_because(error, failures) else attempt
        except (LogixError, OSError) as error:
            self.status.last_error = str(error)
        finally:
            if self.status.connected:
                self.status.connected, self.status.since_us = False, self._now_us()
        return Attempt(Ended.NOT_REACHED)

    def _ended(self, error: Refused | Disconnected) -> Attempt:
        self.status.last_error = str(error)
        self.status.reason = error.reason if isinstance(error, Refused) else ""
        stood = 0.0 if self._welcomed_at is None else self._clock.monotonic() - self._welcomed_at
        if isinstance(error, Refused) and error.reason in reasons.FINAL_REASONS:
            ended = Ended.REFUSED_FOR_GOOD
        elif self._welcomed_at is not None:
            ended = Ended.LOST
        else:
            ended = Ended.REFUSED if isinstance(error, Refused) else Ended.NOT_REACHED
        return Attempt(ended, stood, error.retry_after)

    def _welcomed(self, opened: Opened) -> Stream:
        welcome = opened.welcome
        self._tell_time(welcome.server_time_us)
        self._welcomed_at = self._clock.monotonic()
        self._renewal.renew_at_us = welcome.renew_at_us
        if welcome.renew_now:
            self._parts.renew_wanted.set()
        if welcome.trust is not None:
            self._errand(self._take_trust(welcome.trust))
        if welcome.want_full_state:
            self._parts.want_full_state()
        status = self.status
        status.connected, status.since_us, status.next_try_us = True, self._now_us(), 0
        status.last_error = status.reason = ""
        status.certificate_not_after_us = opened.credential.not_after_us
        status.trust_version = self._connector.trust.version
        status.renewals += opened.renewed
        self._errand(self._keep_server_time(welcome.server_time_us))
        self._tell_modules(opened.stream)
        log.info("connected", extra={"server": self._connector.device.server.host})
        return opened.stream

    async def _hold(self, stream: Stream) -> None:
        """Serve `stream`, and its successors after renewals, until the last one breaks."""
        try:
            while True:
                self._stream = stream
                successor = await self._succeeded(stream)
                await stream.close()
                stream = self._welcomed(successor)
        finally:
            self._stream = None
            await stream.close()

    async def _succeeded(self, stream: Stream) -> Opened:
        """Serve `stream` until renewal has opened the next one; raises when it breaks before."""
        serving = asyncio.ensure_future(stream.serve())
        renewing = asyncio.ensure_future(self._successor(stream))
        try:
            await asyncio.wait((serving, renewing), return_when=asyncio.FIRST_COMPLETED)
            # The server may close the old stream before we have read the Welcome on the new one.
            await self._no_handover.wait()
            if not renewing.done():
                serving.result()
            return await renewing
        finally:
            for task in (serving, renewing):
                task.cancel()
            await asyncio.gather(serving, renewing, return_exceptions=True)

    async def _successor(self, stream: Stream) -> Opened:
        """Wait until renewal is due, renew, and return the stream that the new certificate opened."""
        failures = 0
        while True:
            await self._renewal.due()
            await self._clock.sleep(self._pace.rest(self._clock.monotonic()))
            try:
                if self._store.candidate() is None:
                    await self._renewal.ask(stream, self._connector.device, self._connector.trust)
                    self._pace.note(self._clock.monotonic())
                return await self._hand_over(stream)
            except (LogixError, OSError, TimeoutError) as error:
                log.error("the certificate could not be renewed", extra={"error": str(error)})
            policy = self._settings.renewal_backoff
            wait = after(policy, failures, Attempt(Ended.NOT_REACHED), self._parts.rng)
            failures = wait.failures
            await self._clock.sleep(wait.delay)
            self._parts.renew_wanted.set()

    async def _hand_over(self, stream: Stream) -> Opened:
        """The second phase: the candidate connects before the old stream is dropped."""
        self._no_handover.clear()
        try:
            await stream.pause(_HANDOVER_SECONDS)
            opened = await self._connector.with_candidate()
            if opened is None:
                raise LogixError("the server does not take the renewed certificate")
            self._parts.renew_wanted.clear()
            return opened
        except BaseException:  # a cancelled hand-over, too, must let the old stream go on
            stream.resume()
            raise
        finally:
            self._no_handover.set()

    def _refused(self, refused: Refused) -> None:
        self.status.last_error, self.status.reason = str(refused), refused.reason

    def _heard(self, stream: Stream, facts: codec.ServerFacts) -> None:
        if isinstance(facts, codec.AckFacts):
            self.status.last_acknowledged_us = self._now_us()
            if facts.want_full_state:
                self._parts.want_full_state()
        elif isinstance(facts, codec.HeartbeatReplyFacts):
            self._tell_time(facts.server_time_us)
        elif isinstance(facts, codec.IssuedFacts):
            self._renewal.answered(facts)
        elif isinstance(facts, order_codec.OrderFacts):
            self._errand(self._obey(stream, facts))
        elif isinstance(facts, codec.TrustFacts):
            self._errand(self._take_trust(facts))
        elif isinstance(facts, SignedStatement) and self._parts.modules is not None:
            self._errand(self._parts.modules.take(facts))

    async def _obey(self, stream: Stream, order: order_codec.OrderFacts) -> None:
        answer = await self._parts.orders.obey(order)
        if answer is not None:
            stream.say(order_codec.order_result(answer.order_id, answer.outcome, answer.detail))

    async def _take_trust(self, told: codec.TrustFacts) -> None:
        try:
            await self._connector.take_trust(told)
        except (LogixError, OSError, TimeoutError) as error:
            log.error("a new trust bundle was not taken", extra={"error": str(error)})
            return
        self.status.trust_version = version = self._connector.trust.version
        if self._parts.modules is not None:
            self._errand(self._parts.modules.try_again())
        if self._stream is not None:  # a rotation waits to know it
            clock = self._clock
            boottime_us = round(clock.monotonic() * 1_000_000)
            self._stream.say(codec.heartbeat(to_microseconds(clock.now()), boottime_us, version))

    async def _keep_server_time(self, server_us: int) -> None:
        with contextlib.suppress(OSError):
            await self._parts.keep(lambda: self._store.keep_server_time(server_us))

    def _errand(self, work: Coroutine[Any, Any, None]) -> None:
        if len(self._errands) >= _MAX_ERRANDS:
            work.close()
            return
        task = asyncio.ensure_future(work)
        self._errands.add(task)
        task.add_done_callback(self._errand_done)

    def _errand_done(self, task: asyncio.Task[None]) -> None:
        self._errands.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("an order of the server went wrong", exc_info=error)

    def _tell_time(self, server_us: int) -> None:
        self._server_time = ServerTime(server_us, self._clock.monotonic())
        self.status.server_time_us = server_us

    def _now_us(self) -> int:
        return to_microseconds(self._clock.now())
