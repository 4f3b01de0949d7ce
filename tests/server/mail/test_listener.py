"""The listener as a mail server meets it: 250 only for what is durable, and bounds on everything."""

from __future__ import annotations

import asyncio
import dataclasses
import smtplib
import socket
from collections.abc import Callable
from typing import Any

import pytest
from logix_common.clock import SystemClock
from logix_server.config import ServerConfig, current
from logix_server.mail.listener import Listener, is_ours
from logix_server.mail.models import IncomingMail

from tests.fakes.blobs import FakeBlobs
from tests.server.mail.raw_mails import raw

pytestmark = [pytest.mark.database, pytest.mark.django_db(transaction=True)]
OURS = "support@localhost"


@pytest.fixture
def blobs() -> FakeBlobs:
    return FakeBlobs()


def config(kind: str = "lmtp", **changes: Any) -> ServerConfig:
    values = {"mail_listener": kind, "mail_listen_port": 0, "mail_max_mb": 1} | changes
    return dataclasses.replace(current(), **values)


async def served(config: ServerConfig, blobs: FakeBlobs, client: Callable[[int], Any]) -> Any:
    """What `client(port)` gives, run in a thread while the listener serves."""
    listener = Listener(config, blobs, SystemClock())
    await listener.start()
    try:
        return await asyncio.get_running_loop().run_in_executor(None, client, listener.port)
    finally:
        await listener.stop()


def rows() -> list[IncomingMail]:
    return list(IncomingMail.objects.order_by("id"))


async def stored(count: int) -> list[IncomingMail]:
    found = await asyncio.to_thread(rows)
    assert len(found) == count
    return found


@pytest.mark.parametrize("kind", ["lmtp", "smtp"])
async def test_a_mail_is_durable_once_it_is_answered(kind: str, blobs: FakeBlobs) -> None:
    mail = raw("it@ege.example")
    to = ["support+LGX-2026-000001.0a@localhost", "SUPPORT@LOCALHOST"]

    def deliver(port: int) -> None:
        client = smtplib.LMTP if kind == "lmtp" else smtplib.SMTP
        with client("127.0.0.1", port, timeout=60) as connection:
            if kind == "smtp":
                connection.sendmail("it@ege.example", to, mail)
                connection.sendmail("", to, mail + b"again")
                return
            lmtp(connection, "it@ege.example", to, mail)
            lmtp(connection, "", to, mail + b"again")

    await served(config(kind), blobs, deliver)
    first, second = await stored(2)
    assert (first.via, first.envelope_from, first.recipients) == (kind, "it@ege.example", to)
    assert second.envelope_from == ""
    assert set(blobs.contents.values()) >= {mail}


def lmtp(connection: smtplib.SMTP, sender: str, to: list[str], mail: bytes) -> None:
    """A whole transaction: an answer for each recipient."""
    connection.ehlo_or_helo_if_needed()
    assert connection.mail(sender)[0] == 250
    for address in to:
        assert connection.rcpt(address)[0] == 250
    assert connection.data(mail)[0] == 250
    for _ in to[1:]:
        assert connection.getreply()[0] == 250


async def test_the_same_mail_again_is_one_row(blobs: FakeBlobs) -> None:
    def deliver(port: int) -> None:
        with smtplib.SMTP("127.0.0.1", port, timeout=60) as connection:
            for _ in range(3):
                connection.sendmail("it@ege.example", [OURS], raw("it@ege.example"))

    await served(config("smtp"), blobs, deliver)
    await stored(1)


async def test_what_cannot_be_stored_is_kept_by_the_mail_server(blobs: FakeBlobs) -> None:
    blobs.broken = True

    def deliver(port: int) -> int:
        with smtplib.SMTP("127.0.0.1", port, timeout=60) as connection:
            try:
                connection.sendmail("it@ege.example", [OURS], raw("it@ege.example"))
            except smtplib.SMTPDataError as error:
                return error.smtp_code
        return 250

    assert await served(config("smtp"), blobs, deliver) == 451
    await stored(0)


@pytest.mark.parametrize(
    "to",
    ["other@localhost", "support@elsewhere.example", "support", "support@localhost@x", "a+support@localhost"],
)
async def test_only_our_own_address(to: str, blobs: FakeBlobs) -> None:
    def deliver(port: int) -> int:
        with smtplib.SMTP("127.0.0.1", port, timeout=60) as connection:
            connection.ehlo()
            connection.mail("it@ege.example")
            return connection.rcpt(to)[0]

    assert await served(config("smtp"), blobs, deliver) in (550, 553, 501)
    assert not is_ours(to, OURS)


async def test_a_mail_that_is_too_large_is_refused(blobs: FakeBlobs) -> None:
    def deliver(port: int) -> int:
        with smtplib.SMTP("127.0.0.1", port, timeout=60) as connection:
            connection.ehlo()
            connection.docmd("MAIL FROM:<it@ege.example>")
            connection.rcpt(OURS)
            return connection.data(b"x: y\r\n\r\n" + b"line\r\n" * 400_000)[0]

    assert await served(config("smtp"), blobs, deliver) == 552
    await stored(0)


async def test_long_lines_are_no_reason_to_lose_a_mail(blobs: FakeBlobs) -> None:
    def deliver(port: int) -> None:
        with smtplib.SMTP("127.0.0.1", port, timeout=60) as connection:
            connection.sendmail("it@ege.example", [OURS], b"From: a@b\r\n\r\n" + b"x" * 50_000)

    await served(config("smtp"), blobs, deliver)
    await stored(1)


async def test_connections_and_mails_are_bounded(blobs: FakeBlobs) -> None:
    def crowd(port: int) -> list[bytes]:
        open_ones = [socket.create_connection(("127.0.0.1", port), 60) for _ in range(3)]
        said = [one.recv(100) for one in open_ones]
        for one in open_ones:
            one.close()
        return said

    said = await served(config("smtp", mail_listen_connections=2), blobs, crowd)
    assert sum(words.startswith(b"421") for words in said) == 1

    def many(port: int) -> list[int]:
        codes = []
        with smtplib.SMTP("127.0.0.1", port, timeout=60) as connection:
            for number in range(5):
                connection.ehlo_or_helo_if_needed()
                connection.mail("it@ege.example")
                connection.rcpt(OURS)
                codes.append(connection.data(raw("it@ege.example", message_id=f"{number}@x"))[0])
        return codes

    assert await served(config("smtp", mail_listen_per_minute=3), blobs, many) == [250, 250, 250, 451, 451]
    await stored(3)


async def test_a_recipient_too_many(blobs: FakeBlobs) -> None:
    def deliver(port: int) -> set[int]:
        with smtplib.SMTP("127.0.0.1", port, timeout=60) as connection:
            connection.ehlo()
            connection.mail("it@ege.example")
            return {connection.rcpt(f"support+{number}@localhost")[0] for number in range(101)}

    assert await served(config("smtp"), blobs, deliver) == {250, 452}


async def test_a_peer_that_hangs_up_leaves_nothing(blobs: FakeBlobs) -> None:
    def hang_up(port: int) -> None:
        connection = socket.create_connection(("127.0.0.1", port), 60)
        connection.recv(100)
        connection.sendall(
            b"EHLO x\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<support@localhost>\r\nDATA\r\nFrom: "
        )
        connection.recv(10)
        connection.close()

    await served(config("smtp"), blobs, hang_up)
    await stored(0)
