"""The list of tickets stands in the order that SUP-7 gives; a workaround asks for the owner's knowledge."""

from __future__ import annotations

import itertools
import random
from datetime import timedelta

import pytest
from logix_common.errors import InvalidInput
from logix_server.accounts.access import operator
from logix_server.contracts.decisions.terms import Package
from logix_server.contracts.queries import contract_facts
from logix_server.tickets.decisions.levels import Level
from logix_server.tickets.decisions.queue import Place, place
from logix_server.tickets.desk import handling
from logix_server.tickets.lifecycle import TicketState
from logix_server.tickets.models import Ticket
from logix_server.tickets.opening import Subject, open_ticket
from logix_server.tickets.queries import tickets

from tests.server import rows
from tests.server.rows import NOW

pytestmark = [pytest.mark.database, pytest.mark.django_db]
HOUR = timedelta(hours=1)
BY = operator("operator:test")


def ticket(
    number: int, level: int = 3, package: str = "", hours: int | None = None, urgent: bool = False
) -> Ticket:
    unit = rows.unit()
    return Ticket.objects.create(
        number=f"LGX-2026-{number:06d}",
        installation=unit.installation,
        unit=unit,
        component="disk",
        part=f"disk:{number}",
        subject={"tr": "x", "en": "x"},
        level=level,
        level_clauses=["PRI-4"],
        package=package,
        urgent=urgent,
        clauses=["SUP-2"],
        state=Ticket.State.NEW,
        state_at=NOW,
        opened_at=NOW + number * HOUR,
        deadline=None if hours is None else NOW + hours * HOUR,
    )


def test_sup_7_the_list_stands_in_the_order_that_is_decided() -> None:
    kinds = list(itertools.product((1, 2, 3), ("", *(p.value for p in Package)), (None, 1, 5), (False, True)))
    random.Random(7).shuffle(kinds)
    made = [ticket(number, *kind) for number, kind in enumerate(kinds, start=1)]

    def decided_place(one: Ticket) -> Place:
        package = Package(one.package) if one.package else None
        return place(one.level, package, one.deadline, one.opened_at, urgent=one.urgent)

    decided = sorted(made, key=decided_place)
    assert [one.number for one in tickets()] == [one.number for one in decided]


def test_sup_4_a_workaround_says_who_was_told() -> None:
    unit = rows.unit()
    rows.contract(unit)
    subject = Subject(unit, "disk", "disk:1", {"tr": "x", "en": "x"})
    contract = contract_facts(unit.installation_id, unit.model)
    one = open_ticket(subject, Level(3, ("PRI-4",)), [], contract, NOW, key="test", detail={})
    handling.move(BY, one.number, TicketState.OPEN, "", now=NOW + 2 * HOUR)
    with pytest.raises(InvalidInput, match="SUP-4"):
        handling.move(
            BY,
            one.number,
            TicketState.WORKAROUND,
            system_owner=" ",
            now=NOW + 2 * HOUR,
        )
    handling.move(
        BY,
        one.number,
        TicketState.WORKAROUND,
        system_owner="Ayşe Demir, IT",
        now=NOW + 2 * HOUR,
    )
    one.refresh_from_db()
    assert one.state == TicketState.WORKAROUND
    assert one in tickets(open_only=True)  # support goes on until the permanent fix
