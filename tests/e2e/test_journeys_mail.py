"""A customer who mails, and a program that answers mails: real IMAP, LMTP and SMTP, roles that are killed.

The server lives on 29 October, a public holiday, and on the working day after it.
"""

from __future__ import annotations

import smtplib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from email.message import Message
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from tests import mail_servers
from tests.e2e.desk import CUSTOMER, HOLIDAY_NIGHT, SUPPORT, Desk, unfolded, words
from tests.ports import free_port
from tests.server.mail.raw_mails import raw

pytestmark = [pytest.mark.postgres, pytest.mark.timeout(900)]

_numbers = count(1)
FRIDAY_TEN = datetime(2026, 10, 30, 7, 0, tzinfo=UTC)  # in Istanbul
#: Six working hours (MAT-6) from Friday at nine, for nobody works on the holiday (MAT-1, Reading 3).
DUE = datetime(2026, 10, 30, 12, 0, tzinfo=UTC)
FILED = "SELECT count(*) FROM mail_incomingmail WHERE state = 'filed'"


@pytest.fixture
def postgres_desk(tmp_path: Path, postgres_server: Any) -> Iterator[Desk]:
    """On PostgreSQL, nothing initialised, nothing started."""
    if not mail_servers.dovecot_available():
        pytest.skip("needs dovecot 2.3")
    each = Desk(tmp_path / "place", database_url=postgres_server.create(f"mail_{next(_numbers)}"))
    try:
        yield each
    finally:
        each.close()


def test_a_customer_mails_and_the_clock_tells_the_truth(postgres_desk: Desk) -> None:
    desk = postgres_desk
    desk.set_up(HOLIDAY_NIGHT)
    desk.register_for_ege("LGX-1", "standart")
    desk.up()
    number = mailed_in_the_night(desk)
    desk.later_at(FRIDAY_TEN)
    ours = answered_once(desk, number)
    the_ticket_waits(desk, number)
    answers_back(desk, number, ours)
    solved(desk, number)


def mailed_in_the_night(desk: Desk) -> str:
    """Windows-1254 becomes a ticket, one automatic answer goes out, though jobs and mail die meanwhile."""
    text = "Güç kaynağının ışığı yanmıyor; şebeke sağlam, öyle ki İzmir'de çalışıyor."
    desk.dovecot.deliver(raw(CUSTOMER, text, subject="Şikâyet: güç ışığı", to=SUPPORT))
    desk.until("the mail is here", lambda: desk.count("SELECT count(*) FROM mail_incomingmail") == 1)
    desk.kill_roles("jobs", "mail", "web")
    desk.until("the customer has an answer", lambda: bool(desk.sink.to(CUSTOMER)))
    answer = desk.sink.to(CUSTOMER)[0]
    ticket = desk.ticket()
    number = str(ticket["number"])
    assert words(answer)[0] == f"[{number}] Şikâyet: güç ışığı"
    assert "30 Ekim 2026 Cuma, 15:00: MAT-6, MAT-1" in words(answer)[1]
    assert (answer["Auto-Submitted"], answer["In-Reply-To"]) == ("auto-replied", "<1@ege.example>")
    assert said(ticket) == [text]
    assert (ticket["level"], ticket["level_clauses"], ticket["package"]) == (3, ["PRI-6"], "standart")
    assert (ticket["state"], ticket["response"], ticket["resolution"]) == ("new", "running", "running")
    assert at(ticket["deadline"]) == DUE
    assert ticket["deadline_clauses"] == ["MAT-6", "MAT-1"]
    assert (desk.dovecot.count("INBOX"), desk.dovecot.count("Logix-Done")) == (0, 1)
    return number


