"""Mails filed: new tickets, threads, quarantine, and what is told to whom."""

from __future__ import annotations

from datetime import date, timedelta
from email.message import EmailMessage
from email.policy import SMTP

import pytest
from logix_common.errors import InvalidInput
from logix_server.accounts.access import Forbidden, operator, viewer
from logix_server.accounts.models import DealerConsent, Person
from logix_server.audit.models import Record
from logix_server.contracts.decisions.coverage import NotCovered
from logix_server.effects.models import Effect
from logix_server.mail import queries, tokens
from logix_server.mail.models import IncomingMail, OutgoingMail
from logix_server.tickets.correspondence import inbox_actions
from logix_server.tickets.correspondence.inbox_actions import Release
from logix_server.tickets.desk import assignment, handling
from logix_server.tickets.files import attachments
from logix_server.tickets.lifecycle import TicketState
from logix_server.tickets.models import Attachment, Ticket, TicketEvent
from logix_server.tickets.moving import Next

from tests.server import people, rows
from tests.server.mail.raw_mails import raw
from tests.server.rows import NOW
from tests.server.tickets.correspondence.desk import bring, sent, settle

pytestmark = [pytest.mark.database, pytest.mark.django_db]
OPERATOR = operator("operator:test")
MINUTE = timedelta(minutes=1)


def customer(devices: int = 1, package: str | None = "standart") -> Person:
    """Somebody of a customer with so many devices."""
    owner = rows.customer()
    for _ in range(devices):
        rows.contract(rows.unit(owner), package=package)
    return people.person("customer-user", owner)


def said(ticket: Ticket) -> list[str]:
    return [str(event.detail["text"]) for event in ticket.events.filter(kind="message").order_by("id")]


def outcome(mail: IncomingMail) -> tuple[str, str]:
    return mail.state, mail.reason


class TestNewTickets:
    def test_a_known_sender_with_one_device(self) -> None:
        person = customer()
        mail = bring(raw(person.email, "Cihaz açılmıyor, ışığı yanmıyor."))
        ticket = Ticket.objects.get()
        assert outcome(mail) == ("filed", "new-ticket")
        assert (mail.ticket_number, mail.person) == (ticket.number, person)
        assert (ticket.origin, ticket.reporter, ticket.opened_at) == ("mail", person, NOW)
        assert said(ticket) == ["Cihaz açılmıyor, ışığı yanmıyor."]
        (answer,) = sent()
        assert (answer.to, answer.automatic, answer.in_reply_to) == (
            person.email,
            "auto-replied",
            "1@ege.example",
        )
        assert ticket.number in answer.subject
        assert "PRI-" in answer.text
        for clause in ticket.deadline_clauses:
            assert clause in answer.text

    def test_the_clock_starts_at_arrival(self) -> None:
        person = customer()
        from logix_server import blob_directory
        from logix_server.mail.inbox import Arrival, receive

        receive(raw(person.email), Arrival("imap", NOW), blob_directory.store(), NOW + 5 * MINUTE)
        settle(NOW + 60 * MINUTE)
        assert Ticket.objects.get().opened_at == NOW

    def test_no_deadline_is_told_with_its_clause(self) -> None:
        person = customer(package=None)
        bring(raw(person.email))
        ticket = Ticket.objects.get()
        Ticket.objects.update(deadline=None, deadline_clauses=["MAT-7"])
        OutgoingMail.objects.all().delete()
        Effect.objects.filter(kind="ticket.opened").update(done_at=None)
        settle()
        (answer,) = sent()
        assert "MAT-7" in answer.text
        assert ticket.number in answer.text

    def test_the_serial_says_which_of_several(self) -> None:
        person = customer(devices=3)
        serial = "".join(
            person.organisation.installations.order_by("-id")[:1].values_list("units__serial", flat=True)
        )
        bring(raw(person.email, f"Seri no: {serial.lower()}."))
        assert Ticket.objects.get().unit.serial == serial

    def test_another_customers_serial_names_nothing(self) -> None:
        person, other = customer(devices=2), rows.unit()
        mail = bring(raw(person.email, f"{other.serial}"))
        assert outcome(mail) == ("waiting", "which-device")
        assert other.serial not in sent()[0].text

    def test_which_device_is_asked_once_and_the_answer_opens_the_ticket_as_of_arrival(self) -> None:
        person = customer(devices=2)
        first = bring(raw(person.email, "Bozuldu.", message_id="1@x"))
        second = bring(raw(person.email, "Hâlâ bozuk.", message_id="2@x"), NOW + MINUTE)
        assert [outcome(first), outcome(second)] == [("waiting", "which-device")] * 2
        (question,) = sent(kind="which-device")
        serial = person.organisation.installations.values_list("units__serial", flat=True)[0]
        assert str(serial) in question.text
        reply = raw(person.email, f"Şu: {serial}", message_id="3@x", In_Reply_To=f"<{question.message_id}>")
        bring(reply, NOW + 10 * MINUTE)
        ticket = Ticket.objects.get()
        assert ticket.opened_at == NOW
        assert said(ticket) == ["Bozuldu.", f"Şu: {serial}"]
        first.refresh_from_db()
        assert outcome(first) == ("filed", "new-ticket")

    def test_not_covered_is_told_with_clauses(self) -> None:
        owner = rows.customer()
        rows.contract(rows.unit(owner), purchased_on=date(2020, 1, 10))
        person = people.person("customer-user", owner)
        mail = bring(raw(person.email))
        assert outcome(mail) == ("filed", "not-covered")
        assert Ticket.objects.count() == 0
        (answer,) = sent(kind="not-covered")
        assert "(SUP-1)" in answer.text or "(UPD-5)" in answer.text
        assert Record.objects.filter(action="ticket.refused").count() == 1

    def test_hardware_under_warranty_waits_for_an_engineer(self) -> None:
        owner = rows.customer()
        rows.contract(rows.unit(owner), purchased_on=date(2024, 6, 10))  # 2 years; support was 1
        person = people.person("customer-user", owner)
        mail = bring(raw(person.email))
        assert outcome(mail) == ("quarantined", "not-covered")
        assert "WAR-1" in sent(kind="not-covered")[0].text
        serial = owner.installations.values_list("units__serial", flat=True)[0]
        with pytest.raises(NotCovered):
            inbox_actions.release(OPERATOR, mail.pk, Release(serial=str(serial)), now=NOW)
        to = Release(serial=str(serial), answers={"PRI-4": 3})
        number = inbox_actions.release(OPERATOR, mail.pk, to, now=NOW)
        assert Ticket.objects.get().number == number

    def test_one_sender_opens_no_more_than_an_hour_allows(self) -> None:
        person = customer()
        for number in range(25):
            bring(raw(person.email, message_id=f"{number}@x"))
        assert Ticket.objects.count() == 20
        assert IncomingMail.objects.filter(reason="too-many", state="quarantined").count() == 5
        assert len(sent(automatic="auto-replied")) == 4


