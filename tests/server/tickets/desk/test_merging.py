"""One matter, one ticket: faults move, promises are kept, histories stay."""

from __future__ import annotations

from datetime import timedelta

import pytest
from logix_common.errors import InvalidInput
from logix_server.accounts.access import Forbidden, NotFound
from logix_server.audit.models import Record
from logix_server.health.actions import apply_findings
from logix_server.health.models import Fault
from logix_server.tickets import clocks, queries, upkeep
from logix_server.tickets.decisions.sla import Standing
from logix_server.tickets.desk import handling, merging
from logix_server.tickets.desk.handling import Next
from logix_server.tickets.lifecycle import TicketState
from logix_server.tickets.models import Ticket, TicketEvent, TicketLink
from logix_server.tickets.reach import Meanwhile

from tests.server import people
from tests.server.health.told import finding
from tests.server.rows import NOW
from tests.server.tickets.asked_for import BY, covered, customer_of, detail, kinds, last, opened
from tests.server.tickets.test_clocks import at, effects

pytestmark = [pytest.mark.database, pytest.mark.django_db]
HOUR = timedelta(hours=1)


def test_the_merged_one_is_closed_with_the_reference() -> None:
    unit = covered()
    one, two = opened(unit), opened(unit)
    before = kinds(one)
    merging.merge(BY, one.number, two.number, why="the same", now=NOW + HOUR)
    one.refresh_from_db()
    assert (one.state, one.merged_into) == ("closed", two)
    assert kinds(one) == [*before, "merged", "state-changed"]
    assert kinds(two) == ["opened", "message", "merged"]
    assert detail(two, "merged") == {"from": one.number, "why": "the same"}
    assert detail(one, "merged")["into"] == two.number
    assert Record.objects.get(action="ticket.merge").detail == {"into": two.number, "why": "the same"}


def test_level_urgency_answers_and_the_earlier_deadline_carry_over() -> None:
    unit = covered()
    grave = opened(unit, answers={"PRI-3": 1})  # due at 12:00
    Ticket.objects.filter(pk=grave.pk).update(urgent=True)
    mild = opened(unit, now=NOW + HOUR, answers={"PRI-3": 3, "PRI-6": 2})
    merging.merge(BY, grave.number, mild.number, now=NOW + HOUR + HOUR / 2)
    mild.refresh_from_db()
    assert (mild.level, mild.level_clauses, mild.urgent) == (1, ["PRI-3"], True)
    assert mild.level_answers == {"PRI-3": 1, "PRI-6": 2}
    assert mild.deadline == at("2026-03-02T12:00")
    assert detail(mild, "level-changed")["merged"] == grave.number


def test_a_question_merged_into_what_was_answered_is_still_owed_its_answer() -> None:
    unit = covered()
    old = opened(unit)
    handling.answer(BY, old.number, "We look.", now=NOW)
    new = opened(unit, now=NOW + HOUR)
    merging.merge(BY, new.number, old.number, now=NOW + 2 * HOUR)
    old.refresh_from_db()
    assert (old.answered_at, old.deadline, old.missed_at) == (None, at("2026-03-02T17:00"), None)
    late = at("2026-03-03T09:30")
    upkeep.note_missed_deadlines(late)
    old.refresh_from_db()
    assert (old.missed_at, old.answered_at) == (at("2026-03-02T17:00"), None)
    assert not upkeep.note_missed_deadlines(late)
    assert kinds(old).count("deadline-missed") == 1
    handling.answer(BY, old.number, "Sorry.", now=late)
    old.refresh_from_db()
    assert (old.missed_at, old.answered_at) == (at("2026-03-02T17:00"), late)


def test_an_answer_in_time_meets_both() -> None:
    unit = covered()
    one, two = opened(unit), opened(unit, now=NOW + HOUR)
    merging.merge(BY, one.number, two.number, now=NOW + 2 * HOUR)
    handling.answer(BY, two.number, "We look.", now=at("2026-03-02T16:00"))
    two.refresh_from_db()
    assert (two.answered_at, two.missed_at) == (at("2026-03-02T16:00"), None)
    assert clocks.response_of(two, at("2026-03-05T16:00")).standing(at("2026-03-05T16:00")) is Standing.MET


