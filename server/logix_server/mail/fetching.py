"""Fetch mails from a mailbox by IMAP (RFC 9051), each exactly once, whatever ends us in between.

In this order for each mail: its bytes to the blob port, its row, how far we are (`MailboxPosition`); only
then it is marked as seen and moved to the folder for what is done. A mail that is ours already is only moved.
"""

from __future__ import annotations

import contextlib
import imaplib
import ssl
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, Final

import structlog
from imapclient import IMAPClient, SocketTimeout  # type: ignore[import-untyped]  # has no stubs
from logix_common.errors import LogixError

from logix_server.blobs import MOST_BYTES, Blobs
from logix_server.config import ServerConfig
from logix_server.mail import inbox
from logix_server.mail.inbox import Arrival
from logix_server.mail.models import IncomingMail, MailboxPosition
from logix_server.mail.postman import password, require_private

TIMEOUT: Final = SocketTimeout(connect=30, read=120)
#: A server ends a connection that idles for half an hour (RFC 2177): we look again long before.
IDLE_SECONDS: Final = 120.0
_SLICE: Final = 1.0
_AT_ONCE: Final = 50
_log = structlog.get_logger(__name__)


class MailboxFailed(LogixError):
    """The mailbox cannot be read now."""


class Fetcher:
    """Reads one mailbox. Its methods are called by one thread; `stop` by any."""

    def __init__(self, config: ServerConfig, blobs: Blobs) -> None:
        self._config = config
        self._blobs = blobs
        self._client: Any = None
        self._stopped = threading.Event()
        user = config.imap_user or "-"
        self._name = f"{user}@{config.imap_host}:{config.imap_port}/{config.imap_folder}"[:200]
        self._most = min(config.mail_max_mb * 1024 * 1024, MOST_BYTES)

    def stop(self) -> None:
        """End a wait, soon."""
        self._stopped.set()

    def run(self, now: datetime) -> bool:
        """Take in what is there, then wait where the server tells of new mails; whether to go on at once.

        Raises `MailboxFailed`, and what the blob port raises; what was taken in until then stays.
        """
        with self._ours():
            client = self._client = self._client or self._connected()
            if self._take_in(client, now):
                return not self._stopped.is_set()
            if not client.has_capability("IDLE"):
                return False
            self._idle(client)
            return not self._stopped.is_set()

    def close(self) -> None:
        """End the connection."""
        client, self._client = self._client, None
        if client is not None:
            with contextlib.suppress(OSError, imaplib.IMAP4.error):
                client.logout()

    @contextlib.contextmanager
    def _ours(self) -> Iterator[None]:
        try:
            yield
        except (OSError, imaplib.IMAP4.error) as error:
            client, self._client = self._client, None
            with contextlib.suppress(OSError, imaplib.IMAP4.error, AttributeError):
                client.shutdown()
            raise MailboxFailed(f"{type(error).__name__}: {error}"[:500]) from error

    def _connected(self) -> Any:
        config = self._config
        require_private(config.imap_host, config.imap_security, "imap_security")
        context = ssl.create_default_context()
        secure = config.imap_security == "tls"
        client = IMAPClient(
            config.imap_host, config.imap_port, ssl=secure, ssl_context=context, timeout=TIMEOUT
        )
        if config.imap_security == "starttls":
            client.starttls(context)
        client.normalise_times = False
        client.login(config.imap_user, password(config, config.imap_password_file))
        if not client.folder_exists(config.imap_done_folder):
            client.create_folder(config.imap_done_folder)
        return client

    def _take_in(self, client: Any, now: datetime) -> int:
        """Take in up to `_AT_ONCE` mails; how many there were."""
        validity = int(client.select_folder(self._config.imap_folder)[b"UIDVALIDITY"])
        position = MailboxPosition.objects.filter(name=self._name).first()
        if position is None or position.uid_validity != validity:
            # The server numbers anew: what we have already is known by its bytes.
            position = MailboxPosition(name=self._name, uid_validity=validity, last_uid=0)
        uids = sorted(client.search(["UNDELETED"]))[:_AT_ONCE]
        for uid in uids:
            if self._stopped.is_set():
                break
            if uid > position.last_uid:
                self._receive(client, uid, now)
                position.last_uid = uid
                position.save()
            self._put_away(client, uid)
        return len(uids)

    def _receive(self, client: Any, uid: int, now: datetime) -> None:
        told = client.fetch([uid], ["RFC822.SIZE", "INTERNALDATE"]).get(uid)
        if told is None:
            return  # somebody else moved it
        arrived = told.get(b"INTERNALDATE")
        at = arrived.astimezone(UTC) if isinstance(arrived, datetime) else now
        arrival = Arrival(IncomingMail.Via.IMAP.value, at)
        if told[b"RFC822.SIZE"] > self._most:
            head = client.fetch([uid], ["BODY.PEEK[HEADER]"]).get(uid, {})
            size = int(told[b"RFC822.SIZE"])
            inbox.too_large(head.get(b"BODY[HEADER]") or b"", size, arrival, self._blobs, now)
            return
        content = client.fetch([uid], ["BODY.PEEK[]"]).get(uid, {}).get(b"BODY[]")
        if content:
            inbox.receive(content, arrival, self._blobs, now)

    def _put_away(self, client: Any, uid: int) -> None:
        client.add_flags([uid], [b"\\Seen"], silent=True)
        if client.has_capability("MOVE"):
            client.move([uid], self._config.imap_done_folder)
            return
        client.copy([uid], self._config.imap_done_folder)
        client.delete_messages([uid], silent=True)
        if client.has_capability("UIDPLUS"):
            client.uid_expunge([uid])  # else it stays, marked as deleted: never expunge what others marked

    def _idle(self, client: Any) -> None:
        client.idle()
        try:
            waited = 0.0
            while waited < IDLE_SECONDS and not self._stopped.is_set():
                if client.idle_check(timeout=_SLICE):
                    break
                waited += _SLICE
        finally:
            client.idle_done()