class TestThreads:
    def test_an_answer_comes_back_by_the_signed_address(self) -> None:
        person = customer()
        bring(raw(person.email))
        confirmation = sent()[0]
        body = f"Evet.\n\n2 Mar 2026 Pzt 10:00 tarihinde Destek <{confirmation.reply_to}> şunu yazdı:\n> eski"
        mail = bring(
            raw(person.email, body, to=confirmation.reply_to, message_id="2@x", subject="Ynt: Arıza")
        )
        ticket = Ticket.objects.get()
        assert outcome(mail) == ("filed", "on-ticket")
        assert said(ticket)[-1] == "Evet."
        event = TicketEvent.objects.get(key=f"mail:{mail.pk}")
        assert event.detail["quoted"].endswith("> eski")

    @pytest.mark.parametrize("by", ["in-reply-to", "references", "mark", "own-mail"])
    def test_an_answer_comes_back_by(self, by: str) -> None:
        person = customer()
        first = bring(raw(person.email))
        confirmation = sent()[0]
        headers, subject = {}, "Ynt: Arıza"
        if by == "in-reply-to":
            headers = {"In_Reply_To": f"<{confirmation.message_id}>"}
        elif by == "references":
            headers = {"References": f"<1@ege.example> <{confirmation.message_id}> <x@y>"}
        elif by == "own-mail":
            headers = {"References": f"<{first.message_id}>"}
        else:
            subject = f"RE: {confirmation.subject}"
        bring(raw(person.email, "Evet.", subject=subject, message_id="2@x", **headers))
        assert said(Ticket.objects.get())[-1] == "Evet."

    def test_another_customer_does_not_get_onto_the_ticket(self) -> None:
        person, stranger = customer(), customer()
        bring(raw(person.email))
        confirmation = sent()[0]
        mail = bring(raw(stranger.email, "Ben de.", to=confirmation.reply_to, message_id="2@x"))
        assert outcome(mail) == ("quarantined", "others-ticket")
        assert len(said(Ticket.objects.get())) == 1
        assert len(sent()) == 1

    def test_the_same_mail_twice_is_one_message(self) -> None:
        person = customer()
        twice = raw(person.email)
        bring(twice)
        bring(twice, NOW + MINUTE)
        other_way = bring(b"Received: from elsewhere\r\n" + twice, NOW + 2 * MINUTE)
        assert outcome(other_way) == ("ignored", "duplicate")
        assert IncomingMail.objects.count() == 2
        assert Ticket.objects.count() == 1

    @pytest.mark.parametrize("forged", [False, True])
    def test_a_copy_that_nobody_reads_takes_no_other_with_it(self, forged: bool) -> None:
        person = customer()
        copy = bring(raw(person.email, List_Id="<all.ege.example>"))
        assert outcome(copy) == ("ignored", "mailing-list")
        if forged:  # as our mail server found the copy that went by the list
            IncomingMail.objects.update(state="quarantined", reason="forged")
        assert outcome(bring(raw(person.email), NOW + MINUTE)) == ("filed", "new-ticket")
        again = bring(raw(person.email, Received="by another way"), NOW + MINUTE)
        assert outcome(again) == ("ignored", "duplicate")

    def test_an_engineer_answers_by_mail(self) -> None:
        person, engineer = customer(), people.person("support-engineer")
        bring(raw(person.email))
        ticket = Ticket.objects.get()
        address = tokens.address_of(ticket.number, "support@localhost", ours=True)
        mail = bring(
            raw(engineer.email, "Bakıyoruz.", to=address, message_id="e@x"), NOW + MINUTE, to=address
        )
        assert outcome(mail) == ("filed", "on-ticket")
        ticket.refresh_from_db()
        assert ticket.answered_at == NOW + MINUTE
        assert ">" not in sent(kind="ticket-answer")[0].text
        assert "Bakıyoruz." in sent(kind="ticket-answer")[0].text

    def test_with_what_the_customer_knows_nobody_speaks_for_us(self) -> None:
        person, engineer = customer(), people.person("support-engineer")
        bring(raw(person.email))
        mail = bring(raw(engineer.email, "Bitti.", to=sent()[0].reply_to, message_id="e@x"))
        assert outcome(mail) == ("quarantined", "ours-unsigned")
        assert Ticket.objects.get().answered_at is None

    def test_files_are_attached_and_what_is_not_taken_is_named(self) -> None:
        person = customer()
        mail = EmailMessage(policy=SMTP)
        mail["From"], mail["To"], mail["Message-ID"] = person.email, "support@localhost", "<1@x>"
        mail["Subject"] = "Ekte"
        mail.set_content("Ekte.")
        mail.add_attachment(b"log line\n", maintype="text", subtype="plain", filename="günlük.log")
        mail.add_attachment(b"MZ\x00", maintype="application", subtype="octet-stream", filename="x.exe")
        mail.add_attachment(b"x" * 10, maintype="application", subtype="ms-tnef", filename="winmail.dat")
        bring(mail.as_bytes())
        assert [file.name for file in Attachment.objects.all()] == ["günlük.log"]
        event = TicketEvent.objects.get(kind="message")
        assert event.detail["left_out"] == ["x.exe", "winmail.dat"]

    def test_a_very_long_mail_is_cut_and_comes_whole_as_a_file(self) -> None:
        person = customer()
        bring(raw(person.email, "satır\n" * 10_000))
        assert len(said(Ticket.objects.get())[0]) <= 20_000
        assert Attachment.objects.get().name == "mail.txt"
        assert Attachment.objects.get().size > 50_000


