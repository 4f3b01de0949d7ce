"""Escalation on real rows: what is due is told once, to the right people, and only while it is so."""

from __future__ import annotations

import json
import threading
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from logix_server.accounts.access import operator, viewer
from logix_server.effects.dispatch import run_pending
from logix_server.fleet.models import Unit
from logix_server.health.actions import apply_findings
from logix_server.mail.models import OutgoingMail
from logix_server.oncall import pages
from logix_server.oncall.models import Page
from logix_server.tickets.desk import assignment, handling, merging
from logix_server.tickets.escalation import actions, paging
from logix_server.tickets.escalation.direct_access import who_may_be_called
from logix_server.tickets.escalation.models import Escalation, EscalationStep
from logix_server.tickets.lifecycle import TicketState
from logix_server.tickets.models import Ticket, TicketEvent

from tests.server import rows
from tests.server.health.told import finding
from tests.server.oncall.conftest import NIGHT, always, desk, engineer  # noqa: F401  a fixture

pytestmark = [pytest.mark.database, pytest.mark.django_db(transaction=True)]

US = operator("operator:ayse")


def effects(now: datetime) -> None:
    while run_pending(now):
        pass


def unit_of(package: str) -> Unit:
    unit = rows.unit()
    rows.contract(unit, package=package)
    return unit


def fault(unit: Unit, severity: int, now: datetime = NIGHT, number: str = "a1") -> Ticket:
    """A ticket of that level, opened by a device."""
    apply_findings([finding(unit.id, number, severity=severity, part=f"disk:{number}", at=now)])
    effects(now)
    return Ticket.objects.get(unit=unit, part=f"disk:{number}")


def run(minutes: float, since: datetime = NIGHT) -> None:
    now = since + timedelta(minutes=minutes)
    effects(now)
    while actions.escalate(now):
        pass
    effects(now)


def mails() -> list[tuple[str, str]]:
    rows_ = OutgoingMail.objects.filter(kind="escalation").order_by("id").values_list("to", "subject")
    return list(rows_)


def told(ticket: Ticket) -> list[tuple[str, int]]:
    events = TicketEvent.objects.filter(ticket=ticket, kind__in=["paged", "escalated"]).order_by("id")
    return [(event.kind, event.detail["percent"]) for event in events]


def test_a_level_1_fault_of_profesyonel_pages_at_night_at_once(desk) -> None:  # noqa: F811
    ticket = fault(unit_of("profesyonel"), 1)
    run(0)
    page = Page.objects.get()
    assert (page.about, page.package, page.first) == (f"ticket:{ticket.number}", "profesyonel", [])
    assert ticket.number in page.text["tr"]
    assert "02:15" in page.text["tr"]
    desk.run(0)
    assert desk.called() == ["Ayse"]
    assert told(ticket) == [("paged", 0)]
    run(0)
    run(1)
    assert Page.objects.count() == 1


def test_before_the_deadline_the_managers_are_called_too(desk) -> None:  # noqa: F811
    ticket = fault(unit_of("profesyonel"), 1)
    for minute in (0, 5, 12, 15, 16):
        run(minute)
    assert told(ticket) == [("paged", 0), ("paged", 80)]
    assert Page.objects.get(state="calling").first == [desk.manager.pk]
    nine = (NIGHT + timedelta(hours=9)).replace(tzinfo=UTC)  # 11:00 of the next day, still the holiday
    run(0, nine)
    assert mails() == []
    run(0, NIGHT + timedelta(days=1, hours=7))  # 30 October, 09:00: the hours of those who are not on call
    assert [to for to, _ in mails()] == [desk.ayse.email, desk.mehmet.email, desk.manager.email]


def test_an_answer_ends_the_page_and_every_further_step(desk) -> None:  # noqa: F811
    ticket = fault(unit_of("profesyonel"), 1)
    run(0)
    handling.answer(US, ticket.number, "We are on it.", now=NIGHT + timedelta(minutes=3))
    effects(NIGHT + timedelta(minutes=3))
    assert Page.objects.get().state == "cancelled"
    run(12)
    run(60 * 24 * 3)
    assert told(ticket) == [("paged", 0)]
    assert Escalation.objects.get(ticket=ticket).next_at is None


