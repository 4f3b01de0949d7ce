"""Engineers answer, note and move; nobody overwrites what another did meanwhile."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.db import connection
from logix_common.errors import IllegalTransition, InvalidInput
from logix_server.accounts.access import Forbidden, NotFound, Viewer
from logix_server.audit.models import Record
from logix_server.tickets.desk import assignment, handling, levelling
from logix_server.tickets.desk.handling import Next
from logix_server.tickets.lifecycle import TicketState
from logix_server.tickets.models import Ticket, TicketEvent
from logix_server.tickets.reach import Meanwhile

from tests.server import people
from tests.server.rows import NOW
from tests.server.tickets.asked_for import covered, customer_of, detail, kinds, last, opened

pytestmark = [pytest.mark.database, pytest.mark.django_db]
DAY, HOUR = timedelta(days=1), timedelta(hours=1)


@pytest.fixture
def engineer() -> Viewer:
    return people.viewer("support-engineer")


def test_an_answer_is_public_stops_the_clock_and_opens(engineer: Viewer) -> None:
    ticket = opened()
    event = handling.answer(engineer, ticket.number, " We look.\r\nSoon. ", now=NOW + HOUR)
    ticket.refresh_from_db()
    assert (event.public, event.actor, event.detail["text"]) == (True, engineer.actor, "We look.\nSoon.")
    assert (ticket.answered_at, ticket.state, ticket.missed_at) == (NOW + HOUR, "open", None)


def test_an_answer_may_leave_the_ticket_elsewhere(engineer: Viewer) -> None:
    ticket = opened()
    handling.answer(engineer, ticket.number, "Which version?", now=NOW, then=Next(TicketState.WAITING))
    ticket.refresh_from_db()
    assert (ticket.state, kinds(ticket)[-3:]) == ("waiting", ["answer", "state-changed", "state-changed"])
    with pytest.raises(InvalidInput, match="SUP-4"):
        handling.answer(engineer, ticket.number, "x", now=NOW, then=Next(TicketState.WORKAROUND))
    assert kinds(ticket).count("answer") == 1  # all of it or nothing


def test_a_note_is_no_answer(engineer: Viewer) -> None:
    ticket = opened()
    event = handling.note(engineer, ticket.number, "Looks like the switch.", now=NOW)
    ticket.refresh_from_db()
    assert (event.public, ticket.answered_at, ticket.state) == (False, None, "new")


def test_sup_4_a_workaround_names_who_was_told(engineer: Viewer) -> None:
    ticket = opened()
    handling.move(engineer, ticket.number, TicketState.OPEN, now=NOW)
    with pytest.raises(InvalidInput, match="SUP-4"):
        handling.move(engineer, ticket.number, TicketState.WORKAROUND, "restarted", now=NOW)
    handling.move(
        engineer, ticket.number, TicketState.WORKAROUND, "restarted", system_owner="Ayşe Demir", now=NOW
    )
    assert detail(ticket, "state-changed")["system_owner"] == "Ayşe Demir"
    # Names stand in the history alone.
    assert not Record.objects.filter(detail__icontains="Demir").exists()


def test_customers_reopen_but_do_nothing_else_of_ours(engineer: Viewer) -> None:
    ticket = opened()
    customer = customer_of(ticket.unit)
    for forbidden in (
        lambda: handling.answer(customer, ticket.number, "x", now=NOW),
        lambda: handling.note(customer, ticket.number, "x", now=NOW),
        lambda: handling.move(customer, ticket.number, TicketState.OPEN, now=NOW),
    ):
        with pytest.raises(Forbidden):
            forbidden()
    handling.answer(engineer, ticket.number, "Done.", now=NOW, then=Next(TicketState.SOLVED))
    handling.reopen(customer, ticket.number, "Not done.", now=NOW + 14 * DAY)
    ticket.refresh_from_db()
    assert ticket.state == "open"
    with pytest.raises(InvalidInput):
        handling.reopen(customer, ticket.number, "x", now=NOW + 14 * DAY)


def test_after_14_days_nothing_is_taken_up_again(engineer: Viewer) -> None:
    ticket = opened()
    handling.answer(engineer, ticket.number, "Done.", now=NOW, then=Next(TicketState.SOLVED))
    late = NOW + 14 * DAY + timedelta(seconds=1)
    for by in (engineer, customer_of(ticket.unit)):
        with pytest.raises(InvalidInput, match="14 days"):
            handling.reopen(by, ticket.number, "again", now=late)
    with pytest.raises(InvalidInput, match="14 days"):
        handling.move(engineer, ticket.number, TicketState.OPEN, now=late)
    handling.move(engineer, ticket.number, TicketState.CLOSED, now=late)
    with pytest.raises(IllegalTransition):
        handling.move(engineer, ticket.number, TicketState.SOLVED, now=late)
    with pytest.raises(InvalidInput, match="closed"):
        handling.answer(engineer, ticket.number, "x", now=late)


def test_meanwhile_somebody_answered(engineer: Viewer) -> None:
    ticket = opened()
    seen = last(ticket).pk
    other = people.viewer("vendor-manager")
    handling.answer(other, ticket.number, "It is known.", now=NOW + HOUR, seen=seen)
    with pytest.raises(Meanwhile) as told:
        handling.answer(engineer, ticket.number, "We look.", now=NOW + 2 * HOUR, seen=seen)
    assert [event.kind for event in told.value.events] == ["answer", "state-changed"]
    assert told.value.events[0].actor == other.actor
    assert kinds(ticket).count("answer") == 1
    handling.answer(engineer, ticket.number, "We look.", now=NOW + 3 * HOUR, seen=told.value.last_seen)
    assert kinds(ticket).count("answer") == 2


def test_what_the_words_need_not_know_stops_nobody(engineer: Viewer) -> None:
    ticket = opened()
    seen = last(ticket).pk
    other = people.viewer("vendor-manager")
    handling.note(other, ticket.number, "I looked.", now=NOW)
    assignment.take(other, ticket.number, now=NOW)
    handling.answer(engineer, ticket.number, "We look.", now=NOW, seen=seen)
    with pytest.raises(Meanwhile):
        assignment.take(engineer, ticket.number, now=NOW, seen=seen)
    with pytest.raises(Meanwhile):
        handling.move(engineer, ticket.number, TicketState.WAITING, now=NOW, seen=seen)


def test_a_form_that_is_sent_twice_speaks_once(engineer: Viewer) -> None:
    ticket = opened()
    seen = last(ticket).pk
    one = handling.answer(engineer, ticket.number, "We look.", now=NOW, seen=seen, key="form:1")
    two = handling.answer(engineer, ticket.number, "We look.", now=NOW, seen=seen, key="form:1")
    assert one == two
    with pytest.raises(Meanwhile):
        handling.answer(engineer, ticket.number, "We look.", now=NOW, seen=seen)


def test_assignment_is_told_with_before_and_after(engineer: Viewer) -> None:
    ticket = opened()
    other = people.viewer("support-engineer")
    assignment.take(engineer, ticket.number, now=NOW)
    assert assignment.take(engineer, ticket.number, now=NOW) is None
    assignment.assign(engineer, ticket.number, other.person_id, now=NOW)
    told = {"field": "assignee", "before": engineer.person_id, "after": other.person_id}
    assert detail(ticket, "field-changed") == told
    assert Record.objects.filter(action="ticket.assign").count() == 2
    assignment.assign(engineer, ticket.number, None, now=NOW)
    ticket.refresh_from_db()
    assert ticket.assignee is None
    for nobody in (customer_of(ticket.unit), people.viewer("release-manager")):
        with pytest.raises(InvalidInput):
            assignment.assign(engineer, ticket.number, nobody.person_id, now=NOW)
    with pytest.raises(Forbidden):
        assignment.assign(customer_of(ticket.unit), ticket.number, None, now=NOW)


def test_reading_20_answers_raise_the_level_and_never_lower_it() -> None:
    ticket = opened(answers={"PRI-6": 3})
    customer = customer_of(ticket.unit)
    levelling.set_answers(customer, ticket.number, {"PRI-3": 2, "PRI-5": 3}, now=NOW)
    ticket.refresh_from_db()
    assert (ticket.level, ticket.level_clauses) == (2, ["PRI-3"])
    assert ticket.level_answers == {"PRI-6": 3, "PRI-3": 2, "PRI-5": 3}
    assert detail(ticket, "level-changed")["answers"] == ticket.level_answers
    assert levelling.set_answers(customer, ticket.number, {"PRI-3": 2}, now=NOW) is None
    levelling.set_answers(customer, ticket.number, {"PRI-3": 3}, now=NOW)
    ticket.refresh_from_db()
    assert (ticket.level, ticket.level_answers["PRI-3"]) == (2, 3)
    with pytest.raises(InvalidInput):
        levelling.set_answers(customer, ticket.number, {}, now=NOW)


def test_answers_to_and_fro_do_not_fill_the_history(engineer: Viewer) -> None:
    ticket = opened()
    customer = customer_of(ticket.unit)
    for number in range(levelling.MOST_AN_HOUR):
        levelling.set_answers(customer, ticket.number, {"PRI-7": 2 + number % 2}, now=NOW)
    with pytest.raises(InvalidInput, match="within an hour"):
        levelling.set_answers(customer, ticket.number, {"PRI-7": 2}, now=NOW)
    levelling.set_answers(engineer, ticket.number, {"PRI-7": 2}, now=NOW)
    levelling.set_answers(customer, ticket.number, {"PRI-7": 3}, now=NOW + timedelta(hours=2))


def test_an_engineers_word_stands_against_the_same_answer(engineer: Viewer) -> None:
    ticket = opened(answers={"PRI-6": 1})
    customer = customer_of(ticket.unit)
    levelling.change_level(engineer, ticket.number, 3, "Only one room is dark.", row="PRI-5", now=NOW)
    ticket.refresh_from_db()
    assert (ticket.level, ticket.level_clauses) == (3, ["PRI-5"])
    event = last(ticket)
    assert (event.kind, event.public, event.detail["reason"]) == (
        "level-changed",
        True,
        "Only one room is dark.",
    )
    levelling.set_answers(customer, ticket.number, {"PRI-6": 1}, now=NOW)
    ticket.refresh_from_db()
    assert ticket.level == 3
    levelling.set_answers(customer, ticket.number, {"PRI-5": 1}, now=NOW)
    ticket.refresh_from_db()
    assert (ticket.level, ticket.level_clauses) == (1, ["PRI-5"])


@pytest.mark.parametrize(
    ("level", "row", "reason"), [(4, "PRI-1", "x"), (0, "PRI-1", "x"), (2, "PRI-8", "x"), (2, "PRI-1", " ")]
)
def test_what_is_no_level(engineer: Viewer, level: int, row: str, reason: str) -> None:
    ticket = opened()
    with pytest.raises(InvalidInput):
        levelling.change_level(engineer, ticket.number, level, reason, row=row, now=NOW)
    with pytest.raises(Forbidden):
        levelling.change_level(customer_of(ticket.unit), ticket.number, 2, "x", row="PRI-1", now=NOW)


def test_nobody_sees_anothers_number(engineer: Viewer) -> None:
    for number in ("LGX-2026-999999", "", "x" * 10_000, "LGX\0"):
        with pytest.raises(NotFound):
            handling.note(engineer, number, "x", now=NOW)


@pytest.mark.django_db(transaction=True)
def test_of_two_answers_at_once_one_is_told(engineer: Viewer) -> None:
    ticket = opened(covered())
    seen = last(ticket).pk
    start = threading.Barrier(2)
    outcomes: list[object] = []

    def answer(text: str) -> None:
        start.wait()
        try:
            handling.answer(engineer, ticket.number, text, now=NOW, seen=seen)
            outcomes.append("said")
        except Meanwhile as told:
            outcomes.append(told)
        finally:
            connection.close()

    threads = [threading.Thread(target=answer, args=(text,)) for text in ("one", "two")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(outcomes) == 2
    assert outcomes.count("said") == 1
    assert TicketEvent.objects.filter(ticket=ticket, kind="answer").count() == 1
    assert Ticket.objects.get().answered_at == NOW
