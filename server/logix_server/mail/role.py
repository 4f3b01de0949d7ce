"""The jobs of the mail role: send what is queued, read what came in, fetch from the mailbox."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Final

from logix_server.blobs import Blobs
from logix_server.config import ServerConfig
from logix_server.mail import inbox, sending
from logix_server.mail.fetching import Fetcher
from logix_server.mail.postman import SmtpPostman

_SENT_AT_ONCE: Final = 50
_READ_AT_ONCE: Final = 20

#: (name, seconds between, run, leased, seconds that a dead process keeps the lease)
Work = tuple[str, float, Callable[[datetime], bool], bool, float]


def work(config: ServerConfig, blobs: Blobs, fetcher: Fetcher | None) -> list[Work]:
    """What is done again and again."""

    def send(now: datetime) -> bool:
        return sending.send_due(SmtpPostman(config), config, now, _SENT_AT_ONCE) >= _SENT_AT_ONCE

    def read(now: datetime) -> bool:
        return inbox.read_waiting(blobs, now, _READ_AT_ONCE) >= _READ_AT_ONCE

    # One process reads: two of them would count each other's tries.
    jobs: list[Work] = [("mail-read", 1.0, read, True, 20.0)]
    if config.smtp_host:
        jobs.append(("mail-send", 1.0, send, False, 60.0))
    if fetcher is not None:
        jobs.append(("mail-fetch", float(max(1, config.imap_poll_seconds)), fetcher.run, True, 20.0))
    return jobs