def test_a_merge_ends_the_page_of_what_was_merged(desk) -> None:  # noqa: F811
    unit = unit_of("profesyonel")
    one, other = fault(unit, 1), fault(unit, 1, number="b2")
    run(0)
    merging.merge(US, one.number, other.number, now=NIGHT + timedelta(minutes=1))
    effects(NIGHT + timedelta(minutes=1))
    states = dict(Page.objects.values_list("about", "state"))
    assert states == {f"ticket:{one.number}": "cancelled", f"ticket:{other.number}": "calling"}
    assert paging.wanted(states) == {f"ticket:{other.number}"}


def test_what_was_answered_a_moment_ago_is_rechecked_when_the_step_is_taken(desk) -> None:  # noqa: F811
    ticket = fault(unit_of("profesyonel"), 1)
    handling.answer(US, ticket.number, "We are on it.", now=NIGHT)
    Escalation.objects.filter(ticket=ticket).update(next_at=NIGHT)
    run(0)
    assert not Page.objects.exists()


def test_a_level_that_rises_pages_then(desk) -> None:  # noqa: F811
    unit = unit_of("profesyonel")
    ticket = fault(unit, 3)
    run(0)
    assert not Page.objects.exists()
    later = NIGHT + timedelta(minutes=30)
    from logix_common.findings import Event

    worse = finding(unit.id, "a1", Event.CHANGED, severity=1, part="disk:a1", at=later)
    apply_findings([worse])
    effects(later)
    run(30)
    assert told(ticket)[-1] == ("paged", 0)
    assert Page.objects.get().state == "calling"


@pytest.mark.parametrize(("package", "level"), [("temel", 1), ("standart", 1), ("profesyonel", 3)])
def test_what_does_not_page_does_not(desk, package: str, level: int) -> None:  # noqa: F811
    fault(unit_of(package), level)
    for minute in (0, 15, 60, 600, 3_000):
        run(minute)
    assert not Page.objects.exists()


def test_a_level_2_fault_in_office_hours_pages_only_once_they_end(desk) -> None:  # noqa: F811
    afternoon = datetime(2026, 11, 2, 13, 30, tzinfo=UTC)  # a Monday, 16:30
    ticket = fault(unit_of("profesyonel"), 2, afternoon)
    run(0, afternoon)
    assert not Page.objects.exists()
    run(29, afternoon)
    assert not Page.objects.exists()
    run(30, afternoon)
    assert told(ticket) == [("paged", 0)]


def test_mail_of_5x8_goes_to_the_assignee_in_their_hours(desk) -> None:  # noqa: F811
    evening = datetime(2026, 11, 2, 13, 0, tzinfo=UTC)  # 16:00: of four hours one is left today
    ticket = fault(unit_of("standart"), 2, evening)
    assignment.assign(viewer(desk.manager), ticket.number, desk.mehmet.pk, now=evening)
    for minute in (0, 60, 600, 16 * 60):  # at 08:00 next morning
        run(minute, evening)
    assert mails() == []
    run(18 * 60, evening)  # 10:00: two hours are used
    [(to, subject)] = mails()
    assert to == desk.mehmet.email
    assert ticket.number in subject
    assert "50 %" in subject


def test_an_acknowledged_page_is_told_in_the_tickets_history(desk) -> None:  # noqa: F811
    ticket = fault(unit_of("profesyonel"), 1)
    run(0)
    page = Page.objects.get()
    pages.acknowledge(page.pk, desk.ayse, "link", now=NIGHT + timedelta(minutes=1))
    run(1)
    event = TicketEvent.objects.get(ticket=ticket, kind="page-acknowledged")
    assert (event.detail["person"], event.detail["how"], event.public) == (desk.ayse.pk, "link", False)
    assert ticket.answered_at is None, "to acknowledge a page answers no customer"


