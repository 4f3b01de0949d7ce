"""What is queued: one mail a key, its own Message-ID, nothing harmful in headers, capped where automatic."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from logix_common.errors import InvalidInput
from logix_server.mail import tokens
from logix_server.mail.letters import Letter, render
from logix_server.mail.models import OutgoingMail
from logix_server.mail.outgoing import Message, queue
from logix_server.mail.plain import address_or_none, lines, one_line

from tests.server.rows import NOW

SUPPORT = "support@localhost"
NUMBER = "LGX-2026-000123"


def message(**changes: object) -> Message:
    values = {
        "to": "It@Ege.example",
        "kind": "ticket-opened",
        "subject": "Disk",
        "body": "İyi günler.\n\nSon.",
    }
    return Message(**(values | changes))  # type: ignore[arg-type]


@pytest.mark.database
@pytest.mark.django_db
class TestQueue:
    def test_a_mail_is_queued_once_a_key(self) -> None:
        assert queue(message(), key="a", now=NOW)
        assert not queue(message(subject="again"), key="a", now=NOW)
        mail = OutgoingMail.objects.get()
        assert (mail.to, mail.state, mail.automatic) == ("it@ege.example", "queued", "auto-generated")
        assert "İyi günler." in mail.text
        assert "<p" in mail.html

    def test_answers_come_back_to_the_ticket(self) -> None:
        queue(message(ticket=NUMBER), key="a", now=NOW)
        mail = OutgoingMail.objects.get()
        assert mail.subject == f"[{NUMBER}] Disk"
        signed = tokens.signed_in([mail.reply_to], SUPPORT)
        assert signed == tokens.Signed(NUMBER, ours=False)

    def test_no_more_automatic_answers_than_an_hour_allows(self) -> None:
        for number in range(1_000):
            queue(message(answers=f"m{number}@x"), key=f"a{number}", now=NOW + timedelta(seconds=number))
        assert OutgoingMail.objects.filter(state="queued").count() == 4
        assert OutgoingMail.objects.filter(state="suppressed").count() == 996
        queue(message(answers="later@x"), key="later", now=NOW + timedelta(hours=2))
        assert OutgoingMail.objects.get(key="later").state == "queued"

    def test_the_cap_holds_for_a_ticket_whoever_writes(self) -> None:
        for number in range(10):
            to = f"it{number}@ege.example"
            queue(message(to=to, ticket=NUMBER, answers=f"m{number}@x"), key=f"a{number}", now=NOW)
        assert OutgoingMail.objects.filter(state="queued").count() == 4

    def test_what_a_person_wrote_is_not_capped(self) -> None:
        for number in range(10):
            queue(message(automatic=False), key=f"a{number}", now=NOW)
        assert OutgoingMail.objects.filter(state="queued", automatic="no").count() == 10

    def test_a_subject_brings_no_header_in(self) -> None:
        queue(message(subject="Disk\r\nBcc: all@example.com\x00\u202e"), key="a", now=NOW)
        assert OutgoingMail.objects.get().subject == "Disk Bcc: all@example.com"

    @pytest.mark.parametrize(
        "to", ["", "x", "a@b\r\nBcc: c@d", "a@b, c@d", "<a@b>", "a b@c", "a@b c", "@", "a@"]
    )
    def test_only_one_plain_address(self, to: str) -> None:
        with pytest.raises(InvalidInput):
            queue(message(to=to), key="a", now=NOW)


class TestTokens:
    def test_only_what_we_signed(self) -> None:
        good = tokens.address_of(NUMBER, SUPPORT, ours=False)
        assert tokens.signed_in([good.upper()], SUPPORT) == tokens.Signed(NUMBER, ours=False)
        assert tokens.signed_in([good.replace("000123", "000124")], SUPPORT) is None
        assert tokens.signed_in([good.replace("localhost", "elsewhere")], SUPPORT) is None
        assert tokens.signed_in([f"support+{NUMBER}.{'0' * 20}@localhost", "x"], SUPPORT) is None

    def test_what_a_customer_knows_does_not_speak_for_us(self) -> None:
        ours, theirs = (tokens.address_of(NUMBER, SUPPORT, ours=ours) for ours in (True, False))
        assert ours != theirs
        assert tokens.signed_in([ours], SUPPORT) == tokens.Signed(NUMBER, ours=True)

    @given(st.text(max_size=200))
    def test_anything_is_looked_at(self, text: str) -> None:
        assert tokens.signed_in([text], SUPPORT) is None
        tokens.marked_in(text)

    def test_a_mark_is_found(self) -> None:
        assert tokens.marked_in(f"Ynt: RE: [{NUMBER.lower()}] Disk") == NUMBER
        assert tokens.marked_in(f"Ynt: {NUMBER}") == ""


@given(st.text())
def test_plain_words_hold_nothing_that_misleads(text: str) -> None:
    line, several = one_line(text, 50), lines(text)
    assert len(line) <= 50
    assert "\n" not in line
    assert not set(several) & set("\x00\r\x1b\u202e\u2066\ud800")
    several.encode()
    address = address_or_none(text)
    assert address is None or not set(address) & set(' \r\n,;<>"')


def test_a_letter_escapes_what_came_from_outside() -> None:
    letter = Letter(paragraphs=["<b>&"], rows=[("<i>", "<script>")], items=["<u>"], quote="<img>\n> x")
    text, html = render(letter, "tr")
    assert "<b>&" in text
    assert "> <img>\n> > x" in text
    for tag in ("<b>", "<i>", "<script>", "<u>", "<img>"):
        assert tag not in html
