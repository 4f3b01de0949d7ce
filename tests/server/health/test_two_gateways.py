"""Two gateways that hear of one unit at the same moment."""

from __future__ import annotations

import threading
from collections.abc import Sequence

import pytest
from django.db import connection
from logix_server.health.actions import apply_findings
from logix_server.health.facts import FindingTold
from logix_server.health.models import Fault, FaultEvent

from tests.server import rows
from tests.server.health.told import finding

pytestmark = [pytest.mark.database, pytest.mark.django_db(transaction=True)]


def at_once(*batches: Sequence[FindingTold]) -> list[BaseException]:
    start, failed = threading.Barrier(len(batches)), []

    def work(batch: Sequence[FindingTold]) -> None:
        start.wait()
        try:
            apply_findings(batch)
        except Exception as error:  # told to the test, whatever it is
            failed.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=(batch,)) for batch in batches]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return failed


def test_the_same_findings_open_each_fault_once() -> None:
    units = [rows.unit().id for _ in range(10)]
    told = [finding(unit, "a1") for unit in units]
    assert at_once(told, list(reversed(told)), told) == []
    assert Fault.objects.count() == 10
    assert FaultEvent.objects.count() == 10


def test_the_same_fault_under_two_ids_is_one_fault_repeated() -> None:
    units = [rows.unit().id for _ in range(10)]
    first, second = ([finding(unit, name) for unit in units] for name in ("a1", "a2"))
    assert at_once(first, list(reversed(second))) == []
    assert Fault.objects.count() == 10
    assert set(Fault.objects.values_list("repeats", flat=True)) == {1}
