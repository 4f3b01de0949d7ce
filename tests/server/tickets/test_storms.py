"""More than ten findings of one device in an hour share one ticket; before and after, each has its own."""

from __future__ import annotations

from datetime import timedelta

import pytest
from logix_common.findings import Event
from logix_server.fleet.models import Unit
from logix_server.health.models import Fault
from logix_server.tickets.models import Ticket, TicketFault

from tests.server import rows
from tests.server.health.told import finding
from tests.server.rows import NOW
from tests.server.tickets.test_faults_to_tickets import kinds, tell

pytestmark = [pytest.mark.database, pytest.mark.django_db]

HOUR = 3_600.0
MANY = "many"


@pytest.fixture
def unit() -> Unit:
    unit = rows.unit()
    rows.contract(unit, package="profesyonel")
    return unit


def storm(unit: Unit, count: int, *, first: int = 0, apart: float = 1, since: float = 0) -> None:
    for number in range(first, first + count):
        at = since + number * apart
        told = finding(unit.id, f"a{number}", part=f"disk:{number}", severity=3, seconds=at)
        tell(told, now=NOW + timedelta(seconds=at))


def parts() -> list[str]:
    return list(Ticket.objects.order_by("id").values_list("part", flat=True))


def test_the_eleventh_finding_of_an_hour_and_all_later_ones_share_a_ticket(unit: Unit) -> None:
    storm(unit, 10)
    assert MANY not in parts()
    storm(unit, 15, first=10)
    assert parts() == [*(f"disk:{number}" for number in range(10)), MANY]
    many = Ticket.objects.get(part=MANY)
    assert TicketFault.objects.filter(ticket=many).count() == 15
    assert kinds(many) == ["opened", *["fault-joined"] * 14]
    assert not Fault.objects.filter(ticket_number="").exists()


def test_it_has_the_most_critical_level_and_becomes_urgent(unit: Unit) -> None:
    storm(unit, 12)
    urgent = finding(unit.id, "r", part="raid:md0", code="raid.degraded", seconds=30, urgent=True)
    tell(urgent)
    many = Ticket.objects.get(part=MANY)
    assert (many.level, many.urgent, kinds(many)[-2:]) == (2, True, ["field-changed", "level-changed"])


def test_what_belongs_to_the_ticket_of_its_part_still_joins_that(unit: Unit) -> None:
    storm(unit, 12)
    tell(finding(unit.id, "b", part="disk:3", code="disk.smart-failed", seconds=30))
    own = Ticket.objects.get(part="disk:3")
    assert (own.level, kinds(own)) == (2, ["opened", "fault-joined", "level-changed"])


def test_all_told_at_once_make_a_storm_too(unit: Unit) -> None:
    tell(*(finding(unit.id, f"a{n}", part=f"disk:{n}") for n in range(13)))
    assert len(parts()) == 11
    assert TicketFault.objects.filter(ticket__part=MANY).count() == 3


def test_after_the_storm_each_has_its_own_again(unit: Unit) -> None:
    storm(unit, 12)
    storm(unit, 1, first=12, since=HOUR + 30)
    assert parts()[-2:] == [MANY, "disk:12"]


def test_findings_that_waited_in_the_spool_count_when_they_were_seen(unit: Unit) -> None:
    """A device that was away for days tells all at once what came one by one."""
    days = timedelta(days=2)
    told = [
        finding(unit.id, f"a{n}", part=f"disk:{n}", at=NOW - days, seconds=n * HOUR / 2) for n in range(15)
    ]
    tell(*told, now=NOW)
    assert MANY not in parts()


def test_a_storm_of_one_device_is_nothing_to_another(unit: Unit) -> None:
    other = rows.unit()
    rows.contract(other)
    storm(unit, 15)
    tell(finding(other.id, "b", seconds=20))
    assert parts()[-1] == "disk:S1"


def test_a_fault_that_comes_and_goes_counts_each_time(unit: Unit) -> None:
    for number in range(11):
        seconds = number * 20
        tell(finding(unit.id, f"f{number}", part="disk:F", seconds=seconds))
        tell(finding(unit.id, f"f{number}", Event.CLEARED, part="disk:F", seconds=seconds + 10))
    tell(finding(unit.id, "b", part="disk:b", seconds=300))
    assert parts() == ["disk:F", MANY]