def answered_once(desk: Desk, number: str) -> Message:
    """The mail role dies when the customer's server has the answer: it comes again, under the same id."""
    desk.sink.took = lambda: desk.kill_roles("mail")
    desk.server("ticket", "answer", number, "--text", "Fişi çekip takın, lütfen.")
    desk.until("our answer is there", lambda: len(desk.sink.to(CUSTOMER)) == 2)
    desk.sink.took = lambda: None
    desk.later(timedelta(minutes=11))  # what a dead sender held is free by then
    unsent = "SELECT count(*) FROM mail_outgoingmail WHERE state <> 'sent'"
    desk.until("it is known as sent", lambda: desk.count(unsent) == 0)
    first, *again = desk.sink.to(CUSTOMER)[1:]
    assert {each["Message-ID"] for each in again} == {first["Message-ID"]}
    assert first["Auto-Submitted"] is None
    assert "Fişi çekip takın" in words(first)[1]
    ticket = desk.ticket()
    assert (ticket["state"], ticket["response"], ticket["resolution"]) == ("open", "met", "running")
    assert FRIDAY_TEN <= at(ticket["answered_at"]) < FRIDAY_TEN + timedelta(minutes=10)
    assert at(ticket["deadline"]) == DUE
    return first


def the_ticket_waits(desk: Desk, number: str) -> None:
    """Two hours in which nothing can be done count as no work, and `ticket show` says so."""
    desk.server("ticket", "move", number, "waiting", "--why", "customer tries")
    desk.until("the customer knows that we wait", lambda: len(desk.mailed()) == 3)
    before = desk.ticket()
    desk.later(timedelta(hours=2))
    ticket = desk.ticket()
    assert (ticket["state"], ticket["response"], ticket["resolution"]) == (
        "waiting",
        "met",
        "waiting for the customer",
    )
    assert ticket["resolution_minutes"] == before["resolution_minutes"]


def answers_back(desk: Desk, number: str, ours: Message) -> None:
    """Once found by References alone, once by the signed address alone; either ends the waiting."""
    by_thread = raw(CUSTOMER, "Taktım, yine sönük.", subject="güç", to=SUPPORT, message_id="2@ege.example",
                    References=f"<1@ege.example> {unfolded(ours['Message-ID'])}")  # fmt: skip
    desk.dovecot.deliver(by_thread)
    desk.until("it is filed by its thread", lambda: desk.count(FILED) == 2)
    ticket = desk.ticket()
    assert (ticket["state"], ticket["resolution"]) == ("open", "running")
    desk.server("ticket", "move", number, "waiting", "--why", "once more")
    desk.until("the customer is asked again", lambda: len(desk.mailed()) == 4)
    by_token = raw(CUSTOMER, "Işık yanıyor artık.", subject="Merhaba", to=unfolded(ours["Reply-To"]),
                   message_id="3@ege.example")  # fmt: skip
    desk.dovecot.deliver(by_token, by_token)
    desk.until("it is filed by its address", lambda: desk.count(FILED) == 3)
    ticket = desk.ticket()
    assert ticket["state"] == "open"
    assert said(ticket)[1:] == ["Taktım, yine sönük.", "Işık yanıyor artık."]


def solved(desk: Desk, number: str) -> None:
    desk.server("ticket", "move", number, "solved", "--why", "works")
    desk.until("the customer knows", lambda: len(desk.mailed()) == 5)
    ticket = desk.ticket()
    assert (ticket["state"], ticket["response"]) == ("solved", "met")
    states = [event["detail"]["state"] for event in ticket["events"] if event["kind"] == "state-changed"]
    assert states == ["open", "waiting", "open", "waiting", "open", "solved"]
    automatic = [mail for mail in desk.sink.to(CUSTOMER) if mail["Auto-Submitted"] == "auto-replied"]
    assert len({mail["Message-ID"] for mail in automatic}) == 1
    assert desk.ask("audit", "verify", "--seal")["good"]


def at(value: str) -> datetime:
    return datetime.fromisoformat(value)


def said(ticket: dict[str, Any]) -> list[str]:
    """What the customer said."""
    return [event["detail"]["text"] for event in ticket["events"] if event["kind"] == "message"]


# -- a loop --------------------------------------------------------------------------------------

LOOP, CONNECTIONS = 1_000, 7
ANSWERS, TICKETS, MESSAGES = 4, 20, 60  # the settings' own