def test_what_was_merged_before_is_carried_along() -> None:
    unit = covered()
    first, second = opened(unit), opened(unit, now=NOW + HOUR)
    third = opened(unit, now=NOW + 2 * HOUR)
    merging.merge(BY, first.number, second.number, now=NOW + 2 * HOUR)
    merging.merge(BY, second.number, third.number, now=NOW + 3 * HOUR)
    third.refresh_from_db()
    assert third.deadline == first.deadline == at("2026-03-02T16:00")


def test_faults_move_and_what_they_tell_next_is_told_there() -> None:
    unit = covered()
    apply_findings([finding(unit.id, "a1", severity=3)])
    effects(NOW)
    device = Ticket.objects.get()
    person = opened(unit)
    merging.merge(BY, device.number, person.number, now=NOW)
    assert Fault.objects.get().ticket_number == person.number
    assert [fault.part for fault in queries.faults_of(person)] == ["disk:S1"]
    assert queries.faults_of(device) == []
    apply_findings([finding(unit.id, "b1", severity=1, seconds=60)])
    effects(NOW + HOUR)
    person.refresh_from_db()
    assert person.level == 1
    assert Ticket.objects.count() == 2


@pytest.mark.parametrize("ended", [TicketState.SOLVED, TicketState.CLOSED])
def test_what_cannot_be_merged(ended: TicketState) -> None:
    unit = covered()
    one, done, elsewhere = opened(unit), opened(unit), opened()
    handling.answer(BY, done.number, "Done.", now=NOW, then=Next(TicketState.SOLVED))
    if ended is TicketState.CLOSED:
        handling.move(BY, done.number, TicketState.CLOSED, now=NOW)
        with pytest.raises(InvalidInput, match="closed"):
            merging.merge(BY, done.number, one.number, now=NOW)
    for into, words in ((one, "another"), (elsewhere, "link"), (done, ended.value)):
        with pytest.raises(InvalidInput, match=words):
            merging.merge(BY, one.number, into.number, now=NOW)
    with pytest.raises(NotFound):
        merging.merge(BY, one.number, "LGX-2026-999999", now=NOW)
    with pytest.raises(Forbidden):
        merging.merge(customer_of(unit), one.number, done.number, now=NOW)
    one.refresh_from_db()
    assert (one.state, one.merged_into) == ("new", None)


def test_what_was_said_meanwhile_is_read_first() -> None:
    unit = covered()
    one, two = opened(unit), opened(unit)
    seen = last(one).pk
    handling.message(customer_of(unit), one.number, "It is another matter!", now=NOW)
    with pytest.raises(Meanwhile):
        merging.merge(BY, one.number, two.number, now=NOW, seen=seen)
    merging.merge(BY, one.number, two.number, now=NOW, seen=last(one).pk)
    with pytest.raises(Meanwhile):
        handling.answer(BY, one.number, "We look.", now=NOW, seen=seen)


def test_links_are_pairs() -> None:
    one, two = opened(), opened()  # of two customers: one cause
    assert merging.link(BY, two.number, one.number, now=NOW)
    assert not merging.link(BY, one.number, two.number, now=NOW)
    assert TicketLink.objects.count() == 1
    assert detail(one, "linked") == {"with": two.number, "linked": True}
    assert not TicketEvent.objects.filter(kind="linked", public=True).exists()
    with pytest.raises(InvalidInput):
        merging.link(BY, one.number, one.number, now=NOW)
    with pytest.raises(Forbidden):
        merging.link(people.viewer("release-manager"), one.number, two.number, now=NOW)
    assert merging.unlink(BY, one.number, two.number, now=NOW)
    assert not merging.unlink(BY, one.number, two.number, now=NOW)
