"""From a told finding to a committed ticket, through the outbox: the whole path of this side."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from logix_common.findings import Event
from logix_server.accounts.access import operator
from logix_server.audit.models import Record
from logix_server.contracts.decisions.terms import ISTANBUL
from logix_server.effects import outbox
from logix_server.effects.dispatch import run_pending, waiting
from logix_server.effects.models import Effect
from logix_server.health.actions import apply_findings
from logix_server.health.facts import FindingTold
from logix_server.health.models import Fault
from logix_server.tickets import queries
from logix_server.tickets.desk import handling
from logix_server.tickets.models import Notice, Ticket, TicketEvent

from tests.server import rows
from tests.server.health.told import finding
from tests.server.rows import NOW

pytestmark = [pytest.mark.database, pytest.mark.django_db]

RAISED, CHANGED, CLEARED = Event.RAISED, Event.CHANGED, Event.CLEARED
DISK, LOST = "disk:S1", "raid:md0"


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ISTANBUL)


def tell(*findings: FindingTold, now: datetime | None = None) -> None:
    apply_findings(findings)
    while run_pending(now or max(told.received_at for told in findings)) == 50:
        pass


def kinds(ticket: Ticket) -> list[str]:
    return list(ticket.events.order_by("id").values_list("kind", flat=True))


@pytest.mark.parametrize(
    ("package", "severity", "deadline", "deadline_clauses"),
    [
        ("standart", 3, "2026-03-02T16:00", ["MAT-6", "MAT-1"]),
        ("standart", 2, "2026-03-02T14:00", ["MAT-7", "MAT-1"]),
        ("profesyonel", 1, "2026-03-02T10:15", ["MAT-8", "MAT-1"]),
        (None, 3, "2026-03-02T17:00", ["MAT-6", "MAT-1"]),
        (None, 2, None, ["MAT-7"]),
    ],
)
def test_a_covered_fault_opens_the_right_ticket(
    package: str | None, severity: int, deadline: str | None, deadline_clauses: list[str]
) -> None:
    unit = rows.unit()
    rows.contract(unit, package=package)
    tell(finding(unit.id, "a1", severity=severity))
    ticket, fault = Ticket.objects.get(), Fault.objects.get()
    assert (ticket.number, ticket.level, ticket.level_clauses) == ("LGX-2026-000001", severity, ["PRI-4"])
    assert ticket.deadline == (deadline and at(deadline))
    assert ticket.deadline_clauses == deadline_clauses
    assert ticket.package == (package or "temel")
    assert ticket.clauses == ["SUP-2" if package else "SUP-1", "WAR-1"]
    assert (ticket.component, ticket.part, ticket.state) == ("disk", DISK, "new")
    assert ticket.subject["tr"] != ticket.subject["en"]
    assert (fault.covered, fault.ticket_number, fault.clauses) == (True, ticket.number, ticket.clauses)
    assert fault.reason["tr"]
    assert Record.objects.get(action="ticket.open").detail["clauses"] == ticket.clauses


def test_neither_support_nor_warranty_gives_no_ticket_and_tells_customer_and_dealer() -> None:
    owner = rows.customer(dealer=True)
    unit = rows.unit(owner)
    rows.contract(unit, purchased_on=date(2023, 1, 10))
    tell(finding(unit.id, "a1"))
    fault = Fault.objects.get()
    assert Ticket.objects.count() == 0
    assert (fault.covered, fault.clauses, fault.ticket_number) == (False, ["WAR-1", "SUP-1"], "")
    notices = Notice.objects.order_by("organisation__kind")
    assert [notice.organisation for notice in notices] == [owner, owner.dealer]
    assert "10 January 2025" in notices[0].text["en"]
    assert "10 Ocak 2025" in notices[0].text["tr"]
    assert notices[0].clauses == ["WAR-1", "SUP-1"]
    assert Record.objects.get(action="fault.refused").subject == f"fault:{fault.id}"


def test_suspended_but_under_warranty_gives_a_ticket_without_committed_time() -> None:
    unit = rows.unit()
    rows.contract(
        unit,
        purchased_on=date(2024, 6, 1),
        package="profesyonel",
        package_from=date(2024, 6, 1),
        package_years=3,
    )
    tell(finding(unit.id, "a1", severity=1))
    ticket = Ticket.objects.get()
    assert (ticket.clauses, ticket.deadline, ticket.deadline_clauses) == (["WAR-1"], None, ["UPD-5"])
    assert ticket.package == ""


def test_a_fault_that_is_not_of_hardware_needs_support() -> None:
    unit = rows.unit()
    rows.contract(unit, purchased_on=date(2024, 6, 1))  # under warranty, no package any more
    tell(finding(unit.id, "a1", part="fs:/var", code="filesystem.full", severity=2))
    assert Fault.objects.get().clauses == ["SUP-1"]
    other = rows.unit()
    rows.contract(other)
    tell(finding(other.id, "a1", part="fs:/var", code="filesystem.full", severity=2))
    ticket = Ticket.objects.get()
    assert (ticket.level_clauses, ticket.clauses) == (["PRI-3"], ["MAT-2", "SUP-1"])


def test_an_array_that_lost_the_disk_joins_the_disks_ticket() -> None:
    unit = rows.unit()
    rows.contract(unit, package="standart")
    tell(finding(unit.id, "a1"))
    raid = finding(unit.id, "r1", part=LOST, code="raid.degraded", seconds=5, related=(DISK,))
    tell(raid)
    ticket = Ticket.objects.get()
    assert kinds(ticket) == ["opened", "fault-joined"]
    assert set(Fault.objects.values_list("ticket_number", flat=True)) == {ticket.number}
    assert [fault.part for fault in queries.faults_of(ticket)] == [DISK, LOST]


def test_the_disk_joins_the_array_that_named_it_first() -> None:
    unit = rows.unit()
    rows.contract(unit, package="standart")
    tell(finding(unit.id, "r1", part=LOST, code="raid.degraded", related=(DISK,)))
    tell(finding(unit.id, "a1", severity=1, seconds=5))
    ticket = Ticket.objects.get()
    assert (ticket.part, ticket.level) == (LOST, 1)
    assert kinds(ticket) == ["opened", "fault-joined", "level-changed"]


def test_both_in_one_batch_share_a_ticket() -> None:
    unit = rows.unit()
    rows.contract(unit)
    tell(
        finding(unit.id, "r1", part=LOST, code="raid.degraded", related=(DISK,)),
        finding(unit.id, "a1"),
        finding(unit.id, "a2", code="disk.smart-failed", severity=2),
    )
    assert Ticket.objects.count() == 1
    assert Fault.objects.filter(ticket_number=Ticket.objects.get().number).count() == 3


def test_faults_of_other_parts_and_other_installations_have_tickets_of_their_own() -> None:
    unit, other = rows.unit(), rows.unit()
    rows.contract(unit)
    rows.contract(other)
    tell(finding(unit.id, "a1"), finding(unit.id, "a2", part="disk:S2"), finding(other.id, "b1"))
    numbers = sorted(Ticket.objects.values_list("number", flat=True))
    assert numbers == ["LGX-2026-000001", "LGX-2026-000002", "LGX-2026-000003"]


def test_a_worse_fault_raises_the_level_and_carries_the_clock_over() -> None:
    unit = rows.unit()
    rows.contract(unit, package="standart")
    tell(finding(unit.id, "a1", severity=3))
    worse = finding(unit.id, "a1", CHANGED, severity=1, seconds=3 * 3600)
    tell(worse, now=NOW + timedelta(hours=3))
    ticket = Ticket.objects.get()
    assert (ticket.level, ticket.deadline) == (1, at("2026-03-02T14:00"))
    assert kinds(ticket) == ["opened", "fault-worse", "level-changed"]
    better = finding(unit.id, "a1", CHANGED, severity=3, seconds=4 * 3600)
    tell(better, now=NOW + timedelta(hours=4))
    ticket.refresh_from_db()
    assert (ticket.level, kinds(ticket)[-1]) == (1, "fault-better")


def test_a_recovery_is_noted_and_closes_nothing_and_a_return_joins_the_same_ticket() -> None:
    unit = rows.unit()
    rows.contract(unit)
    tell(finding(unit.id, "a1"))
    tell(finding(unit.id, "a1", CLEARED, seconds=60))
    ticket = Ticket.objects.get()
    assert (ticket.state, kinds(ticket)) == ("new", ["opened", "fault-recovered"])
    tell(finding(unit.id, "a2", seconds=120))
    ticket = Ticket.objects.get()
    assert kinds(ticket) == ["opened", "fault-recovered", "fault-came-back"]
    assert Fault.objects.filter(ticket_number=ticket.number).count() == 2


def test_pri_4_lost_redundancy_makes_a_ticket_urgent_and_it_stays_so() -> None:
    unit = rows.unit()
    rows.contract(unit, package="standart")
    raid = {"part": LOST, "code": "raid.degraded"}
    tell(finding(unit.id, "r1", urgent=True, **raid))
    ticket = Ticket.objects.get()
    assert (ticket.level, ticket.urgent, Fault.objects.get().urgent) == (2, True, True)
    assert Record.objects.get(action="ticket.open").detail["urgent"] is True
    tell(finding(unit.id, "r1", CHANGED, seconds=9, **raid))
    ticket.refresh_from_db()
    assert (ticket.urgent, kinds(ticket)) == (True, ["opened", "fault-better"])
    assert not Fault.objects.get().urgent


def test_a_fault_that_becomes_urgent_says_so_on_its_ticket() -> None:
    unit = rows.unit()
    rows.contract(unit, package="standart")
    tell(finding(unit.id, "a1"))
    before = Ticket.objects.get().deadline
    tell(finding(unit.id, "a1", CHANGED, seconds=9, urgent=True))
    ticket = Ticket.objects.get()
    assert (ticket.urgent, ticket.level, ticket.deadline) == (True, 2, before)
    assert kinds(ticket) == ["opened", "fault-worse", "field-changed"]
    assert Record.objects.get(action="ticket.urgent").detail == {"clauses": ["PRI-4"]}


def test_a_repeat_is_noted() -> None:
    unit = rows.unit()
    rows.contract(unit)
    tell(finding(unit.id, "a1"))
    tell(finding(unit.id, "a2", seconds=60))
    assert kinds(Ticket.objects.get()) == ["opened", "fault-repeated"]


def test_after_the_ticket_is_closed_the_next_fault_opens_another() -> None:
    unit = rows.unit()
    rows.contract(unit)
    tell(finding(unit.id, "a1"), finding(unit.id, "a1", CLEARED, seconds=5))
    Ticket.objects.update(state="closed")
    tell(finding(unit.id, "a2", seconds=60))
    assert Ticket.objects.count() == 2


def test_a_refused_fault_that_gets_worse_is_judged_again() -> None:
    unit = rows.unit()
    rows.contract(unit, purchased_on=date(2023, 1, 10))
    tell(finding(unit.id, "a1", severity=3))
    tell(finding(unit.id, "a1", CHANGED, severity=2, seconds=60))
    assert Notice.objects.count() == 1
    assert Record.objects.filter(action="fault.refused").count() == 1
    rows.contract(
        unit,
        purchased_on=date(2023, 1, 10),
        package="standart",
        package_from=date(2026, 1, 1),
        renewals=((date(2026, 1, 1), 1),),
    )
    tell(finding(unit.id, "a1", CHANGED, severity=1, seconds=90))
    fault = Fault.objects.get()
    assert (fault.covered, fault.clauses) == (True, ["SUP-2"])
    assert Ticket.objects.get().level == 1


def test_the_same_effect_twice_changes_nothing() -> None:
    unit, lapsed = rows.unit(), rows.unit()
    rows.contract(unit)
    rows.contract(lapsed, purchased_on=date(2023, 1, 10))
    tell(finding(unit.id, "a1", severity=3), finding(lapsed.id, "b1"))
    tell(finding(unit.id, "a1", CHANGED, severity=1, seconds=9), finding(unit.id, "a2", seconds=20))
    tell(finding(unit.id, "a2", CLEARED, seconds=30), finding(lapsed.id, "b1", CLEARED, seconds=30))

    def counts() -> list[int]:
        return [model.objects.count() for model in (Ticket, TicketEvent, Notice, Record)]

    before, ticket = counts(), Ticket.objects.values().get()
    for effect in list(Effect.objects.order_by("id")):
        outbox.put(effect.kind, effect.payload, NOW)
    run_pending(NOW)
    assert waiting(NOW) == 0
    assert counts() == before
    assert Ticket.objects.values().get() == ticket


def test_effects_taken_up_in_the_wrong_order_end_alike() -> None:
    unit = rows.unit()
    rows.contract(unit)
    apply_findings(
        [finding(unit.id, "a1", severity=3), finding(unit.id, "a1", CHANGED, severity=1, seconds=9)]
    )
    Effect.objects.filter(kind="fault.raised").update(run_after=NOW + timedelta(hours=1))
    run_pending(NOW + timedelta(minutes=1))
    run_pending(NOW + timedelta(hours=2))
    ticket = Ticket.objects.get()
    assert (ticket.level, kinds(ticket)) == (1, ["opened"])


def test_numbers_begin_anew_with_the_year_in_istanbul() -> None:
    unit = rows.unit()
    rows.contract(unit)
    eve = datetime(2026, 12, 31, 20, 59, tzinfo=NOW.tzinfo)
    tell(finding(unit.id, "a1", at=eve), now=eve)
    tell(finding(unit.id, "a2", part="disk:S2", at=eve), now=eve + timedelta(minutes=1))
    assert sorted(Ticket.objects.values_list("number", flat=True)) == ["LGX-2026-000001", "LGX-2027-000001"]


def test_a_persons_public_answer_stops_the_clock() -> None:
    unit = rows.unit()
    rows.contract(unit, package="standart")
    tell(finding(unit.id, "a1", severity=3))
    ticket = Ticket.objects.get()
    handling.answer(
        operator("operator:ayse"), ticket.number, "We look into it.", now=NOW + timedelta(hours=1)
    )
    tell(finding(unit.id, "a1", CHANGED, severity=1, seconds=7200), now=NOW + timedelta(hours=5))
    ticket.refresh_from_db()
    assert (ticket.state, ticket.level, ticket.deadline) == ("open", 1, at("2026-03-02T16:00"))
