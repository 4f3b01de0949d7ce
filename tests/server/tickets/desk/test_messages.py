"""What a customer writes: it reopens, is taken up, follows, and never gets lost."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from logix_common.errors import InvalidInput
from logix_server.accounts.access import Forbidden, NotFound
from logix_server.contracts.decisions.coverage import NotCovered
from logix_server.health.actions import apply_findings
from logix_server.tickets import aging
from logix_server.tickets.desk import handling, merging
from logix_server.tickets.desk.requests import open_as
from logix_server.tickets.lifecycle import TicketState
from logix_server.tickets.models import Ticket, TicketEvent
from logix_server.tickets.moving import Next, change_state

from tests.server import people, rows
from tests.server.health.told import finding
from tests.server.rows import NOW
from tests.server.tickets.asked_for import BY, asked, covered, customer_of, detail, kinds, last, opened
from tests.server.tickets.test_clocks import effects

pytestmark = [pytest.mark.database, pytest.mark.django_db]
DAY, HOUR = timedelta(days=1), timedelta(hours=1)


def brought(ticket: Ticket, *states: TicketState) -> None:
    for state in states:
        ticket.refresh_from_db()
        change_state(ticket, Next(state, system_owner="Ayşe Demir"), "operator:ayse", NOW)


def state(ticket: Ticket) -> str:
    ticket.refresh_from_db()
    return ticket.state


def test_what_waited_for_the_customer_goes_on() -> None:
    ticket = opened()
    brought(ticket, TicketState.OPEN, TicketState.WAITING)
    event = handling.message(customer_of(ticket.unit), ticket.number, "Here it is.", now=NOW + HOUR)
    assert (event.ticket, event.public, state(ticket)) == (ticket, True, "open")
    assert kinds(ticket)[-2:] == ["message", "state-changed"]


@pytest.mark.parametrize("where", [TicketState.NEW, TicketState.OPEN, TicketState.WORKAROUND])
def test_elsewhere_it_is_read_where_it_stands(where: TicketState) -> None:
    ticket = opened()
    brought(ticket, *([TicketState.OPEN] if where is not TicketState.NEW else []))
    brought(ticket, *([where] if where is TicketState.WORKAROUND else []))
    handling.message(customer_of(ticket.unit), ticket.number, "Any news?", now=NOW + HOUR)
    assert state(ticket) == where
    assert ticket.answered_at is None  # no customer answers itself


def test_what_was_solved_is_taken_up_again_for_14_days() -> None:
    ticket = opened()
    brought(ticket, TicketState.OPEN, TicketState.SOLVED)
    viewer = customer_of(ticket.unit)
    handling.message(viewer, ticket.number, "It came back.", now=NOW + 14 * DAY)
    assert state(ticket) == "open"


def test_later_a_new_ticket_follows() -> None:
    ticket = opened()
    brought(ticket, TicketState.OPEN, TicketState.SOLVED)
    viewer = customer_of(ticket.unit)
    later = NOW + 15 * DAY
    event = handling.message(viewer, ticket.number, "It came back.", now=later, key="mail:2")
    follower = event.ticket
    assert follower.number != ticket.number
    assert (follower.follows, follower.reporter_id, follower.opened_at) == (ticket, viewer.person_id, later)
    assert follower.subject["tr"] == "Internet is slow"
    assert kinds(follower) == ["opened", "message"]
    assert detail(ticket, "followed") == {"by": follower.number}
    assert state(ticket) == "solved"
    again = handling.message(viewer, ticket.number, "It came back.", now=later, key="mail:2")
    assert again.ticket == follower
    # What is written to the old one now is read at the new one.
    more = handling.message(viewer, ticket.number, "And worse.", now=later + HOUR)
    assert (more.ticket, more.detail["written_to"]) == (follower, ticket.number)
    assert Ticket.objects.count() == 2


def test_a_mail_that_came_in_time_reopens_though_it_is_read_late() -> None:
    ticket = opened()
    brought(ticket, TicketState.OPEN, TicketState.SOLVED)
    came = NOW + 13 * DAY
    handling.message(customer_of(ticket.unit), ticket.number, "Again.", now=NOW + 15 * DAY, received_at=came)
    assert state(ticket) == "open"


def test_a_new_ticket_asks_the_contract_anew() -> None:
    unit = rows.unit()
    rows.contract(unit, purchased_on=date(2025, 3, 5))  # its first year ends on 5 March 2026
    ticket = opened(unit)
    brought(ticket, TicketState.OPEN, TicketState.SOLVED)
    with pytest.raises(NotCovered) as refused:
        handling.message(customer_of(unit), ticket.number, "It came back.", now=NOW + 15 * DAY)
    assert refused.value.reasons[0].clause == "SUP-1"
    assert Ticket.objects.count() == 1
    assert kinds(ticket)[-1] == "state-changed"


def test_a_merged_ticket_hands_on_what_is_written_to_it() -> None:
    unit = covered()
    one, two, three = opened(unit), opened(unit), opened(unit)
    merging.merge(BY, one.number, two.number, now=NOW)
    merging.merge(BY, two.number, three.number, now=NOW)
    event = handling.message(customer_of(unit), one.number, "Hello?", now=NOW + HOUR)
    assert event.ticket == three


def test_the_device_spoke_first() -> None:
    """What was solved cannot be taken up while another ticket is open for its part: it is read there."""
    unit = covered()
    apply_findings([finding(unit.id, "a1")])
    effects(NOW)
    first = Ticket.objects.get()
    brought(first, TicketState.OPEN, TicketState.SOLVED)
    apply_findings([finding(unit.id, "b1", code="disk.read-errors", seconds=60)])
    effects(NOW + HOUR)
    second = Ticket.objects.exclude(pk=first.pk).get()
    event = handling.message(customer_of(unit), first.number, "Again!", now=NOW + 2 * HOUR)
    assert event.ticket == second
    assert state(first) == "solved"


def test_who_may_write() -> None:
    ticket = opened()
    with pytest.raises(NotFound):
        handling.message(people.viewer("customer-user"), ticket.number, "x", now=NOW)
    with pytest.raises(Forbidden):
        handling.message(people.viewer("release-manager"), ticket.number, "x", now=NOW)
    engineer = people.viewer("support-engineer")
    handling.message(engineer, ticket.number, "Called: still slow.", now=NOW, origin=Ticket.Origin.PHONE)
    assert last(ticket).detail == {"text": "Called: still slow.", "origin": "phone"}
    ticket.refresh_from_db()
    assert ticket.answered_at is None
    with pytest.raises(InvalidInput):
        handling.message(engineer, ticket.number, "\u200b \n", now=NOW)


def test_nobody_keeps_us_busy_by_words_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("logix_server.tickets.desk.messages.MOST_AN_HOUR", 2)
    monkeypatch.setattr("logix_server.tickets.desk.requests.MOST_AN_HOUR", 2)
    unit = covered()
    viewer = customer_of(unit)
    ticket = open_as(viewer, asked(unit), now=NOW)  # with its first message
    handling.message(viewer, ticket.number, "Hello?", now=NOW)
    with pytest.raises(InvalidInput, match="within an hour"):
        handling.message(viewer, ticket.number, "Hello?", now=NOW + HOUR / 2)
    handling.message(viewer, ticket.number, "Hello?", now=NOW + 2 * HOUR)
    open_as(viewer, asked(unit), now=NOW + HOUR / 2)
    with pytest.raises(InvalidInput, match="call us"):
        open_as(viewer, asked(unit), now=NOW + HOUR / 2)
    open_as(customer_of(unit), asked(unit), now=NOW + HOUR / 2)  # a colleague


def test_14_days_after_its_solution_a_ticket_is_closed() -> None:
    ticket, other = opened(), opened()
    brought(ticket, TicketState.OPEN, TicketState.SOLVED)
    brought(other, TicketState.OPEN, TicketState.WAITING)
    assert not aging.close_solved(NOW + 14 * DAY)
    assert state(ticket) == "solved"
    aging.close_solved(NOW + 14 * DAY + timedelta(seconds=1))
    assert (state(ticket), state(other)) == ("closed", "waiting")
    event = TicketEvent.objects.filter(ticket=ticket, kind="state-changed").latest("id")
    assert (event.actor, event.detail["state"]) == ("system:tickets", "closed")
    aging.close_solved(NOW + 20 * DAY)
    assert TicketEvent.objects.filter(ticket=ticket, kind="state-changed").count() == 3
