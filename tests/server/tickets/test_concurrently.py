"""Two dispatchers at once: faults of one cause share a ticket, every number is given once."""

from __future__ import annotations

import threading

import pytest
from django.db import connection
from logix_server.effects.dispatch import run_pending
from logix_server.effects.models import Effect
from logix_server.health.actions import apply_findings
from logix_server.health.models import Fault
from logix_server.tickets.models import Ticket, TicketFault

from tests.server import rows
from tests.server.health.told import finding
from tests.server.rows import NOW

pytestmark = [pytest.mark.database, pytest.mark.django_db(transaction=True)]

UNITS = 12


def test_two_dispatchers_open_one_ticket_for_a_disk_and_its_array() -> None:
    told = []
    for _ in range(UNITS):
        unit = rows.unit()
        rows.contract(unit, package="standart")
        told.append(finding(unit.id, "d", part="disk:S1"))
        told.append(finding(unit.id, "r", part="raid:md0", code="raid.degraded", related=("disk:S1",)))
    apply_findings(told)
    start = threading.Barrier(3)

    def work() -> None:
        start.wait()
        try:
            while run_pending(NOW, limit=5):
                pass
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Effect.objects.filter(attempts__gt=0).count() == 0
    assert Ticket.objects.count() == UNITS
    assert len(set(Ticket.objects.values_list("number", flat=True))) == UNITS
    assert TicketFault.objects.count() == 2 * UNITS
    assert Fault.objects.filter(covered=True).exclude(ticket_number="").count() == 2 * UNITS
