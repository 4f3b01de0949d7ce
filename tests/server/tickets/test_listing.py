"""Lists: the order of SUP-7, filters, words with and without Turkish letters, few queries."""

from __future__ import annotations

import itertools
import random
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from logix_common.errors import InvalidInput
from logix_server.accounts.access import Viewer
from logix_server.contracts.decisions.terms import Package
from logix_server.tickets.decisions.queue import Place, place
from logix_server.tickets.decisions.sla import Standing
from logix_server.tickets.desk import assignment, handling
from logix_server.tickets.lifecycle import TicketState
from logix_server.tickets.listing import Page, QueueFilter, Tab, queue
from logix_server.tickets.models import Ticket

from tests.server import people, rows
from tests.server.rows import NOW
from tests.server.tickets.asked_for import BY, covered, customer_of, opened

pytestmark = [pytest.mark.database, pytest.mark.django_db]
HOUR = timedelta(hours=1)


@pytest.fixture
def engineer() -> Viewer:
    return people.viewer("support-engineer")


def numbers(viewer: Viewer, **asked: Any) -> list[str]:
    return [row.number for row in queue(viewer, QueueFilter(**asked)).rows]


def test_sup_7_the_queue_stands_in_the_order_that_is_decided(engineer: Viewer) -> None:
    unit = rows.unit()
    kinds = list(itertools.product((1, 2, 3), ("", *(p.value for p in Package)), (None, 1, 5), (False, True)))
    random.Random(11).shuffle(kinds)
    made = [
        Ticket.objects.create(
            number=f"LGX-2026-{number:06d}",
            installation=unit.installation,
            unit=unit,
            component="system",
            subject={"tr": "x", "en": "x"},
            level=level,
            package=package,
            urgent=urgent,
            state=Ticket.State.NEW,
            state_at=NOW,
            opened_at=NOW + number * HOUR,
            deadline=None if hours is None else NOW + hours * HOUR,
        )
        for number, (level, package, hours, urgent) in enumerate(kinds, start=1)
    ]

    def decided_place(one: Ticket) -> Place:
        package = Package(one.package) if one.package else None
        return place(one.level, package, one.deadline, one.opened_at, urgent=one.urgent)

    decided = [one.number for one in sorted(made, key=decided_place)]
    first, second = (queue(engineer, page=Page(number, 40)) for number in (1, 2))
    assert [row.number for row in (*first.rows, *second.rows)] == decided
    assert (first.total, first.pages, second.page) == (72, 2, 2)
    assert queue(engineer, page=Page(99, 40)).page == 2


def test_tabs_and_their_counts(engineer: Viewer) -> None:
    mine, others, free, done = opened(), opened(), opened(), opened()
    assignment.take(engineer, mine.number, now=NOW)
    assignment.take(people.viewer("support-engineer"), others.number, now=NOW)
    assignment.take(engineer, done.number, now=NOW)
    handling.answer(BY, done.number, "Done.", now=NOW, then=handling.Next(TicketState.SOLVED))
    assert numbers(engineer, tab=Tab.MINE) == [mine.number]
    assert numbers(engineer, tab=Tab.UNASSIGNED) == [free.number]
    found = queue(engineer)
    assert found.counts == {Tab.MINE: 1, Tab.UNASSIGNED: 1, Tab.ALL: 3}
    assert found.total == 3
    assert numbers(engineer, ended=True) == [done.number]
    assert numbers(engineer, tab=Tab.MINE, ended=None) == [done.number, mine.number]  # the newest first
    assert numbers(engineer, states=(TicketState.SOLVED,)) == [done.number]


def test_filters(engineer: Viewer) -> None:
    grave = opened(covered(package="profesyonel"), answers={"PRI-3": 1}, subject="Şifre çalışmıyor")
    mild = opened(covered(), subject="Rapor")
    assert numbers(engineer, level=1) == [grave.number]
    assert numbers(engineer, package="standart") == [mild.number]
    assert numbers(engineer, package="none") == []
    assert numbers(engineer, customer_id=mild.installation.customer_id) == [mild.number]
    assert numbers(engineer, installation_id=grave.installation_id) == [grave.number]
    assert numbers(engineer, serial=mild.unit.serial) == [mild.number]
    for words in ("şifre", "SIFRE", "sifre calis", "ÇALIŞMIYOR", grave.number, grave.number[-6:].lower()):
        assert numbers(engineer, text=words) == [grave.number], words
    assert numbers(engineer, text=mild.unit.serial.lower()) == [mild.number]
    assert numbers(engineer, text="şifre rapor") == []
    assert numbers(engineer, text="%") == []
    assert len(numbers(engineer, text=" ")) == 2


@pytest.mark.parametrize(
    "asked", [{"package": "gold"}, {"text": "x" * 101}, {"text": "\0"}, {"serial": "\0"}]
)
def test_what_cannot_be_asked(engineer: Viewer, asked: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput):
        queue(engineer, QueueFilter(**asked))
    with pytest.raises(InvalidInput):
        queue(engineer, page=Page(1, 0))


def test_a_row_tells_all_that_a_list_shows(engineer: Viewer) -> None:
    unit = covered()
    customer = customer_of(unit)
    ticket = opened(unit, reporter_id=customer.person_id)
    assignment.take(engineer, ticket.number, now=NOW)
    (row,) = queue(engineer).rows
    assert (row.serial, row.customer) == (unit.serial, unit.installation.customer.name)
    assert (row.assignee_id, bool(row.assignee), bool(row.reporter)) == (engineer.person_id, True, True)
    assert row.standing(NOW) is Standing.RUNNING
    assert row.standing(NOW + timedelta(days=3)) is Standing.MISSED
    handling.answer(BY, ticket.number, "We look.", now=NOW)
    (row,) = queue(engineer).rows
    assert row.standing(NOW + timedelta(days=3)) is Standing.MET


def test_a_customers_list_is_its_own_newest_first(engineer: Viewer) -> None:
    unit = covered()
    customer = customer_of(unit)
    old = opened(unit, answers={"PRI-3": 1})
    new = opened(unit, now=NOW + HOUR, reporter_id=customer.person_id)
    opened()
    assert numbers(customer) == [new.number, old.number]
    assert numbers(customer, tab=Tab.MINE) == [new.number]
    assert queue(customer).counts[Tab.ALL] == 2


def test_however_many_rows_few_queries(engineer: Viewer) -> None:
    for _ in range(12):
        opened()
    for asked in (QueueFilter(), QueueFilter(text="internet", level=3, tab=Tab.UNASSIGNED)):
        with CaptureQueriesContext(
            connection,
        ) as told:
            assert len(queue(engineer, asked).rows) == 12
        assert len(told) == 2


def test_the_order_of_work_is_read_from_the_index(engineer: Viewer) -> None:
    """The database walks the index and sorts nothing."""
    with CaptureQueriesContext(connection) as told:
        opened()
        queue(engineer)
    sql = told.captured_queries[-1]["sql"]
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(f"EXPLAIN QUERY PLAN {sql}")
            plan = " ".join(str(row[-1]) for row in cursor.fetchall())
            assert "TEMP B-TREE" not in plan
        else:
            cursor.execute("SET LOCAL enable_seqscan = off")
            cursor.execute(f"EXPLAIN {sql}")
            plan = " ".join(row[0] for row in cursor.fetchall())
        assert "ticket_order_of_work" in plan
