"""From queued to sent: claims, back-off, giving up, and the bytes on the wire."""

from __future__ import annotations

import dataclasses
from datetime import datetime, timedelta
from email import message_from_bytes
from email.policy import default

import pytest
from hypothesis import given
from hypothesis import strategies as st
from logix_common.errors import InvalidInput
from logix_server.config import ServerConfig, current
from logix_server.effects.models import Effect
from logix_server.mail import sending
from logix_server.mail.composing import compose
from logix_server.mail.models import OutgoingMail
from logix_server.mail.outgoing import Message, queue
from logix_server.mail.plain import one_line
from logix_server.mail.postman import Returned, Unreachable
from logix_server.mail.sending import CLAIM, send_due

from tests.fakes.postman import FakePostman
from tests.server.rows import NOW

pytestmark = [pytest.mark.database, pytest.mark.django_db]
NUMBER = "LGX-2026-000123"


@pytest.fixture
def postman() -> FakePostman:
    return FakePostman()


@pytest.fixture
def config() -> ServerConfig:
    return dataclasses.replace(current(), mail_address="destek@logix.example")


def queued(key: str = "a", to: str = "it@ege.example", **changes: object) -> OutgoingMail:
    words = {
        "kind": "ticket-opened",
        "subject": "Güç kaynağı İstanbul’da arızalı",
        "body": "Şu an çalışıyor.",
    }
    queue(Message(to=to, **(words | changes)), key=key, now=NOW)  # type: ignore[arg-type]
    return OutgoingMail.objects.get(key=key)


def state(key: str = "a") -> tuple[str, int]:
    mail = OutgoingMail.objects.get(key=key)
    return mail.state, mail.attempts


def test_what_is_due_is_sent_once(postman: FakePostman, config: ServerConfig) -> None:
    queued()
    queued("later", not_before=NOW + timedelta(hours=1))
    assert send_due(postman, config, NOW) == 1
    assert send_due(postman, config, NOW) == 0
    assert [(sender, to) for sender, to, _ in postman.handed] == [("destek@logix.example", "it@ege.example")]
    assert state() == ("sent", 1)
    assert OutgoingMail.objects.get(key="a").sent_at == NOW


def test_a_mail_on_the_wire(config: ServerConfig) -> None:
    mail = queued(ticket=NUMBER, answers="abc@ege.example", references=("first@ege.example",))
    raw = compose(mail, config.support_address, config.mail_name)
    assert raw == compose(mail, config.support_address, config.mail_name)
    raw.decode("ascii")
    assert all(len(line) <= 998 for line in raw.split(b"\r\n"))
    read = message_from_bytes(raw, policy=default)
    assert read["From"] == "Logix Destek <destek@logix.example>"
    assert read["Subject"] == f"[{NUMBER}] Güç kaynağı İstanbul’da arızalı"
    assert read["Auto-Submitted"] == "auto-replied"
    assert f"+{NUMBER}." in read["Reply-To"]
    assert read["In-Reply-To"] == "<abc@ege.example>"
    assert read["References"] == "<first@ege.example> <abc@ege.example>"
    assert read["X-Loop"] == "destek@logix.example"
    assert not any(name.lower().startswith("list-") for name in read)
    assert read.get_content_type() == "multipart/alternative"
    text, html = read.iter_parts()
    assert "Şu an çalışıyor." in text.get_content()
    assert "<p" in html.get_content()


IN_CODE = "=?utf-8?q?a=0D=0AReply-To:_evil@evil.example=0D=0A=0D=0Abody?="


@pytest.mark.parametrize(
    "words", [IN_CODE, f"x {IN_CODE} y", "=?utf-8?b?AAA=?=", "a\nBcc: x@y.example", "=?utf-8?q?=ED=A0=80?="]
)
def test_nobody_writes_headers_of_our_mails(config: ServerConfig, words: str) -> None:
    forged = {"subject": words, "answers": words.replace(" ", ""), "references": (f"{IN_CODE}@x", "first@x")}
    raw = compose(queued(**forged), config.support_address, config.mail_name)
    assert b"evil" not in raw.partition(b"\r\n\r\n")[2]
    head = raw.partition(b"\r\n\r\n")[0]
    assert b"\0" not in raw
    names = [line.partition(b":")[0] for line in head.split(b"\r\n") if not line.startswith(b" ")]
    assert b"Reply-To" not in names
    assert b"Bcc" not in names
    assert message_from_bytes(raw, policy=default)["References"].split()[0] == "<first@x>"