class TestQuarantine:
    def test_a_stranger_is_never_answered(self) -> None:
        mail = bring(raw("who@stranger.example"))
        assert outcome(mail) == ("quarantined", "unknown-sender")
        assert sent() == []
        assert Ticket.objects.count() == 0

    def test_release_discard_and_again(self) -> None:
        person = customer()
        serial = person.organisation.installations.values_list("units__serial", flat=True)[0]
        mail = bring(raw("private@mail.example", "Evden yazıyorum."))
        inbox_actions.discard(OPERATOR, mail.pk, "spam?", now=NOW)
        with pytest.raises(InvalidInput):
            inbox_actions.discard(OPERATOR, mail.pk, "again", now=NOW)
        to = Release(serial=str(serial), person_email=person.email)
        number = inbox_actions.release(OPERATOR, mail.pk, to, now=NOW)
        assert said(Ticket.objects.get(number=number)) == ["Evden yazıyorum."]
        with pytest.raises(InvalidInput):
            inbox_actions.release(OPERATOR, mail.pk, to, now=NOW)
        settle()
        assert [one.to for one in sent()] == [person.email]

    def test_a_strangers_mail_goes_onto_a_ticket_as_the_engineers_writing(self) -> None:
        person = customer()
        bring(raw(person.email))
        ticket = Ticket.objects.get()
        mail = bring(raw("other@mail.example", "Ekleme.", message_id="2@x"))
        inbox_actions.release(OPERATOR, mail.pk, Release(number=ticket.number), now=NOW)
        event = TicketEvent.objects.get(key=f"mail:{mail.pk}")
        assert (event.actor, event.detail["text"]) == ("operator:test", "Ekleme.")

    @pytest.mark.parametrize("role", ["customer-administrator", "customer-user", "dealer", "release-manager"])
    def test_the_inbox_is_for_engineers(self, role: str) -> None:
        mail = bring(raw("who@stranger.example"))
        who = people.viewer(role)
        for attempt in (
            lambda: queries.inbox(who),
            lambda: queries.incoming_mail(who, mail.pk),
            lambda: inbox_actions.discard(who, mail.pk, "x", now=NOW),
            lambda: inbox_actions.release(who, mail.pk, Release(number="LGX-2026-000001"), now=NOW),
        ):
            with pytest.raises(Forbidden):
                attempt()
        assert queries.inbox(people.viewer("support-engineer"))[0]["from"] == "who@stranger.example"

    def test_what_cannot_be_read_waits_for_a_person(self) -> None:
        deep = b"From: a@x.example\r\n" + b"".join(
            b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (each, each)
            for each in range(99)
        )
        mail = bring(deep)
        assert outcome(mail) == ("quarantined", "unreadable")
        with pytest.raises(InvalidInput):
            inbox_actions.release(OPERATOR, mail.pk, Release(number="LGX-2026-000001"), now=NOW)

    def test_somebody_who_left_is_a_stranger(self) -> None:
        person = customer()
        Person.objects.filter(pk=person.pk).update(active=False)
        assert outcome(bring(raw(person.email))) == ("quarantined", "unknown-sender")

    def test_a_dealer_only_with_consent(self) -> None:
        owner = rows.customer(dealer=True)
        assert owner.dealer is not None
        unit = rows.unit(owner)
        rows.contract(unit, package="standart")
        dealer = people.person("dealer", owner.dealer)
        before = bring(raw(dealer.email, f"{unit.serial} bozuk", message_id="1@x"))
        assert Ticket.objects.count() == 0
        assert before.state != "filed"
        DealerConsent.objects.create(customer=owner, dealer=owner.dealer, given_by="x", given_at=NOW)
        bring(raw(dealer.email, f"{unit.serial} bozuk", message_id="2@x"), NOW + 2 * 60 * MINUTE)
        assert Ticket.objects.get().reporter == dealer


