"""Mail servers for this folder's tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests import mail_servers
from tests.mail_servers import Dovecot, SmtpSink


@pytest.fixture
def dovecot() -> Iterator[Dovecot]:
    """An empty mailbox on a real IMAP server; skips where none can be had."""
    if not mail_servers.dovecot_available():
        pytest.skip("needs dovecot 2.3")
    server = Dovecot()
    yield server
    server.stop()


@pytest.fixture
def sink() -> Iterator[SmtpSink]:
    """An SMTP server that keeps what it gets."""
    server = SmtpSink()
    yield server
    server.stop()