def test_who_has_taken_it_up_is_left_in_peace_until_the_deadline(desk) -> None:  # noqa: F811
    ticket = fault(unit_of("profesyonel"), 2)
    run(0)
    pages.acknowledge(Page.objects.get().pk, desk.ayse, "link", now=NIGHT + timedelta(minutes=1))
    run(50)
    assert told(ticket) == [("paged", 0)]
    run(61)
    assert told(ticket) == [("paged", 0), ("paged", 100)]


def test_a_page_that_nobody_acknowledges_is_told_to_the_managers_by_mail(desk) -> None:  # noqa: F811
    ticket = fault(unit_of("profesyonel"), 2)
    for minute in (0, 5, 10):
        run(minute)
        desk.run(minute)
    run(10)
    assert [(to, ticket.number in subject) for to, subject in mails()] == [(desk.manager.email, True)]


def test_several_processes_take_a_step_once(desk) -> None:  # noqa: F811
    for number in range(5):
        fault(unit_of("profesyonel"), 1, number=f"n{number}")
    start, failed = threading.Barrier(4), []

    def work() -> None:
        start.wait()
        try:
            actions.escalate(NIGHT)
        except Exception as error:
            failed.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert failed == []
    run(0)
    assert Page.objects.count() == EscalationStep.objects.count() == 5


def test_solved_and_taken_up_again_goes_on_where_it_was(desk) -> None:  # noqa: F811
    ticket = fault(unit_of("profesyonel"), 2)
    run(0)
    for state in (TicketState.OPEN, TicketState.SOLVED):
        handling.move(US, ticket.number, state, "why", now=NIGHT + timedelta(minutes=1))
    run(1)
    assert Page.objects.get().state == "cancelled"
    run(50)
    assert told(ticket) == [("paged", 0)]
    handling.move(US, ticket.number, TicketState.OPEN, "why", now=NIGHT + timedelta(minutes=51))
    run(51)
    assert told(ticket) == [("paged", 0), ("paged", 80)]


def test_mat_11_who_may_be_called(desk) -> None:  # noqa: F811
    always("Gündüz", engineer("Elif"), packages=["standart"])
    answers = {}
    for package in ("temel", "standart", "profesyonel"):
        ticket = fault(unit_of(package), 3)
        for moment in (NIGHT, datetime(2026, 11, 2, 8, 0, tzinfo=UTC)):
            answer = who_may_be_called(US, ticket.number, moment)
            assert answer.decision.clauses[0] in ("MAT-11", "MAT-1")
            answers[package, moment == NIGHT] = [one.called.name for one in answer.people]
    assert answers == {
        ("temel", True): [],
        ("temel", False): [],
        ("standart", True): [],
        ("standart", False): ["Elif"],
        ("profesyonel", True): ["Ayse", "Mehmet"],
        ("profesyonel", False): ["Ayse", "Mehmet"],
    }


def test_a_look_at_100_000_waiting_tickets_searches_none(desk, django_assert_max_num_queries) -> None:  # noqa: F811
    ticket = fault(unit_of("profesyonel"), 3)
    run(0)
    assert Escalation.objects.get(ticket=ticket).next_at > NIGHT
    with django_assert_max_num_queries(1):
        actions.escalate(NIGHT + timedelta(seconds=1))
    sql = "SELECT ticket_id FROM tickets_escalation WHERE next_at <= '2026-10-28' ORDER BY next_at LIMIT 100"
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET enable_seqscan = off")  # a table of one row is searched whichever way
        cursor.execute(f"EXPLAIN {'QUERY PLAN ' if connection.vendor == 'sqlite' else ''}{sql}")
        plan = json.dumps(cursor.fetchall())
        if connection.vendor == "postgresql":
            cursor.execute("SET enable_seqscan = on")
    assert "escalation_next" in plan