def test_a_loop_of_a_thousand_messages_ends_at_the_cap(postgres_desk: Desk) -> None:
    """A program answers each of our mails, and goes on by itself: to our thread and with new subjects."""
    desk, port = postgres_desk, free_port()
    listener: dict[str, int | str] = {"mail_listen_port": port, "mail_listen_per_minute": 60_000}
    desk.set_up(HOLIDAY_NIGHT, mail_listener="lmtp", imap_host="", **listener)
    desk.register_for_ege("LGX-1", "standart")
    desk.up()
    desk.until("the listener is there", lambda: desk.listens(port))
    program = Responder(desk, port)
    program.says(1)
    desk.until("the program has answered all that came", program.answers_everything)
    assert program.sent == ANSWERS + 1
    program.goes_on(LOOP)
    waits = "SELECT count(*) FROM mail_incomingmail WHERE state IN ('received', 'read')"
    desk.until("all of it is sorted", lambda: desk.count(waits) == 0)
    nothing_more(desk)


class Responder:
    """An automatic answerer that says nowhere that it is one."""

    def __init__(self, desk: Desk, port: int) -> None:
        self._desk, self._port, self._answered = desk, port, 0
        self.sent = 0

    def says(self, *numbers: int, to: str = SUPPORT) -> None:
        """Mails of these numbers, each with a subject of its own; odd ones to our address, others to `to`."""
        with smtplib.LMTP("127.0.0.1", self._port, timeout=240) as connection:
            for number in numbers:
                whom = SUPPORT if number % 2 else to
                text, subject = f"Ofiste yokum. {number}", f"Yok {number}"
                mail = raw(CUSTOMER, text, subject=subject, to=whom, message_id=f"{number}@x")
                connection.sendmail(CUSTOMER, [whom], mail)
        self.sent = max(self.sent, numbers[-1])

    def goes_on(self, last: int) -> None:
        """Everything up to `last`, over several connections, half of it to the thread of our first answer."""
        thread = unfolded(self._desk.sink.to(CUSTOMER)[0]["Reply-To"])
        rest = range(self.sent + 1, last + 1)
        with ThreadPoolExecutor(CONNECTIONS) as pool:
            shares = [rest[first::CONNECTIONS] for first in range(CONNECTIONS)]
            list(pool.map(lambda share: self.says(*share, to=thread), shares))

    def answers_everything(self) -> bool:
        """Answers what came meanwhile with a subject of its own; whether our side is quiet by now."""
        came = self._desk.sink.to(CUSTOMER)
        for mail in came[self._answered :]:
            assert mail["Auto-Submitted"] == "auto-replied"
            self.says(self.sent + 1)
        self._answered = len(came)
        suppressed = "SELECT count(*) FROM mail_outgoingmail WHERE state = 'suppressed'"
        return self._desk.count(FILED) == self.sent and self._desk.count(suppressed) == 1


def nothing_more(desk: Desk) -> None:
    """All thousand are kept, few became something, the rest waits for a person, and nobody was answered."""
    assert desk.count("SELECT count(*) FROM mail_incomingmail") == LOOP
    assert desk.count("SELECT count(*) FROM tickets_ticket") == TICKETS
    assert desk.count(FILED) <= TICKETS + MESSAGES
    waits = "SELECT count(*) FROM mail_incomingmail WHERE state = 'quarantined' AND reason = 'too-many'"
    assert desk.count(waits) == LOOP - desk.count(FILED)
    undone = "SELECT count(*) FROM effects_effect WHERE done_at IS NULL"
    desk.until("all that follows is done", lambda: desk.count(undone) == 0)
    desk.until("nothing is to be sent", lambda: desk.count(
        "SELECT count(*) FROM mail_outgoingmail WHERE state IN ('queued', 'sending')") == 0)  # fmt: skip
    assert len(desk.sink.to(CUSTOMER)) == ANSWERS
    assert (
        desk.count("SELECT count(*) FROM mail_outgoingmail WHERE state = 'suppressed'") == TICKETS - ANSWERS
    )