class TestLoops:
    @pytest.mark.timeout(900)
    def test_a_loop_of_a_thousand_ends_at_the_cap(self) -> None:
        """A program answers every mail of ours at once, and hides that it is one."""
        person = customer()
        bring(raw(person.email, message_id="0@x"))
        answered = 0
        for number in range(1, 1_000):
            ours = OutgoingMail.objects.filter(state="queued").order_by("-id")[0]
            bring(
                raw(person.email, "Ofis dışındayım.", to=ours.reply_to, subject=f"Re: {ours.subject}",
                    message_id=f"{number}@x", In_Reply_To=f"<{ours.message_id}>"),
                NOW + number * timedelta(seconds=1),
            )  # fmt: skip
            answered = OutgoingMail.objects.filter(state="queued").count()
        assert answered <= 4
        assert Ticket.objects.count() == 1
        assert IncomingMail.objects.count() == 1_000
        assert len(said(Ticket.objects.get())) == 61
        assert IncomingMail.objects.filter(state="quarantined", reason="too-many").count() == 1_000 - 61

    def test_a_loop_of_new_subjects_ends_at_the_cap(self) -> None:
        person = customer()
        for number in range(200):
            bring(raw(person.email, message_id=f"{number}@x", subject=f"Konu {number}"))
        assert len(sent()) == 4
        assert OutgoingMail.objects.filter(state="suppressed").count() == 16

    @pytest.mark.parametrize(
        "headers", [{"Auto_Submitted": "auto-replied"}, {"Precedence": "bulk"}, {"List_Id": "<l.x>"}]
    )
    def test_machines_get_nothing(self, headers: dict[str, str]) -> None:
        person = customer()
        assert bring(raw(person.email, **headers)).state == "ignored"
        assert (sent(), Ticket.objects.count()) == ([], 0)


