"""The page of a ticket: all for ours, what is public for the customer."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from logix_server.accounts.access import viewer
from logix_server.health.actions import apply_findings
from logix_server.tickets.decisions.sla import Standing
from logix_server.tickets.desk import assignment, handling, levelling, merging
from logix_server.tickets.files.attachments import Upload, accept, attach
from logix_server.tickets.lifecycle import TicketState
from logix_server.tickets.models import Ticket
from logix_server.tickets.reading import ticket_page

from tests.fakes.blobs import FakeBlobs
from tests.server import people
from tests.server.health.told import finding
from tests.server.rows import NOW
from tests.server.tickets.asked_for import covered, customer_of, opened
from tests.server.tickets.test_clocks import effects

pytestmark = [pytest.mark.database, pytest.mark.django_db]
HOUR = timedelta(hours=1)


def busy_ticket() -> Ticket:
    """A ticket on which everything happened."""
    unit = covered()
    engineer, customer = people.viewer("support-engineer"), customer_of(unit)
    apply_findings([finding(unit.id, "a1")])
    effects(NOW)
    device = Ticket.objects.get()
    ticket = opened(unit, reporter_id=customer.person_id)
    store = FakeBlobs()
    handling.note(
        engineer, ticket.number, "SECRET", now=NOW, files=accept([Upload("secret.txt", [b"x"])], store)
    )
    handling.answer(engineer, ticket.number, "We look.", now=NOW + HOUR)
    attach(customer, ticket.number, accept([Upload("log.txt", [b"x"])], store), now=NOW + HOUR)
    assignment.take(engineer, ticket.number, now=NOW + HOUR)
    levelling.change_level(engineer, ticket.number, 2, "Most are dark.", row="PRI-1", now=NOW + HOUR)
    handling.move(engineer, ticket.number, TicketState.WAITING, "SECRET why", now=NOW + HOUR)
    merging.merge(engineer, device.number, ticket.number, why="SECRET reason", now=NOW + HOUR)
    merging.link(engineer, ticket.number, opened().number, now=NOW + HOUR)
    ticket.refresh_from_db()
    return ticket


def test_ours_see_all_of_it() -> None:
    ticket = busy_ticket()
    looking = people.viewer("support-engineer")
    page = ticket_page(looking, ticket.number, NOW + 2 * HOUR)
    said = [(line.kind, line.by != "", line.text) for line in page.lines]
    assert ("note", True, "SECRET") in said
    assert ("answer", True, "We look.") in said
    assert [file.name for line in page.lines for file in line.files] == ["secret.txt", "log.txt"]
    assert (page.standing, page.left) == (Standing.MET, None)
    assert page.resolution is not None
    assert page.last_event == max(line.id for line in page.lines)
    assert [fault.part for fault in page.faults] == ["disk:S1"]
    assert (len(page.merged), len(page.links), page.assignee != "") == (1, 1, True)
    assert set(page.moves) == {TicketState.OPEN, TicketState.WORKAROUND, TicketState.SOLVED}
    assigned = next(line for line in page.lines if line.detail.get("field") == "assignee")
    assert (assigned.detail["before"], assigned.detail["after"]) == ("", page.assignee)


def test_the_customer_sees_what_is_public() -> None:
    ticket = busy_ticket()
    customer = people.viewer("customer-administrator", ticket.installation.customer)
    page = ticket_page(customer, ticket.number, NOW + 2 * HOUR)
    told = repr([(line.text, line.detail, line.files, line.actor) for line in page.lines])
    assert "SECRET" not in told
    assert "secret.txt" not in told
    assert "log.txt" in told
    assert "user:" not in told
    level = next(line for line in page.lines if line.kind == "level-changed")
    assert (level.detail["level"], level.detail["reason"]) == (2, "Most are dark.")
    assert (page.resolution, page.moves, page.may_handle, page.may_write) == (None, (), False, True)
    assert page.links == ()  # the other one is another customer's
    assert len(page.merged) == 1
    assert page.last_event > 0


def test_a_running_clock_says_what_is_left() -> None:
    ticket = opened()
    page = ticket_page(customer_of(ticket.unit), ticket.number, NOW + HOUR)
    assert (page.standing, page.left) == (Standing.RUNNING, 5 * HOUR)
    late = ticket_page(customer_of(ticket.unit), ticket.number, NOW + 24 * HOUR)
    assert (late.standing, late.left) == (Standing.MISSED, -18 * HOUR)


def test_whoever_is_erased_leaves_no_name() -> None:
    ticket = opened()
    engineer = people.person("support-engineer")
    handling.answer(viewer(engineer), ticket.number, "We look.", now=NOW)
    engineer.name, engineer.erased_at = "", NOW
    engineer.save()
    page = ticket_page(customer_of(ticket.unit), ticket.number, NOW)
    line = next(line for line in page.lines if line.kind == "answer")
    assert (line.by, line.ours) == ("", True)


@pytest.mark.parametrize("role", ["support-engineer", "customer-user"])
def test_a_page_takes_few_queries_however_much_happened(role: str) -> None:
    ticket = busy_ticket()
    organisation = None if role == "support-engineer" else ticket.installation.customer
    looking = people.viewer(role, organisation)
    for _ in range(5):
        handling.message(customer_of(ticket.unit), ticket.number, "Any news?", now=NOW + 2 * HOUR)
    with CaptureQueriesContext(connection) as told:
        ticket_page(looking, ticket.number, NOW + 3 * HOUR)
    assert len(told) < 20, [one["sql"] for one in told.captured_queries]
