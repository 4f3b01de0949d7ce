"""Who may ask for a replacement, and of whose tickets."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from logix_common.errors import InvalidInput
from logix_server.accounts.access import Forbidden, NotFound, Viewer
from logix_server.fleet.models import Unit
from logix_server.replacements.actions import Wanted
from logix_server.replacements.asking import request_as
from logix_server.replacements.models import Replacement
from logix_server.tickets.models import Ticket
from logix_server.tickets.reading import ticket_page

from tests.server import people, rows
from tests.server.rows import NOW
from tests.server.tickets.asked_for import covered, customer_of, dealer_of, opened

pytestmark = [pytest.mark.database, pytest.mark.django_db]


@pytest.fixture
def unit() -> Unit:
    return covered(rows.customer(dealer=True))


@pytest.mark.parametrize(
    "who",
    [customer_of, lambda unit: dealer_of(unit, agreed=True), lambda _: people.viewer("support-engineer")],
)
def test_the_customer_its_dealer_and_ours_ask(unit: Unit, who: Callable[[Unit], Viewer]) -> None:
    ticket, viewer = opened(unit), who(unit)
    made = request_as(viewer, Wanted(ticket.number, "disk:S1", why="clicks"), now=NOW)
    assert (made.state, made.requested_by) == ("requested", viewer.actor)
    line = ticket_page(customer_of(unit), ticket.number, NOW).lines[-1]
    assert (line.kind, line.detail["replacement"], line.detail["part"]) == (
        "replacement",
        made.number,
        "disk:S1",
    )
    assert "why" not in line.detail


def test_nobody_else_does(unit: Unit) -> None:
    wanted = Wanted(opened(unit).number)
    for stranger in (people.viewer("customer-administrator"), dealer_of(unit, agreed=False)):
        with pytest.raises(NotFound):
            request_as(stranger, wanted, now=NOW)
    with pytest.raises(Forbidden):
        request_as(people.viewer("release-manager"), wanted, now=NOW)
    assert not Replacement.objects.exists()


def test_not_on_a_ticket_that_is_closed_for_good(unit: Unit) -> None:
    ticket = opened(unit)
    Ticket.objects.filter(pk=ticket.pk).update(state="closed")
    with pytest.raises(InvalidInput, match="closed"):
        request_as(customer_of(unit), Wanted(ticket.number), now=NOW)
