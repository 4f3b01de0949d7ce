"""Mutes and maintenance windows over the whole path: on record, no ticket, judged anew at the end."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from logix_common.errors import IllegalTransition, InvalidInput
from logix_common.findings import Event
from logix_server.accounts.access import operator
from logix_server.audit.models import Record
from logix_server.effects.dispatch import run_pending
from logix_server.fleet.models import Unit
from logix_server.health import suppressing, suppression_ends
from logix_server.health.actions import apply_findings, apply_full_states
from logix_server.health.facts import FindingTold
from logix_server.health.lifecycle import SUPPRESSION, SuppressionState
from logix_server.health.models import Fault, Suppression
from logix_server.tickets.desk import handling
from logix_server.tickets.lifecycle import TicketState
from logix_server.tickets.models import Ticket

from tests.server import rows
from tests.server.health.told import finding, full_state
from tests.server.rows import NOW

pytestmark = [pytest.mark.database, pytest.mark.django_db]

CHANGED, CLEARED = Event.CHANGED, Event.CLEARED
HOUR = timedelta(hours=1)
BY = "operator:ayse"


@pytest.fixture
def unit() -> Unit:
    unit = rows.unit()
    rows.contract(unit, package="profesyonel")
    return unit


def after(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def tell(*findings: FindingTold, now: datetime | None = None) -> None:
    apply_findings(findings)
    run_pending(now or max(told.received_at for told in findings))


def mute(unit: Unit, now: datetime = NOW, **given: object) -> Suppression:
    said = {"until": now + HOUR, "why": "a loose cable, is known", "by": BY, "now": now} | given
    made, _ = suppressing.mute(unit, **said)  # type: ignore[arg-type]
    return made


def window(unit: Unit, span: timedelta = HOUR, now: datetime = NOW) -> Suppression:
    return suppressing.open_window(unit, span, "a new fan", by=BY, now=now)


def end(now: datetime) -> None:
    suppression_ends.end_due(now)
    run_pending(now)


def solve(ticket: Ticket) -> None:
    for state in (TicketState.OPEN, TicketState.SOLVED):
        handling.move(operator(BY), ticket.number, state, now=after(1))


def history() -> list[str]:
    return list(Fault.objects.get().events.order_by("id").values_list("kind", flat=True))


def test_a_muted_finding_is_on_record_and_calls_nobody_until_the_mute_ends(unit: Unit) -> None:
    made = mute(unit, part="disk:S1", level=2)
    tell(finding(unit.id, "a1", seconds=5))
    fault = Fault.objects.get()
    assert (fault.state, fault.suppressed_by, fault.covered) == ("open", made, None)
    assert (history(), Ticket.objects.count()) == (["muted"], 0)
    end(after(3_599))
    assert Ticket.objects.count() == 0
    end(after(3_600))
    fault.refresh_from_db()
    assert (fault.suppressed_by, history()) == (None, ["muted", "raised"])
    assert Ticket.objects.get().number == fault.ticket_number
    made.refresh_from_db()
    assert (made.state, made.state_at, made.state_by) == ("over", after(3_600), "system:jobs")
    end(after(4_000))
    assert (len(history()), Ticket.objects.count()) == (2, 1)


def test_it_is_recorded_with_person_reason_and_end(unit: Unit) -> None:
    made = mute(unit, part="disk:S1", level=3)
    record = Record.objects.get(action="fault.mute")
    assert (record.actor, record.subject) == (BY, f"unit:{unit.serial}")
    assert record.detail["why"] == made.why == "a loose cable, is known"
    assert record.detail["until"] == (NOW + HOUR).isoformat()
    suppressing.unmute(made.pk, "the cable is new", by="operator:ali", now=after(60))
    lifted = Record.objects.get(action="fault.unmute")
    assert (lifted.actor, lifted.detail["why"]) == ("operator:ali", "the cable is new")
    made.refresh_from_db()
    assert (made.state, made.state_reason) == ("lifted", "the cable is new")


def test_lifted_before_its_time_what_stands_is_judged_then(unit: Unit) -> None:
    made = mute(unit, level=2)
    tell(finding(unit.id, "a1", seconds=5), finding(unit.id, "b1", part="disk:S2", seconds=5))
    tell(finding(unit.id, "b1", CLEARED, part="disk:S2", seconds=9))
    assert suppressing.unmute(made.pk, "seen to", by=BY, now=after(60)) == 1
    run_pending(after(60))
    assert Ticket.objects.get().part == "disk:S1"


@pytest.mark.parametrize(("severity", "urgent"), [(1, False), (2, True)], ids=["worse", "urgent"])
def test_what_gets_graver_than_the_mute_names_is_judged(unit: Unit, severity: int, urgent: bool) -> None:
    tell(finding(unit.id, "a1"))
    solve(Ticket.objects.get())
    assert mute(unit, now=after(2), part="disk:S1").severity == 2  # as it stands
    tell(finding(unit.id, "a2", seconds=5))  # raised again: nobody is called
    assert Ticket.objects.count() == 1
    tell(finding(unit.id, "a2", CHANGED, severity=severity, urgent=urgent, seconds=9))
    assert history() == ["raised", "muted", "repeated", "raised"]
    newest = Ticket.objects.latest("id")
    assert (Ticket.objects.count(), newest.level, newest.urgent) == (2, severity, urgent)
    assert Fault.objects.get().suppressed_by is None


def test_what_gets_worse_within_what_is_muted_waits(unit: Unit) -> None:
    mute(unit, part="disk:S1", level=1)
    tell(finding(unit.id, "a1", severity=3))
    tell(finding(unit.id, "a1", CHANGED, severity=1, seconds=9))
    assert (history(), Ticket.objects.count()) == (["muted", "worse"], 0)
    end(NOW + HOUR)
    assert Ticket.objects.get().level == 1


def test_an_open_ticket_goes_on_and_hears_the_good_news(unit: Unit) -> None:
    tell(finding(unit.id, "a1"))
    mute(unit, now=after(1), part="disk:S1")
    tell(finding(unit.id, "a1", CLEARED, seconds=9))
    ticket = Ticket.objects.get()
    assert list(ticket.events.order_by("id").values_list("kind", flat=True)) == ["opened", "fault-recovered"]


def test_two_mutes_the_one_that_is_left_goes_on(unit: Unit) -> None:
    first = mute(unit, part="disk:S1", level=2)
    second = mute(unit, code="disk.pending-sectors", level=2, until=NOW + 2 * HOUR)
    tell(finding(unit.id, "a1", seconds=5))
    suppressing.unmute(second.pk, "no need", by=BY, now=after(9))
    fault = Fault.objects.get()
    assert (fault.suppressed_by, history()) == (first, ["muted", "muted"])
    end(NOW + HOUR)
    assert Ticket.objects.count() == 1


def test_muted_findings_make_no_storm(unit: Unit) -> None:
    mute(unit, code="disk.smart-failed", level=2)
    told = [finding(unit.id, f"m{n}", part=f"disk:{n}", code="disk.smart-failed") for n in range(20)]
    tell(*told, finding(unit.id, "a1"))
    assert Ticket.objects.get().part == "disk:S1"


def test_what_a_window_kept_back_comes_as_one_storm_where_it_is_much(unit: Unit) -> None:
    window(unit)
    tell(*(finding(unit.id, f"a{n}", part=f"disk:{n}") for n in range(13)))
    assert Ticket.objects.count() == 0
    end(NOW + HOUR)
    assert (Ticket.objects.count(), Ticket.objects.latest("id").part) == (11, "many")


def test_in_a_window_findings_are_suppressed_and_what_stands_at_its_end_is_raised(unit: Unit) -> None:
    made = window(unit)
    tell(finding(unit.id, "a1", severity=1, urgent=True, seconds=5))
    apply_full_states([full_state(unit.id, finding(unit.id, "a1", severity=1, urgent=True), seconds=6)])
    assert (history(), Ticket.objects.count()) == (["suppressed"], 0)
    end(NOW + HOUR)
    assert (history(), Ticket.objects.get().level) == (["suppressed", "raised"], 1)
    assert Record.objects.get(action="suppression.over").detail["suppression"] == made.pk


def test_what_comes_and_goes_within_a_window_leaves_no_ticket(unit: Unit) -> None:
    window(unit)
    tell(finding(unit.id, "a1", seconds=5))
    tell(finding(unit.id, "a1", CLEARED, seconds=99))
    assert suppressing.end_window(unit, by=BY, now=after(200)) == 0
    run_pending(after(200))
    assert (history(), Ticket.objects.count()) == (["suppressed", "recovered"], 0)


def test_a_unit_that_was_off_tells_of_its_service_afterwards(unit: Unit) -> None:
    window(unit)
    late = {"at": NOW, "seconds": 1_800}
    told = [finding(unit.id, "a1", **late), finding(unit.id, "b1", part="disk:S2", **late)]
    end(NOW + HOUR)
    tell(*told, now=NOW + 2 * HOUR)
    tell(finding(unit.id, "a1", CLEARED, at=NOW, seconds=2_000), now=NOW + 2 * HOUR)
    assert Ticket.objects.count() == 0
    end(NOW + 2 * HOUR)
    assert Ticket.objects.get().part == "disk:S2"


def test_a_fault_known_before_a_window_is_not_raised_anew_by_its_end(unit: Unit) -> None:
    tell(finding(unit.id, "a1"))
    solve(Ticket.objects.get())
    window(unit, now=after(2))
    end(NOW + 2 * HOUR)
    assert (history(), Ticket.objects.count()) == (["raised"], 1)


def test_a_worsening_in_a_window_waits_for_its_end(unit: Unit) -> None:
    tell(finding(unit.id, "a1", severity=3))
    window(unit, now=after(2))
    tell(finding(unit.id, "a1", CHANGED, severity=1, seconds=9))
    assert Ticket.objects.get().level == 3
    end(NOW + 2 * HOUR)
    assert Ticket.objects.get().level == 1


def test_another_window_takes_the_place_of_one_that_stands(unit: Unit) -> None:
    first = window(unit)
    tell(finding(unit.id, "a1", seconds=5))
    second = window(unit, 2 * HOUR, now=after(60))
    first.refresh_from_db()
    assert (first.state, Fault.objects.get().suppressed_by) == ("lifted", second)
    end(NOW + HOUR)
    assert Ticket.objects.count() == 0
    end(NOW + 2 * HOUR + timedelta(seconds=60))
    assert Ticket.objects.count() == 1


def test_other_units_are_not_meant(unit: Unit) -> None:
    other = rows.unit()
    rows.contract(other)
    window(unit)
    mute(unit, level=1)
    tell(finding(other.id, "b1", seconds=5))
    assert Ticket.objects.get().unit == other


@pytest.mark.parametrize(
    ("given", "where"),
    [
        ({"until": NOW}, "until"),
        ({"until": NOW + timedelta(days=365, seconds=1)}, "until"),
        ({"why": "  "}, "why"),
        ({"why": "x" * 501}, "why"),
        ({"why": "a\x1b[0m"}, "why"),
        ({"level": 4}, "level"),
        ({"level": None}, "level"),
        ({"code": "disk.no-such"}, "code"),
        ({"part": "d" * 201}, "part"),
        ({"part": "disk:\x00"}, "part"),
    ],
)
def test_what_is_no_mute(unit: Unit, given: dict[str, object], where: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        mute(unit, **({"level": 3} | given))
    assert refused.value.where == where
    assert Suppression.objects.count() == 0


def test_a_unit_has_a_bounded_number_of_mutes(unit: Unit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(suppressing, "MOST_MUTES", 2)
    first = mute(unit, level=3)
    mute(unit, level=3)
    with pytest.raises(InvalidInput, match="fault mutes"):
        mute(unit, level=3)
    suppressing.unmute(first.pk, "seen to", by=BY, now=NOW)
    mute(unit, level=3)


@pytest.mark.parametrize("span", [timedelta(), timedelta(hours=24, seconds=1)])
def test_what_is_no_window(unit: Unit, span: timedelta) -> None:
    with pytest.raises(InvalidInput, match="24h"):
        window(unit, span)


def test_what_has_ended_cannot_be_ended_again(unit: Unit) -> None:
    made = mute(unit, level=3)
    suppressing.unmute(made.pk, "seen to", by=BY, now=after(1))
    with pytest.raises(InvalidInput, match="lifted already"):
        suppressing.unmute(made.pk, "seen to", by=BY, now=after(2))
    with pytest.raises(InvalidInput, match="fault mutes"):
        suppressing.unmute(made.pk + 1, "seen to", by=BY, now=after(2))
    with pytest.raises(InvalidInput, match="no maintenance window"):
        suppressing.end_window(unit, by=BY, now=after(2))
    with pytest.raises(IllegalTransition):
        SUPPRESSION.check(SuppressionState.OVER, SuppressionState.STANDING)
