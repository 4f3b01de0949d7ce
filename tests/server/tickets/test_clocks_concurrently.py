"""Jobs, effects and people at the same ticket at once: nothing is told twice, nothing is lost."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.db import connection
from logix_server.accounts.access import operator
from logix_server.contracts import actions as contracts
from logix_server.contracts.working_time import closures
from logix_server.effects.dispatch import run_pending
from logix_server.effects.models import Effect
from logix_server.health.actions import apply_findings
from logix_server.tickets import upkeep
from logix_server.tickets.desk import handling
from logix_server.tickets.models import Ticket, TicketEvent

from tests.server import rows
from tests.server.health.told import finding
from tests.server.rows import NOW
from tests.server.tickets.test_clocks import BY, at

pytestmark = [pytest.mark.database, pytest.mark.django_db(transaction=True)]

UNITS = 6


def at_once(*works: Callable[[], object]) -> None:
    """Run all at the same moment; what one raises, the test raises."""
    start, failed = threading.Barrier(len(works)), []

    def run(work: Callable[[], object]) -> None:
        start.wait()
        try:
            work()
        except Exception as error:
            failed.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[work]) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert failed == []


def drain(now) -> None:
    while run_pending(now):
        pass


def test_jobs_effects_and_answers_meet_at_the_same_tickets() -> None:
    bought = date(2025, 3, 2)  # updates through 2 March 2026
    units = [rows.unit() for _ in range(UNITS)]
    for unit in units:
        rows.contract(unit, purchased_on=bought, package="standart", package_from=bought, package_years=3)
    apply_findings([finding(unit.id, "a1", severity=3) for unit in units])
    opened = NOW + timedelta(hours=6)  # 16:00; an hour of six is used that day
    drain(opened)
    numbers = list(Ticket.objects.order_by("id").values_list("number", flat=True))
    assert len(numbers) == UNITS
    now = at("2026-03-04T10:00")
    for unit in units:
        contracts.renew_updates(unit.installation_id, date(2026, 3, 3), 1, now=now, actor=BY)
    closures.add_closure(at("2026-03-04T11:00"), at("2026-03-04T12:00"), "fire drill", now=now, actor=BY)
    later = now + timedelta(minutes=1)
    at_once(
        lambda: drain(later),
        lambda: drain(later),
        lambda: upkeep.take_up_terms(later),
        lambda: upkeep.take_up_terms(later),
        lambda: upkeep.note_missed_deadlines(later),
        lambda: [handling.answer(operator(BY), number, "We look.", now=later) for number in numbers[:2]],
    )
    drain(later + timedelta(hours=1))  # what had to be tried again
    assert Effect.objects.filter(done_at__isnull=True).count() == 0
    for ticket in Ticket.objects.order_by("id"):
        told = TicketEvent.objects.filter(ticket=ticket, kind="terms-changed").order_by("at")
        assert [(event.at, event.detail["suspended"]) for event in told] == [
            (at("2026-03-03T00:00"), True),
            (now, False),
        ]
        assert ticket.missed_at is None
        assert (ticket.answered_at == later) is (ticket.number in numbers[:2])
        if ticket.answered_at is None:  # five hours are left at ten, and one is closed
            assert ticket.deadline == at("2026-03-04T16:00")
