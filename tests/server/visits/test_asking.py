"""Who may ask for a visit, of whose tickets, and what the customer reads of it."""

from __future__ import annotations

import pytest
from logix_common.errors import InvalidInput
from logix_server.accounts.access import Forbidden, NotFound
from logix_server.fleet.models import Unit
from logix_server.tickets.models import Ticket
from logix_server.tickets.reading import ticket_page
from logix_server.visits.asking import request_as
from logix_server.visits.judgement import Reach
from logix_server.visits.models import Visit

from tests.server import people, rows
from tests.server.rows import NOW
from tests.server.tickets.asked_for import covered, customer_of, dealer_of, opened

pytestmark = [pytest.mark.database, pytest.mark.django_db]


@pytest.fixture
def unit() -> Unit:
    return covered(rows.customer(dealer=True), package="profesyonel")


def test_the_customer_asks_once_and_reads_the_answer(unit: Unit) -> None:
    ticket, customer = opened(unit), customer_of(unit)
    made = request_as(customer, ticket.number, "It is dark", Reach.UNREACHABLE, now=NOW)
    assert (made.state, made.requested_by) == ("requested", customer.actor)
    detail = ticket_page(customer, ticket.number, NOW).lines[-1].detail
    assert (detail["visit"], detail["state"], detail["clauses"][0]) == (made.number, "requested", "MAT-16")
    with pytest.raises(InvalidInput, match=made.number):
        request_as(customer, ticket.number, "Again", Reach.OPENED, now=NOW)


def test_without_the_right_package_it_is_refused_by_clause_and_may_be_asked_anew(unit: Unit) -> None:
    lower = covered()
    ticket, customer = opened(lower), customer_of(lower)
    for _ in range(2):
        made = request_as(customer, ticket.number, "It is dark", Reach.OPENED, now=NOW)
        assert (made.state, made.clauses[0]) == ("refused", "MAT-16")


def test_nobody_else_does(unit: Unit) -> None:
    ticket = opened(unit)
    for stranger in (people.viewer("customer-user"), dealer_of(unit, agreed=False)):
        with pytest.raises(NotFound):
            request_as(stranger, ticket.number, "why", Reach.OPENED, now=NOW)
    with pytest.raises(Forbidden):
        request_as(people.viewer("release-manager"), ticket.number, "why", Reach.OPENED, now=NOW)
    Ticket.objects.filter(pk=ticket.pk).update(state="closed")
    with pytest.raises(InvalidInput, match="closed"):
        request_as(customer_of(unit), ticket.number, "why", Reach.OPENED, now=NOW)
    assert not Visit.objects.exists()
