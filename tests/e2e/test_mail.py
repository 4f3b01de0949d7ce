"""Mail end to end: a real IMAP server, a real SMTP server, our roles as processes, and kills."""

from __future__ import annotations

import random
import smtplib
import time
from collections.abc import Iterator
from email.header import decode_header, make_header
from email.message import Message
from pathlib import Path
from typing import Any

import pytest

from tests import mail_servers
from tests.e2e.world import Place
from tests.mail_servers import PASSWORD, USER, Dovecot, SmtpSink
from tests.ports import free_port
from tests.server.mail.raw_mails import raw
from tools.demo_world import BIN

SUPPORT = "destek@logix.example"
CUSTOMER = "it@ege.example"


class MailPlace(Place):
    """A server with a mailbox and an SMTP server; one customer with one person."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.dovecot, self.sink = Dovecot(), SmtpSink()

    def set_up(self, devices: int = 1, **settings: int | str) -> None:
        (self.folder / "imap-password").write_text(PASSWORD)
        values: dict[str, Any] = {
            "mail_address": SUPPORT,
            "smtp_host": "127.0.0.1",
            "smtp_port": self.sink.port,
            "smtp_security": "none",
            "imap_host": "127.0.0.1",
            "imap_port": self.dovecot.port,
            "imap_security": "none",
            "imap_user": USER,
            "imap_password_file": str(self.folder / "imap-password"),
        }
        lines = [f"{key} = {value!r}\n" for key, value in (values | settings).items()]
        self.init(settings="".join(lines).replace("'", '"'))
        for number in range(devices):
            self.register(f"LGX-{number + 1}", customer="Ege")
        about = ("--name", "Ayşe", "--organisation", "Ege", "--role", "customer-administrator")
        self.server("person", "add", CUSTOMER, *about)

    def start_mail(self) -> None:
        self.start("mail", BIN / "logix-server", "mail", "run")

    def close(self) -> None:
        super().close()
        self.dovecot.stop()
        self.sink.stop()


@pytest.fixture
def place(tmp_path: Path) -> Iterator[MailPlace]:
    """Nothing initialised, nothing started; skips where no dovecot can be had."""
    if not mail_servers.dovecot_available():
        pytest.skip("needs dovecot 2.3")
    each = MailPlace(tmp_path / "place")
    try:
        yield each
    finally:
        each.close()


def words(mail: Message) -> tuple[str, str]:
    """Subject and text."""
    text = next(part for part in mail.walk() if part.get_content_type() == "text/plain")
    body = text.get_payload(decode=True)
    assert isinstance(body, bytes)
    return str(make_header(decode_header(mail["Subject"]))), body.decode()


def unfolded(header: str) -> str:
    """A header on one line."""
    return " ".join(header.split())


@pytest.mark.timeout(900)
def test_a_customer_mails_gets_one_answer_and_answers_back(place: MailPlace) -> None:
    place.set_up()
    place.start_role("jobs")
    place.start_mail()
    place.dovecot.deliver(raw(CUSTOMER, "Güç kaynağının ışığı yanmıyor.", subject="Şikâyet: güç"))
    place.until("the customer has an answer", lambda: bool(place.sink.to(CUSTOMER)))
    (answer,) = place.sink.to(CUSTOMER)
    subject, text = words(answer)
    ticket = place.ask("ticket", "list")[0]
    number = ticket["number"]
    assert subject == f"[{number}] Şikâyet: güç"
    assert number in text
    assert answer["Auto-Submitted"] == "auto-replied"
    assert answer["In-Reply-To"] == "<1@ege.example>"
    (kept,) = place.ask("mail", "inbox", "--state", "filed")
    assert ticket["opened_at"] == kept["received_at"]
    assert (place.dovecot.count("INBOX"), place.dovecot.count("Logix-Done")) == (0, 1)

    place.server("ticket", "answer", number, "--text", "Fişi çekip takın, lütfen.")
    place.until("our answer is sent", lambda: len(place.sink.to(CUSTOMER)) == 2)
    ours = place.sink.to(CUSTOMER)[1]
    assert "Fişi çekip takın" in words(ours)[1]
    assert ours["Auto-Submitted"] is None
    place.server("ticket", "move", number, "waiting", "--why", "customer tries")
    place.until("the customer knows that we wait", lambda: len(place.sink.to(CUSTOMER)) == 3)

    back = raw(CUSTOMER, "Takıldı, çalışıyor.", subject=f"Ynt: {subject}", to=unfolded(ours["Reply-To"]),
               message_id="2@ege.example", In_Reply_To=unfolded(ours["Message-ID"]))  # fmt: skip
    place.dovecot.deliver(back)
    place.until("what came back is filed", lambda: len(place.ask("mail", "inbox", "--state", "filed")) == 2)
    shown = place.ask("ticket", "show", number)
    said = [event["detail"]["text"] for event in shown["events"] if event["kind"] == "message"]
    assert said == ["Güç kaynağının ışığı yanmıyor.", "Takıldı, çalışıyor."]
    assert (shown["state"], shown["response"]) == ("open", "met")
    assert len(place.sink.to(CUSTOMER)) == 3


@pytest.mark.timeout(900)
def test_a_loop_with_a_program_that_answers_everything_ends(place: MailPlace) -> None:
    """The other side answers each of our mails, with a new subject and nothing that says what it is."""
    place.set_up()
    place.start_role("jobs")
    place.start_mail()
    answered = 0
    place.dovecot.deliver(raw(CUSTOMER, "İlk.", message_id="0@x"))

    def goes_on() -> bool:
        nonlocal answered
        sent = place.sink.to(CUSTOMER)
        for mail in sent[answered:]:
            answered += 1
            loop = raw(CUSTOMER, "Ofiste yokum.", subject=f"Yok {answered}", message_id=f"{answered}@x")
            place.dovecot.deliver(loop)
            assert mail["Auto-Submitted"] == "auto-replied"
        return (
            answered == 4 and place.count("SELECT count(*) FROM mail_incomingmail WHERE state = 'filed'") == 5
        )

    place.until("the cap is reached", goes_on)
    suppressed = "SELECT count(*) FROM mail_outgoingmail WHERE state = 'suppressed'"
    place.until("the fifth is suppressed", lambda: place.count(suppressed) == 1)
    assert len(place.sink.to(CUSTOMER)) == 4


def killed_again_and_again(place: MailPlace, count: int, chance: random.Random) -> None:
    """Kill a role at random instants until all mails have become tickets."""
    tickets = "SELECT count(*) FROM tickets_ticket"
    kills = 0
    while place.count(tickets) < count or kills < 4:
        pause = time.monotonic() + chance.uniform(0.5, 4)
        place.until("a random instant", lambda pause=pause: time.monotonic() > pause)
        victim = chance.choice(["mail", "mail", "jobs"])
        if kills < 6:
            kills += 1
            place.kill(victim)
            place.start_mail() if victim == "mail" else place.start_role("jobs")


@pytest.mark.timeout(1200)
def test_killed_while_fetching_and_sending(place: MailPlace) -> None:
    """kill -9 at random instants: every mail becomes one ticket, every answer sent, doubles under one id."""
    count = 60
    place.set_up(mail_answers_per_hour=1_000, mail_tickets_per_hour=1_000)
    place.dovecot.deliver(
        *(raw(CUSTOMER, subject=f"Konu {one}", message_id=f"{one}@x") for one in range(count))
    )
    place.start_role("jobs")
    place.start_mail()
    killed_again_and_again(place, count, random.Random(20261122))
    assert place.count("SELECT count(*) FROM tickets_ticket") == count
    assert place.count("SELECT count(*) FROM mail_incomingmail WHERE state = 'filed'") == count
    place.until("the mailbox is empty", lambda: place.dovecot.count("INBOX") == 0)
    assert place.dovecot.count("Logix-Done") == count
    place.until(
        "every answer is queued", lambda: place.count("SELECT count(*) FROM mail_outgoingmail") == count
    )

    place.kill("mail")
    place.travel(1)  # what a dead sender held is free by then
    place.start_mail()
    unsent = "SELECT count(*) FROM mail_outgoingmail WHERE state <> 'sent'"
    place.until("everything is sent", lambda: place.count(unsent) == 0)
    sent = [mail["Message-ID"] for mail in place.sink.to(CUSTOMER)]
    assert len(set(sent)) == count
    assert place.server("audit", "verify")


@pytest.mark.timeout(900)
def test_what_was_answered_250_survives_a_kill(place: MailPlace) -> None:
    """`up` runs the mail role; a mail that the listener has taken is filed by whoever comes after it."""
    port = free_port()
    place.set_up(mail_listener="lmtp", mail_listen_port=port, imap_host="")
    place.start_role("up")
    place.until("the listener is there", lambda: place.listens(port))
    with smtplib.LMTP("127.0.0.1", port, timeout=120) as connection:
        connection.sendmail(CUSTOMER, [SUPPORT], raw(CUSTOMER, "Fan durdu.", to=SUPPORT))
    place.kill("up")
    assert place.count("SELECT count(*) FROM mail_incomingmail") == 1
    place.start_role("up")
    place.until("the customer has an answer", lambda: bool(place.sink.to(CUSTOMER)))
    assert len(place.ask("ticket", "list")) == 1