class TestTelling:
    def test_the_customer_hears_of_answers_and_of_the_end(self) -> None:
        person, engineer = customer(), viewer(people.person("support-engineer"))
        bring(raw(person.email))
        number = Ticket.objects.get().number
        handling.answer(engineer, number, "Fişi çekip takın.", now=NOW + MINUTE)
        settle(NOW + MINUTE)
        (told,) = sent(kind="ticket-answer")
        assert (told.to, told.automatic) == (person.email, "no")
        assert "Fişi çekip takın." in told.text
        assert told.references[0] == "1@ege.example"
        then = handling.Next(handling.TicketState.SOLVED)
        handling.answer(engineer, number, "Bitti.", now=NOW + 2 * MINUTE, then=then)
        settle(NOW + 2 * MINUTE)
        assert len(sent(kind="ticket-answer")) == 2
        assert sent(kind="ticket-solved") == []
        assert "14" in sent(kind="ticket-answer")[1].text

    def test_waiting_and_solved_are_told_by_themselves(self) -> None:
        person, engineer = customer(), viewer(people.person("support-engineer"))
        bring(raw(person.email))
        number = Ticket.objects.get().number
        for minute, state in enumerate(("open", "waiting", "solved"), 1):
            at = NOW + minute * MINUTE
            handling.move(engineer, number, handling.TicketState(state), now=at)
            settle(at)
        assert [mail.kind for mail in sent()][1:] == ["ticket-waiting", "ticket-solved"]

    def test_internal_notes_are_told_to_nobody(self) -> None:
        person, engineer = customer(), viewer(people.person("support-engineer"))
        bring(raw(person.email))
        handling.note(engineer, Ticket.objects.get().number, "GİZLİ", now=NOW)
        settle()
        assert not any("GİZLİ" in mail.text for mail in OutgoingMail.objects.all())
        assert len(sent()) == 1

    def test_the_assignee_hears_of_the_customers_message_in_office_hours(self) -> None:
        person, engineer = customer(), people.person("support-engineer")
        bring(raw(person.email))
        ticket = Ticket.objects.get()
        assignment.assign(OPERATOR, ticket.number, engineer.pk, now=NOW)
        settle()
        (assigned,) = sent(kind="ticket-assigned")
        assert (assigned.to, assigned.run_after) == (engineer.email, NOW)
        night = NOW + timedelta(hours=14)
        to = tokens.address_of(ticket.number, "support@localhost", ours=False)
        bring(raw(person.email, "Hâlâ bozuk.", to=to, message_id="2@x"), night)
        (told,) = sent(kind="ticket-message")
        assert told.run_after == NOW + timedelta(hours=23)  # 09:00 in Istanbul
        signed = tokens.signed_in([told.reply_to], "support@localhost")
        assert signed is not None
        assert signed.ours

    def test_what_comes_after_our_answer_is_told_however_soon(self) -> None:
        person, engineer = customer(), people.person("support-engineer")
        bring(raw(person.email))
        number = Ticket.objects.get().number
        to = tokens.address_of(number, "support@localhost", ours=False)
        operate = viewer(engineer)
        assignment.take(operate, number, now=NOW)
        bring(raw(person.email, "Hâlâ bozuk.", to=to, message_id="2@x"), NOW + MINUTE)
        bring(raw(person.email, "Işık yanmıyor.", to=to, message_id="3@x"), NOW + 2 * MINUTE)
        assert len(sent(kind="ticket-message")) == 1, "read together"
        handling.answer(operate, number, "Düzeldi.", now=NOW + 3 * MINUTE, then=Next(TicketState.SOLVED))
        bring(raw(person.email, "Düzelmedi!", to=to, message_id="4@x"), NOW + 4 * MINUTE)
        assert Ticket.objects.get().state == "open"
        assert "Düzelmedi!" in sent(kind="ticket-message")[-1].text

    def test_files_without_words_are_told_to_the_assignee(self) -> None:
        person, engineer = customer(), people.person("support-engineer")
        bring(raw(person.email))
        number = Ticket.objects.get().number
        assignment.take(viewer(engineer), number, now=NOW)
        handling.move(viewer(engineer), number, TicketState.OPEN, now=NOW)
        handling.move(viewer(engineer), number, TicketState.WAITING, "günlük", now=NOW)
        files = attachments.accept([attachments.Upload("gunluk.txt", [b"x"])])
        attachments.attach(viewer(person), number, files, now=NOW + MINUTE)
        attachments.attach(viewer(engineer), number, files, now=NOW + MINUTE)
        settle(NOW + MINUTE)
        (told,) = sent(kind="ticket-message")
        assert told.to == engineer.email
        assert "gunluk.txt" in told.text
