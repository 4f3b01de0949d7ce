"""The ticket page: what it shows, and everything that is done on it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from logix_server.accounts.access import viewer
from logix_server.health.models import Fault
from logix_server.tickets.decisions.history import EventKind
from logix_server.tickets.desk import handling
from logix_server.tickets.events import note
from logix_server.tickets.models import Attachment, Ticket, TicketFault

from tests.server.people import person, signed_in
from tests.server.portal.story import device_with_a_story, ticket_of

pytestmark = [pytest.mark.database, pytest.mark.django_db]


@pytest.fixture
def ticket() -> Ticket:
    return ticket_of(device_with_a_story())


@pytest.fixture
def client() -> Iterator[Client]:
    one = signed_in(person("support-engineer"))
    one.post("/language/", {"language": "en"})
    yield one


def page_of(client: Client, ticket: Ticket) -> str:
    return client.get(f"/tickets/{ticket.number}/").content.decode()


def sent(client: Client, ticket: Ticket, what: str, **told: Any) -> tuple[int, str]:
    """A form that is sent as the page has it, and what the page says afterwards."""
    page = page_of(client, ticket)
    fields = {}
    for name in ("seen", "token"):
        found = re.search(rf'name="{name}" value="(\w+)" id="id_{what}_{name}"', page)
        fields[name] = found[1] if found else ""
    answer = client.post(f"/tickets/{ticket.number}/{what}/", fields | told, follow=True)
    return answer.status_code, answer.content.decode()


def test_all_that_is_known_of_it(client: Client, ticket: Ticket) -> None:
    fault = Fault.objects.filter(code="disk.pending-sectors").get()
    TicketFault.objects.create(ticket=ticket, fault=fault, joined_at=datetime.now(UTC))
    page = page_of(client, ticket)
    for text in (
        ticket.number, "Kurallar çalışmıyor", "Dün akşamdan beri.", "2 (medium)", "PRI-3",
        "Some of its features do not work.", "MAT-7", "Profesyonel", "Current_Pending_Sector",
        "The disk has sectors that it cannot read", "MAT-11", "Ticket opened",
    ):  # fmt: skip
        assert text in page, text


def test_lost_redundancy_is_told_in_words(client: Client, ticket: Ticket) -> None:
    change = {"field": "urgent", "before": False, "after": True}
    note(ticket, EventKind.FIELD_CHANGED, datetime.now(UTC), change, public=True)
    page = page_of(client, ticket)
    assert "The ticket is urgent: redundancy is lost (PRI-4)." in page
    assert "→ True" not in page


def test_an_answer_is_public_and_a_note_is_not(client: Client, ticket: Ticket) -> None:
    assert sent(client, ticket, "answer", text="We look at it. <b>")[0] == 200
    status, page = sent(client, ticket, "note", text="Ask Mehmet.")
    assert status == 200
    assert "We look at it. &lt;b&gt;" in page
    kinds = {event.kind: event.public for event in ticket.events.all()}
    assert (kinds["answer"], kinds["note"]) == (True, False)
    assert re.search(r'class="internal".{0,400}Internal note', page, re.DOTALL)


def test_an_answer_may_leave_it_waiting_or_solved(client: Client, ticket: Ticket) -> None:
    assert sent(client, ticket, "answer", text="Which version?", then="waiting")[0] == 200
    ticket.refresh_from_db()
    assert ticket.state == "waiting"
    status, page = sent(client, ticket, "answer", text="Use the old one.", then="workaround")
    assert (status, "SUP-4" in page, "Use the old one." in page) == (422, True, True)
    told = {"then": "workaround", "system_owner": "Ali Veli"}
    assert "Ali Veli" in sent(client, ticket, "answer", text="Use the old one.", **told)[1]


def test_what_came_between_is_told_and_what_was_typed_stays(client: Client, ticket: Ticket) -> None:
    page = page_of(client, ticket)
    seen = re.search(r'name="seen" value="(\d+)"', page)
    assert seen is not None
    other = viewer(person("support-engineer"))
    handling.answer(other, ticket.number, "I was faster.", now=datetime.now(UTC))
    address = f"/tickets/{ticket.number}/answer/"
    answer = client.post(address, {"text": "My long answer", "seen": seen[1]})
    told = answer.content.decode()
    assert (answer.status_code, "My long answer" in told, "I was faster." in told) == (409, True, True)
    assert "unseen" in told
    assert ticket.events.filter(kind="answer").count() == 1
    again = re.search(r'name="seen" value="(\d+)"[^>]* id="id_answer_seen"', told)
    assert again is not None
    assert client.post(address, {"text": "My long answer", "seen": again[1]}).status_code == 302


def test_the_same_form_sent_twice_is_taken_once(client: Client, ticket: Ticket) -> None:
    told = {"text": "Once.", "token": "ab" * 16}
    for _ in range(2):
        assert client.post(f"/tickets/{ticket.number}/note/", told).status_code == 302
    assert ticket.events.filter(kind="note").count() == 1


def test_other_words_in_the_same_form_are_not_swallowed(client: Client, ticket: Ticket) -> None:
    for text in ("Look at the log.", "Then send it to us."):
        told = {"text": text, "token": "ab" * 16}
        assert client.post(f"/tickets/{ticket.number}/answer/", told).status_code == 302
    said = ticket.events.filter(kind="answer").order_by("id")
    assert [event.detail["text"] for event in said] == ["Look at the log.", "Then send it to us."]


def test_moves_levels_and_hands_on(client: Client, ticket: Ticket) -> None:
    colleague = person("support-engineer")
    assert sent(client, ticket, "take")[0] == 200
    assert colleague.name in sent(client, ticket, "assign", person=str(colleague.pk))[1]
    assert sent(client, ticket, "assign", person="")[0] == 200
    assert sent(client, ticket, "answer", text="Hello.")[0] == 200
    assert sent(client, ticket, "answers", **{"PRI-5": "1"})[0] == 200
    ticket.refresh_from_db()
    assert (ticket.level, ticket.assignee_id) == (1, None)
    reason = {"level": "3", "row": "PRI-6", "reason": "Work goes on again."}
    assert "Work goes on again." in sent(client, ticket, "level", **reason)[1]
    assert sent(client, ticket, "move", state="solved", why="New rule.")[0] == 200
    assert sent(client, ticket, "reopen", why="Not quite.")[0] == 200
    ticket.refresh_from_db()
    assert (ticket.level, ticket.state) == (3, "open")


def test_merges_and_links(client: Client, ticket: Ticket) -> None:
    second, third = ticket_of(ticket.unit), ticket_of(device_with_a_story())
    status, page = sent(client, ticket, "merge", into=third.number)
    assert (status, "same place" in page) == (422, True)
    assert sent(client, ticket, "link", other=third.number.lower())[0] == 200
    assert sent(client, ticket, "link", other="LGX-2026-999999")[0] == 422
    status, page = sent(client, ticket, "merge", into=second.number, why="The same.")
    assert (status, f'href="/tickets/{second.number}/"' in page) == (200, True)


@pytest.mark.parametrize(
    ("what", "told"),
    [
        ("answer", {"text": ""}),
        ("answer", {"text": "x" * 20_001}),
        ("answer", {"text": "x", "then": "closed"}),
        ("answer", {"text": "x", "seen": "-1"}),
        ("note", {"text": "   "}),
        ("move", {"state": "closed", "why": "x"}),  # from new it leads nowhere
        ("move", {"state": "made-up", "why": "x"}),
        ("move", {"state": "open"}),
        ("reopen", {"why": "x"}),
        ("assign", {"person": "999999"}),
        ("answers", {}),
        ("answers", {"PRI-1": "4"}),
        ("level", {"level": "1", "row": "PRI-8", "reason": "x"}),
        ("level", {"level": "1", "row": "PRI-1", "reason": ""}),
        ("merge", {"into": "'; drop table"}),
        ("attach", {}),
    ],
)
def test_what_cannot_be_is_said_at_its_form(
    client: Client, ticket: Ticket, what: str, told: dict[str, str]
) -> None:
    before = ticket.events.count()
    answer = client.post(f"/tickets/{ticket.number}/{what}/", told)
    page = answer.content.decode()
    assert (answer.status_code, 'class="errorlist' in page) == (422, True)
    assert ticket.events.count() == before
    for described in re.findall(r'aria-describedby="([^"]+)"', page):
        assert all(f'id="{one}"' in page for one in described.split())


def test_unknown_tickets_and_acts_are_not_there(client: Client, ticket: Ticket) -> None:
    assert client.get("/tickets/LGX-2026-999999/").status_code == 404
    assert client.get("/tickets/%00/").status_code == 404
    assert client.post(f"/tickets/{ticket.number}/made-up/").status_code == 404
    assert client.get(f"/tickets/{ticket.number}/answer/").status_code == 405


def test_a_release_manager_reads_and_is_offered_nothing(ticket: Ticket) -> None:
    page = page_of(signed_in("release-manager"), ticket)
    assert ticket.number in page
    assert "/answer/" not in page


def test_files_come_back_as_they_were_and_only_as_downloads(client: Client, ticket: Ticket) -> None:
    log = SimpleUploadedFile("günlük.txt", "satır".encode(), "text/html")
    assert sent(client, ticket, "answer", text="See the file.", attachments=log)[0] == 200
    stored = Attachment.objects.get()
    answer = client.get(f"/attachments/{stored.pk}/")
    assert b"".join(answer.streaming_content) == "satır".encode()  # type: ignore[attr-defined]
    assert answer.headers["Content-Disposition"].startswith("attachment;")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert "html" not in answer.headers["Content-Type"]
    program = SimpleUploadedFile("tool.exe", b"MZ\x90\x00")
    status, page = sent(client, ticket, "note", text="A tool", attachments=program)
    assert (status, "tool.exe: this kind of file is not taken" in page) == (422, True)
    assert ticket.events.filter(kind="note").count() == 0


def test_an_internal_file_is_nobody_elses(client: Client, ticket: Ticket) -> None:
    file = SimpleUploadedFile("notes.txt", b"ours")
    assert sent(client, ticket, "attach", attachments=file, internal="on")[0] == 200
    stored = Attachment.objects.get()
    customer = signed_in(person("customer-user", ticket.installation.customer))
    assert (stored.public, customer.get(f"/attachments/{stored.pk}/").status_code) == (False, 404)
