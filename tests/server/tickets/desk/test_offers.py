"""What the contract gives is told before a ticket is opened, and is what the ticket then gets."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from logix_server.accounts.access import Forbidden, NotFound
from logix_server.contracts.decisions.remedies import Step
from logix_server.fleet.models import Unit
from logix_server.tickets.desk.offers import offer
from logix_server.tickets.desk.requests import open_as

from tests.server import people, rows
from tests.server.rows import NOW
from tests.server.tickets.asked_for import asked, covered, customer_of, dealer_of

pytestmark = [pytest.mark.database, pytest.mark.django_db]


@pytest.mark.parametrize(
    ("package", "targets"),
    [
        ("temel", [None, None, "same-day"]),
        ("standart", [120, 240, 360]),
        ("profesyonel", [15, 60, 120]),
    ],
)
def test_the_times_of_each_package_by_level(package: str, targets: list[object]) -> None:
    unit = covered(package=package)
    found = offer(customer_of(unit), unit.serial, NOW)
    assert [one.target for one in found.promises] == targets
    assert [one.level for one in found.promises] == [1, 2, 3]
    assert [one.clauses[0] for one in found.promises] == ["MAT-8", "MAT-7", "MAT-6"]
    assert found.any_problem.decision.clauses[0] == "MAT-2"


@pytest.mark.parametrize("now", [NOW, datetime(2026, 3, 6, 22, 30, tzinfo=UTC)])
@pytest.mark.parametrize("package", ["temel", "standart", "profesyonel"])
@pytest.mark.parametrize("level", [1, 2, 3])
def test_what_is_told_before_is_what_the_ticket_gets(package: str, level: int, now: datetime) -> None:
    unit = covered(package=package)
    customer = customer_of(unit)
    told = next(one for one in offer(customer, unit.serial, now).promises if one.level == level)
    ticket = open_as(customer, asked(unit, answers={"PRI-3": level}), now=now)
    assert (ticket.deadline, tuple(ticket.deadline_clauses)) == (told.due_at, told.clauses)


def test_where_nothing_runs_the_answer_says_why_and_what_would_change_it() -> None:
    unit = rows.unit()
    rows.contract(unit, purchased_on=date(2020, 1, 10))
    found = offer(customer_of(unit), unit.serial, NOW)
    assert not found.allowed
    assert found.any_problem.decision.clauses == ("SUP-1",)
    assert found.hardware_fault.decision.clauses == ("WAR-1", "SUP-1")
    assert found.any_problem.steps == (Step.RENEW_UPDATES, Step.BUY_TEMEL)
    assert [(one.target, one.due_at) for one in found.promises] == [(None, None)] * 3


def test_under_warranty_alone_hardware_faults_are_taken_without_a_committed_time() -> None:
    unit = rows.unit()
    rows.contract(unit, purchased_on=date(2025, 1, 10))  # the free year is over, the warranty is not
    found = offer(customer_of(unit), unit.serial, NOW)
    assert (found.any_problem.decision.allowed, found.hardware_fault.decision.allowed) == (False, True)
    assert found.allowed
    assert {one.clauses for one in found.promises} == {("SUP-1",)}


def test_who_may_not_open_a_ticket_is_not_told() -> None:
    unit: Unit = covered(rows.customer(dealer=True))
    for stranger in (people.viewer("customer-user"), dealer_of(unit, agreed=False)):
        with pytest.raises(NotFound):
            offer(stranger, unit.serial, NOW)
    with pytest.raises(Forbidden):
        offer(people.viewer("release-manager"), unit.serial, NOW)
    assert offer(dealer_of(unit, agreed=True), unit.serial, NOW).allowed
