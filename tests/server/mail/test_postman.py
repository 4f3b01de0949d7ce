"""SMTP as it is spoken to a real server: taken over, put off, given up."""

from __future__ import annotations

import dataclasses
from email.header import decode_header, make_header

import pytest
from logix_common.errors import InvalidInput
from logix_server.config import ServerConfig, current
from logix_server.mail.models import OutgoingMail
from logix_server.mail.outgoing import Message, queue
from logix_server.mail.postman import Returned, SmtpPostman, Unreachable
from logix_server.mail.sending import send_due

from tests.mail_servers import SmtpSink
from tests.ports import free_port
from tests.server.rows import NOW

TO = "it@ege.example"


@pytest.fixture
def config(sink: SmtpSink) -> ServerConfig:
    return dataclasses.replace(
        current(),
        smtp_host="127.0.0.1",
        smtp_port=sink.port,
        smtp_security="none",
        mail_address="d@logix.example",
    )


@pytest.mark.database
@pytest.mark.django_db
def test_a_queued_mail_arrives(config: ServerConfig, sink: SmtpSink) -> None:
    queue(Message(to=TO, kind="notices", subject="Güç kaynağı", body="Işık yok."), key="a", now=NOW)
    assert send_due(SmtpPostman(config), config, NOW) == 1
    (mail,) = sink.to(TO)
    assert str(make_header(decode_header(mail["Subject"]))) == "Güç kaynağı"
    assert mail.get_content_type() == "multipart/alternative"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert OutgoingMail.objects.get().state == "sent"


def test_what_the_other_side_says_decides(config: ServerConfig, sink: SmtpSink) -> None:
    postman = SmtpPostman(config)
    sink.refuse = {"gone@x.example": "550 no such user", "busy@x.example": "450 later"}.get
    with pytest.raises(Returned, match="550"):
        postman.hand_over("d@logix.example", "gone@x.example", b"x")
    with pytest.raises(Unreachable, match="450"):
        postman.hand_over("d@logix.example", "busy@x.example", b"x")
    postman.hand_over("d@logix.example", TO, b"From: a\r\n\r\nx")
    postman.close()
    assert len(sink.to(TO)) == 1


def test_nobody_there(config: ServerConfig) -> None:
    with pytest.raises(Unreachable):
        SmtpPostman(dataclasses.replace(config, smtp_port=free_port())).hand_over("a@b", TO, b"x")


def test_a_server_without_tls_gets_no_mail_where_tls_is_set(config: ServerConfig, sink: SmtpSink) -> None:
    with pytest.raises(Unreachable, match="STARTTLS"):
        SmtpPostman(dataclasses.replace(config, smtp_security="starttls")).hand_over("a@b", TO, b"x")
    assert sink.mails == []


def test_nothing_in_the_clear_over_a_network(config: ServerConfig) -> None:
    with pytest.raises(InvalidInput, match="smtp_security"):
        SmtpPostman(dataclasses.replace(config, smtp_host="mail.example.com")).hand_over("a@b", TO, b"x")
