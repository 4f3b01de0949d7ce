"""Fetching from a real IMAP server: each mail once, whatever ends us in between."""

from __future__ import annotations

import dataclasses
import threading
from pathlib import Path

import pytest
from logix_common.errors import InvalidInput
from logix_server.blobs import BlobStoreFailed
from logix_server.config import ServerConfig, current
from logix_server.mail.fetching import Fetcher, MailboxFailed
from logix_server.mail.models import IncomingMail, MailboxPosition

from tests.fakes.blobs import FakeBlobs
from tests.mail_servers import PASSWORD, USER, Dovecot
from tests.server.mail.raw_mails import raw
from tests.server.rows import NOW

pytestmark = [pytest.mark.database, pytest.mark.django_db]
DONE = "Logix-Done"


@pytest.fixture
def blobs() -> FakeBlobs:
    return FakeBlobs()


@pytest.fixture
def config(dovecot: Dovecot, tmp_path: Path) -> ServerConfig:
    secret = tmp_path / "imap-password"
    secret.write_text(PASSWORD + "\n")
    return dataclasses.replace(
        current(),
        imap_host="127.0.0.1",
        imap_port=dovecot.port,
        imap_security="none",
        imap_user=USER,
        imap_password_file=str(secret),
        mail_max_mb=1,
    )


def fetch(config: ServerConfig, blobs: FakeBlobs) -> None:
    """One run that does not wait for more."""
    fetcher = Fetcher(config, blobs)
    if fetcher.run(NOW):
        fetcher.close()


def mails(count: int, first: int = 0) -> list[bytes]:
    return [raw("it@ege.example", message_id=f"{first + each}@x") for each in range(count)]


def test_what_is_there_is_taken_in_and_put_away(
    config: ServerConfig, dovecot: Dovecot, blobs: FakeBlobs
) -> None:
    dovecot.deliver(*mails(3))
    fetch(config, blobs)
    assert IncomingMail.objects.filter(state="received", via="imap").count() == 3
    assert (dovecot.count("INBOX"), dovecot.count(DONE)) == (0, 3)
    assert set(blobs.contents.values()) == set(mails(3))
    assert MailboxPosition.objects.get().last_uid == 3


def test_a_mail_is_as_it_was_until_its_row_is_there(
    config: ServerConfig, dovecot: Dovecot, blobs: FakeBlobs
) -> None:
    dovecot.deliver(*mails(2))
    blobs.broken = True
    with pytest.raises(BlobStoreFailed):
        fetch(config, blobs)
    with dovecot.client() as client:
        client.select_folder("INBOX", readonly=True)
        assert all(b"\\Seen" not in flags for flags in client.get_flags(client.search()).values())
    blobs.broken = False
    fetch(config, blobs)
    assert IncomingMail.objects.count() == 2


@pytest.mark.parametrize("killed_in", ["_put_away", "_receive"])
def test_killed_between_two_steps_nothing_is_lost_and_nothing_doubled(
    killed_in: str, config: ServerConfig, dovecot: Dovecot, blobs: FakeBlobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        pass

    work = getattr(Fetcher, killed_in)

    def die(self: Fetcher, client: object, uid: int, *more: object) -> None:
        if killed_in == "_receive":
            work(self, client, uid, *more)  # the row is there, how far we are is not written
        if uid == 2:
            raise Killed
        if killed_in == "_put_away":
            work(self, client, uid, *more)

    dovecot.deliver(*mails(4))
    monkeypatch.setattr(Fetcher, killed_in, die)
    with pytest.raises(Killed):
        fetch(config, blobs)
    monkeypatch.setattr(Fetcher, killed_in, work)
    fetch(config, blobs)
    assert IncomingMail.objects.count() == 4
    assert (dovecot.count("INBOX"), dovecot.count(DONE)) == (0, 4)


def test_a_mailbox_that_numbers_anew(config: ServerConfig, dovecot: Dovecot, blobs: FakeBlobs) -> None:
    dovecot.deliver(*mails(2))
    fetch(config, blobs)
    MailboxPosition.objects.update(uid_validity=1, last_uid=99)
    dovecot.deliver(*mails(1), *mails(1, first=7))
    fetch(config, blobs)
    assert IncomingMail.objects.count() == 3
    assert MailboxPosition.objects.get().last_uid == 4


def test_a_mail_that_is_too_large_is_told_of_by_its_headers(
    config: ServerConfig, dovecot: Dovecot, blobs: FakeBlobs
) -> None:
    dovecot.deliver(raw("it@ege.example", "x\n" * 800_000, subject="Büyük"), *mails(1, first=5))
    fetch(config, blobs)
    large = IncomingMail.objects.get(reason="too-large")
    assert (large.state, large.sender, large.subject) == ("quarantined", "it@ege.example", "Büyük")
    assert IncomingMail.objects.filter(state="received").count() == 1
    assert dovecot.count(DONE) == 2


def test_a_new_mail_ends_the_wait(config: ServerConfig, dovecot: Dovecot, blobs: FakeBlobs) -> None:
    fetcher = Fetcher(config, blobs)
    arrival = threading.Timer(0.5, lambda: dovecot.deliver(*mails(1)))
    arrival.start()
    assert fetcher.run(NOW)
    assert fetcher.run(NOW)
    arrival.join()
    assert IncomingMail.objects.count() == 1
    fetcher.close()


def test_stop_ends_the_wait(config: ServerConfig, blobs: FakeBlobs) -> None:
    fetcher = Fetcher(config, blobs)
    threading.Timer(0.3, fetcher.stop).start()
    assert not fetcher.run(NOW)
    fetcher.close()


def test_what_is_wrong_is_said(config: ServerConfig, blobs: FakeBlobs, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong"
    wrong.write_text("wrong")
    with pytest.raises(MailboxFailed, match="LoginError"):
        Fetcher(dataclasses.replace(config, imap_password_file=str(wrong)), blobs).run(NOW)
    with pytest.raises(InvalidInput, match="password file"):
        Fetcher(dataclasses.replace(config, imap_password_file=""), blobs).run(NOW)
    with pytest.raises(InvalidInput, match="imap_security"):
        Fetcher(dataclasses.replace(config, imap_host="imap.example.com"), blobs).run(NOW)
    with pytest.raises(MailboxFailed):
        Fetcher(dataclasses.replace(config, imap_port=1), blobs).run(NOW)
