"""A device that claims everything to be broken: it wakes nobody a thousand times."""

from __future__ import annotations

from datetime import timedelta

import pytest
from logix_server.audit.models import Record
from logix_server.health.models import Fault
from logix_server.tickets import actions, notices
from logix_server.tickets.models import Notice, Ticket, TicketFault

from tests.server import rows
from tests.server.health.told import finding
from tests.server.rows import NOW
from tests.server.tickets.test_faults_to_tickets import kinds, tell

pytestmark = [pytest.mark.database, pytest.mark.django_db]


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(actions, "MOST_OPEN_TICKETS", 3)
    monkeypatch.setattr(notices, "MOST_A_DAY", 2)


def test_further_faults_share_one_ticket_and_none_is_lost() -> None:
    unit, bystander = rows.unit(), rows.unit()
    for one in (unit, bystander):
        rows.contract(one, package="profesyonel")
    tell(*(finding(unit.id, f"a{n}", part=f"disk:{n}", severity=3) for n in range(9)))
    tell(finding(bystander.id, "b1"))

    tickets = list(Ticket.objects.filter(unit=unit).order_by("id"))
    assert [ticket.part for ticket in tickets] == ["disk:0", "disk:1", "disk:2", "many"]
    assert "Çok sayıda" in tickets[-1].subject["tr"]
    assert TicketFault.objects.filter(ticket=tickets[-1]).count() == 6
    assert not Fault.objects.filter(unit=unit, ticket_number="").exists()
    assert Ticket.objects.filter(unit=bystander).count() == 1

    tell(finding(unit.id, "c1", part="disk:99", severity=1, seconds=5))
    many = Ticket.objects.get(part="many")
    assert (many.level, kinds(many)[-1]) == (1, "level-changed")
    tell(finding(unit.id, "a1", part="disk:1", severity=2, seconds=9))  # its own ticket goes on
    assert Ticket.objects.count() == 5


def test_a_ticket_that_is_closed_makes_room_again() -> None:
    unit = rows.unit()
    rows.contract(unit, package="profesyonel")
    tell(*(finding(unit.id, f"a{n}", part=f"disk:{n}") for n in range(4)))
    Ticket.objects.update(state=Ticket.State.CLOSED)
    tell(finding(unit.id, "b", part="disk:b"))
    assert Ticket.objects.exclude(state=Ticket.State.CLOSED).get().part == "disk:b"


def test_customer_and_dealer_are_told_a_few_times_a_day_and_the_audit_keeps_all() -> None:
    unit = rows.unit(rows.customer(dealer=True))
    tell(*(finding(unit.id, f"a{n}", part=f"disk:{n}") for n in range(5)))
    assert Notice.objects.count() == 2 * 2
    assert Record.objects.filter(action="fault.refused").count() == 5
    assert Fault.objects.filter(covered=False).count() == 5

    tell(finding(unit.id, "b", part="disk:b"), now=NOW + timedelta(days=1, seconds=1))
    assert Notice.objects.count() == 3 * 2
