"""Opens streams: with which certificate, and what to do when the server does not take it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from grpc import aio
from logix_common import reasons
from logix_common.clock import Clock, to_microseconds
from logix_common.diagnostics import CAPABILITY
from logix_common.errors import LogixError, Refused
from logix_common.identifiers import PROTOCOL_MAX, PROTOCOL_MIN

from logix_agent.link import certificates, codec
from logix_agent.link.backoff import BackoffPolicy
from logix_agent.link.channel import ChannelSettings, Disconnected, NotReached, open_channel, reach, target
from logix_agent.link.disk_thread import Keeper
from logix_agent.link.identity import IdentityStore
from logix_agent.link.identity_facts import Credential, Device
from logix_agent.link.reports import Reports
from logix_agent.link.stream import Stream
from logix_agent.modules.facts import SignedStatement

log = logging.getLogger(__name__)

CAPABILITIES: Final = (CAPABILITY, "full-state", "memory-spool", "module-statement", "renewal")
#: A refusal that concerns the certificate shown, and not the device.
_OF_THE_CERTIFICATE: Final = frozenset(
    {reasons.CERTIFICATE_REVOKED, reasons.CERTIFICATE_SUPERSEDED, reasons.CERTIFICATE_EXPIRED}
)


@dataclass(frozen=True)
class LinkSettings:
    """How the link behaves; seconds."""

    agent_version: str
    boot_id: str
    channel: ChannelSettings = field(default_factory=ChannelSettings)
    heartbeat_seconds: float = 30.0
    backoff: BackoffPolicy = field(default_factory=BackoffPolicy)
    renewal_backoff: BackoffPolicy = field(default_factory=lambda: BackoffPolicy(first=60.0, cap=3600.0))


@dataclass(frozen=True)
class Opened:
    """A welcomed stream."""

    stream: Stream
    welcome: codec.WelcomeFacts
    credential: Credential
    renewed: bool  # opened with a candidate, which is now the current certificate


class Connector:
    """One device's way to its server."""

    def __init__(
        self,
        device: Device,
        settings: LinkSettings,
        store: IdentityStore,
        reports: Reports,
        clock: Clock,
        *,
        keep: Keeper,
        module_counter: Callable[[], int],
        heard: Callable[[Stream, codec.ServerFacts], None],
    ) -> None:
        self.device = device
        self.trust = store.trust()
        self._settings = settings
        self._store = store
        self._reports = reports
        self._clock = clock
        self._keep = keep
        self._module_counter = module_counter
        self._heard = heard
        self._one_trust = asyncio.Lock()

    async def connect(self) -> Opened:
        """A stream, with the candidate if there is one. Raises `NotReached`, `Disconnected`, `Refused`."""
        opened = await self.with_candidate()
        if opened is not None:
            return opened
        current = self._store.current()
        if current is None:
            raise LogixError("the identity has no certificate; run logix-agent enrol --again --bundle FILE")
        return await self._open(current)

    async def with_candidate(self) -> Opened | None:
        """A stream with the candidate; None when there is none, or the server will not have it (dropped).

        Once the server has read a Hello under the candidate, the old certificate counts as a clone's;
        so the candidate is given up only where the server names its certificate as the trouble, or
        where TLS takes the old one and not the candidate at the same moment.
        """
        candidate, current = self._store.candidate(), self._store.current()
        if candidate is None:
            return None
        try:
            return await self._open_candidate(candidate)
        except NotReached:
            if current is None or not await self._reaches(current):
                raise
            if await self._reaches(candidate):
                return await self._open_candidate(candidate)
            log.error("TLS takes the old certificate and not the renewed one; going on with the old one")
        except Refused as refused:
            if refused.reason not in _OF_THE_CERTIFICATE:
                raise
            log.error("the server refuses the renewed certificate", extra={"reason": refused.reason})
        await self._keep(self._store.drop_candidate)
        return None

    async def take_trust(self, told: codec.TrustFacts) -> None:
        """Replace the trust bundle by a newer one; raises `LogixError`, `OSError` when it will not do."""
        async with self._one_trust:  # an older one must not overtake a newer one that is being checked
            if told.version <= self.trust.version:
                return
            trust = await certificates.taken_trust(told, self.trust)
            await self._keep(lambda: self._store.keep_trust(trust))
            self.trust = trust
        log.info("the trust bundle was replaced", extra={"version": trust.version})

    async def check_statement(self, signed: SignedStatement) -> None:
        """Raise `LogixError` unless a key of the trust bundle has signed; a bundle under way comes first."""
        async with self._one_trust:
            await certificates.check_statement(signed, self.trust.statement_keys_pem)

    def bulk_channel(self) -> aio.Channel:
        """A channel of its own for what is large; the caller closes it. Raises `LogixError`."""
        current = self._store.current()
        if current is None:
            raise LogixError("the identity has no certificate")
        return self._channel(current)

    async def _open_candidate(self, candidate: Credential) -> Opened:
        opened = await self._open(candidate, renewed=True)
        try:
            await self._keep(self._store.promote_candidate)
        except OSError as error:  # it stays the candidate, and is tried first again
            log.warning("the renewed certificate cannot be made current", extra={"error": str(error)})
        return opened

    async def _open(self, credential: Credential, renewed: bool = False) -> Opened:
        stream = Stream(
            self._channel(credential),
            self._clock,
            self._reports,
            lambda facts: self._heard(stream, facts),
            self._settings.heartbeat_seconds,
        )
        try:
            welcome = await stream.open(self._hello(), self._settings.channel.connect_seconds)
            if not await self._reports.applied(welcome.acknowledged):
                raise Disconnected("the spool is older than what the server has applied; it got a new id")
        except BaseException:  # cancelled, too: nobody else knows this stream
            await stream.close()
            raise
        return Opened(stream, welcome, credential, renewed)

    async def _reaches(self, credential: Credential) -> bool:
        channel = self._channel(credential)
        try:
            await reach(channel, self._clock, self._settings.channel.connect_seconds)
        except NotReached:
            return False
        finally:
            await channel.close()
        return True

    def _channel(self, credential: Credential) -> aio.Channel:
        server = self.device.server
        where = target(server.host, server.gateway_port)
        return open_channel(where, self.trust, credential, self._settings.channel)

    def _hello(self) -> codec.HelloFacts:
        stand = self._reports.stand()
        return codec.HelloFacts(
            agent_version=self._settings.agent_version,
            boot_id=self._settings.boot_id,
            spool_id=stand.spool_id,
            memory_spool_id=stand.memory_spool_id,
            last_acknowledged=stand.last_acknowledged,
            last_written=stand.last_written,
            capabilities=CAPABILITIES,
            trust_version=self.trust.version,
            device_time_us=to_microseconds(self._clock.now()),
            boottime_us=round(self._clock.monotonic() * 1_000_000),
            protocol_min=PROTOCOL_MIN,
            protocol_max=PROTOCOL_MAX,
            module_counter=self._module_counter(),
        )