@given(st.text(max_size=120), st.text(st.sampled_from("=?utf8QqBb_0AaDd\r\n: <>@"), max_size=120))
def test_a_mail_can_be_put_together_whatever_it_is_about(subject: str, coded: str) -> None:
    for words in (subject, coded):
        mail = OutgoingMail(
            to="it@ege.example", subject=one_line(words, 200), message_id="m@x", created_at=NOW,
            in_reply_to=one_line(words, 250), references=[one_line(words, 250)], text="x", html="x",
            language="tr", automatic="",
        )  # fmt: skip
        read = message_from_bytes(compose(mail, "destek@logix.example", "Logix"))
        assert set(read.keys()) <= {
            *("From", "To", "Subject", "Date", "Message-ID", "In-Reply-To", "References", "X-Loop"),
            *(
                "Content-Language",
                "MIME-Version",
                "Content-Type",
                "Auto-Submitted",
                "X-Auto-Response-Suppress",
            ),
        }


def test_what_a_person_wrote_is_not_called_automatic(config: ServerConfig) -> None:
    raw = compose(queued(automatic=False), config.support_address, config.mail_name)
    assert message_from_bytes(raw)["Auto-Submitted"] is None


def test_a_server_that_is_away_is_tried_again_ever_more_rarely(
    postman: FakePostman, config: ServerConfig
) -> None:
    def away(to: str) -> None:
        raise Unreachable("nobody there")

    postman.fails = away
    queued()
    pauses: list[timedelta] = []
    now = NOW
    while state()[0] == "queued":
        send_due(postman, config, now)
        run_after = OutgoingMail.objects.get(key="a").run_after
        pauses.append(run_after - now)
        now = max(now + timedelta(seconds=1), run_after)
    assert pauses[:3] == [timedelta(minutes=1), timedelta(minutes=2), timedelta(minutes=4)]
    assert max(pauses) == timedelta(hours=2)
    assert now - NOW > timedelta(days=5)
    assert state()[0] == "failed"
    told = [effect.payload["mail_id"] for effect in Effect.objects.filter(kind="mail.failed")]
    assert OutgoingMail.objects.get(key="a").pk in told


def test_an_address_that_is_refused_is_given_up_and_holds_up_nobody(
    postman: FakePostman, config: ServerConfig
) -> None:
    def refuse_one(to: str) -> None:
        if to.startswith("gone"):
            raise Returned("550 no such user")

    postman.fails = refuse_one
    queued(to="gone@ege.example")
    queued("b")
    send_due(postman, config, NOW)
    assert state() == ("failed", 1)
    assert state("b") == ("sent", 1)
    assert OutgoingMail.objects.get(key="a").error == "550 no such user"


def test_a_sender_that_dies_leaves_the_mail_to_another(postman: FakePostman, config: ServerConfig) -> None:
    class Killed(BaseException):
        pass

    def die(to: str) -> None:
        raise Killed

    first = queued().message_id
    postman.fails = die
    with pytest.raises(Killed):
        send_due(postman, config, NOW)
    assert state() == ("sending", 1)
    postman.fails = lambda to: None
    assert send_due(postman, config, NOW + CLAIM / 2) == 0
    assert send_due(postman, config, NOW + CLAIM) == 1
    assert state() == ("sent", 2)
    assert message_from_bytes(postman.handed[0][2])["Message-ID"] == f"<{first}>"


def test_a_sender_that_was_given_up_for_dead_writes_nothing_over(
    postman: FakePostman, config: ServerConfig
) -> None:
    queued()

    def slow(to: str) -> None:
        postman.fails = lambda to: None
        send_due(postman, config, NOW + CLAIM)
        raise Unreachable("timed out")

    postman.fails = slow
    send_due(postman, config, NOW)
    assert state() == ("sent", 2)


def test_retry(postman: FakePostman, config: ServerConfig) -> None:
    mail = queued()
    with pytest.raises(InvalidInput):
        sending.retry(mail.pk, actor="operator:test", now=NOW)
    OutgoingMail.objects.update(state="failed", attempts=9)
    sending.retry(mail.pk, actor="operator:test", now=NOW)
    assert state() == ("queued", 0)
    later: datetime = NOW + timedelta(days=30)
    assert send_due(postman, config, later) == 1
    assert state() == ("sent", 1)
