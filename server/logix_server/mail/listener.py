"""Take mails from the mail server beside us by LMTP (RFC 2033) or SMTP (RFC 5321).

Each is answered 250 only once it is durable: whoever gets another answer, or none, keeps it and comes
again. It listens on loopback, without TLS and log-in: the mail server before it is what the world meets.
"""

from __future__ import annotations

import asyncio
import weakref
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any, Final

import structlog
from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import SMTP, Envelope, Session
from django.db import close_old_connections, connections
from logix_common.clock import Clock

from logix_server.blobs import MOST_BYTES, Blobs
from logix_server.config import ServerConfig
from logix_server.mail import inbox
from logix_server.mail.inbox import Arrival
from logix_server.mail.plain import address_or_none

MOST_RECIPIENTS: Final = 100
IDLE_SECONDS: Final = 60.0
_WRITERS: Final = 4
_log = structlog.get_logger(__name__)


class Listener:
    """Listens until stopped. `port` is where, once started."""

    def __init__(self, config: ServerConfig, blobs: Blobs, clock: Clock) -> None:
        self._config = config
        self._desk = _Desk(config, blobs, clock)
        # Counted from the moment it is accepted: many come before the first is told that it is connected.
        self._open: weakref.WeakSet[_Followed] = weakref.WeakSet()
        self._server: asyncio.Server | None = None
        self.port = 0

    async def start(self) -> None:
        """Listen. Raises `OSError` where the port is not to be had."""
        loop = asyncio.get_running_loop()
        config = self._config
        self._server = await loop.create_server(
            self._answering, config.mail_listen_bind, config.mail_listen_port
        )
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Take no more; what is being stored is stored."""
        if self._server is not None:
            self._server.close()
        for answering in list(self._open):
            answering.hang_up()
        await self._desk.close()

    def _answering(self) -> asyncio.Protocol:
        config = self._config
        if len(self._open) >= config.mail_listen_connections:
            return _Busy()
        kind: type[_Followed] = _Lmtp if config.mail_listener == "lmtp" else _Smtp
        answering = kind(
            self._desk,
            data_size_limit=self._desk.most,
            enable_SMTPUTF8=True,
            ident="Logix Support",
            hostname=config.public_host,
            timeout=IDLE_SECONDS,
            loop=asyncio.get_running_loop(),
        )
        answering.followed = self._open
        self._open.add(answering)
        return answering


class _Followed(SMTP):
    """Counts its connection among those that are open."""

    #: Lines of other programs are longer than the 998 characters of RFC 5322, and mails are not lost by it.
    line_length_limit = 100_000
    followed: weakref.WeakSet[_Followed]

    def hang_up(self) -> None:
        if self.transport is not None:
            self.transport.close()

    def connection_lost(self, error: Exception | None) -> None:
        self.followed.discard(self)
        super().connection_lost(error)


class _Smtp(_Followed):
    pass


class _Lmtp(_Followed, LMTP):
    pass


class _Busy(asyncio.Protocol):
    """Too many at once: says so and hangs up."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.WriteTransport)
        transport.write(b"421 4.3.2 too many connections, come again later\r\n")
        transport.close()


class _Desk:
    """What aiosmtpd asks at each step of a mail."""

    def __init__(self, config: ServerConfig, blobs: Blobs, clock: Clock) -> None:
        self._config = config
        self._blobs = blobs
        self._clock = clock
        self._writers = ThreadPoolExecutor(_WRITERS, thread_name_prefix="mail-in")
        self._lately: dict[str, deque[float]] = {}
        self.most = min(config.mail_max_mb * 1024 * 1024, MOST_BYTES)

    async def handle_RCPT(
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Only for our own address, with what a signed one has after "+"."""
        if not is_ours(address, self._config.support_address):
            return "550 5.1.1 no such mailbox here"
        if len(envelope.rcpt_tos) >= MOST_RECIPIENTS:
            return "452 4.5.3 too many recipients"
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 2.1.5 OK"

    async def handle_DATA(self, _server: SMTP, session: Session, envelope: Envelope) -> str:
        """250 once the mail is durable; LMTP has an answer for each recipient (RFC 2033, section 4.2)."""
        answer = await self._stored(session, envelope)
        answers = len(envelope.rcpt_tos) if self._config.mail_listener == "lmtp" else 1
        return "\r\n".join([answer] * answers)

    async def _stored(self, session: Session, envelope: Envelope) -> str:
        if self._too_often(_peer(session)):
            return "451 4.7.1 too many mails, come again later"
        now = self._clock.now()
        content = envelope.original_content or b""
        # aiosmtpd gives the null sender of delivery reports as it is written.
        sender = "" if envelope.mail_from in (None, "<>") else str(envelope.mail_from)
        arrival = Arrival(self._config.mail_listener, now, sender, tuple(envelope.rcpt_tos))
        try:
            await self._in_thread(lambda: self._receive(content, arrival, now))
        except Exception as error:  # a full disk, a database that is away: the mail server keeps the mail
            _log.error("mail cannot be stored", exc_info=error)
            return "451 4.3.0 cannot be stored now, come again later"
        return "250 2.0.0 OK"

    def _receive(self, content: bytes, arrival: Arrival, now: datetime) -> None:
        close_old_connections()
        inbox.receive(content, arrival, self._blobs, now)

    def _too_often(self, peer: str) -> bool:
        """Whether this peer has brought as many mails as a minute allows."""
        at = self._clock.monotonic()
        if len(self._lately) > 10_000:
            self._lately.clear()
        times = self._lately.setdefault(peer, deque())
        while times and times[0] <= at - 60:
            times.popleft()
        if len(times) >= self._config.mail_listen_per_minute:
            return True
        times.append(at)
        return False

    async def _in_thread(self, work: Callable[[], Any]) -> None:
        # Shielded: a peer that hangs up must not end a transaction half way.
        await asyncio.shield(asyncio.get_running_loop().run_in_executor(self._writers, work))

    async def close(self) -> None:
        """Let what is being stored finish."""
        loop = asyncio.get_running_loop()
        closing = [loop.run_in_executor(self._writers, connections.close_all) for _ in range(_WRITERS)]
        await asyncio.gather(*closing)
        self._writers.shutdown()


def is_ours(address: str, support: str) -> bool:
    """Whether a mail to that address is for us."""
    plain = address_or_none(address)
    if plain is None:
        return False
    user, _, domain = plain.rpartition("@")
    return f"{user.partition('+')[0]}@{domain}" == support


def _peer(session: Session) -> str:
    peer = session.peer
    return str(peer[0]) if isinstance(peer, tuple) else "local"
