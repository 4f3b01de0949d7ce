"""The clocks on real rows: terms that change under open tickets, closures, what is judged once."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta

import pytest
from click.testing import CliRunner
from django.db import transaction
from logix_common.errors import IllegalTransition, InvalidInput
from logix_server.accounts.access import operator
from logix_server.audit.models import Record
from logix_server.contracts import actions as contracts
from logix_server.contracts.decisions.terms import ISTANBUL, Package
from logix_server.contracts.models import PackagePurchase
from logix_server.contracts.working_time import closures
from logix_server.effects.dispatch import run_pending
from logix_server.effects.models import Effect
from logix_server.fleet.models import Unit
from logix_server.health.actions import apply_findings
from logix_server.tickets import clocks, opening, upkeep
from logix_server.tickets.cli import ticket as ticket_command
from logix_server.tickets.decisions.levels import Level
from logix_server.tickets.desk import handling
from logix_server.tickets.lifecycle import TicketState
from logix_server.tickets.models import Ticket, TicketEvent

from tests.server import rows
from tests.server.health.told import finding
from tests.server.rows import NOW

pytestmark = [pytest.mark.database, pytest.mark.django_db]

BY = "operator:ayse"


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ISTANBUL)


def opened(unit: Unit, severity: int = 2, now: datetime = NOW) -> Ticket:
    """A ticket of a fault, 2 March 2026 at 10:00 where nothing else is said."""
    apply_findings([finding(unit.id, "a1", severity=severity)])
    effects(now)
    return Ticket.objects.get(unit=unit)


def effects(now: datetime) -> None:
    while run_pending(now):
        pass


def terms_of(ticket: Ticket) -> list[tuple[datetime, str | None, bool]]:
    rows = TicketEvent.objects.filter(ticket=ticket, kind="terms-changed").order_by("at", "id")
    return [(row.at, row.detail["package"], row.detail["suspended"]) for row in rows]


def lapsing(until: date) -> Unit:
    """Standart for three years; the update service was last paid for a year that ends on `until`."""
    unit = rows.unit()
    start = until.replace(year=until.year - 1)
    rows.contract(unit, purchased_on=start, package="standart", package_from=start, package_years=3)
    return unit


def test_a_lapse_is_told_at_the_moment_it_came_about_whenever_the_job_runs() -> None:
    ticket = opened(lapsing(date(2026, 3, 2)), severity=3)
    assert ticket.deadline == at("2026-03-02T16:00")
    handled = opened(lapsing(date(2026, 3, 2)), severity=3)
    handling.answer(operator(BY), handled.number, "We look into it.", now=NOW)
    late = at("2026-03-02T15:30")
    assert upkeep.take_up_terms(late) == 0  # nothing yet
    other = opened(lapsing(date(2026, 3, 2)), severity=3, now=late)
    assert upkeep.take_up_terms(at("2026-03-04T11:00")) == 3
    for one in (ticket, handled, other):
        assert terms_of(one) == [(at("2026-03-03T00:00"), "standart", True)]
    other.refresh_from_db()
    # An hour and a half of six was used; the clock stands still until renewal.
    assert (other.deadline, other.deadline_clauses, other.missed_at) == (None, ["UPD-5"], None)
    ticket.refresh_from_db()
    assert ticket.missed_at == ticket.deadline == at("2026-03-02T16:00")  # passed before the lapse
    assert upkeep.take_up_terms(at("2026-03-04T11:05")) == 0
    contracts.renew_updates(other.installation_id, date(2026, 3, 3), 1, now=at("2026-03-05T10:00"), actor=BY)
    effects(at("2026-03-05T10:01"))
    other.refresh_from_db()
    # "Suspended until the renewal is made": not from the day on which the renewed service began.
    assert terms_of(other)[1:] == [(at("2026-03-05T10:00"), "standart", False)]
    assert other.deadline == at("2026-03-05T14:30")
    assert Record.objects.filter(action="ticket.terms", subject=f"ticket:{other.number}").count() == 2


def test_what_began_and_ended_while_nothing_ran_is_told_in_order() -> None:
    unit = lapsing(date(2026, 3, 2))
    contracts.renew_updates(unit.installation_id, date(2026, 3, 5), 1, now=NOW, actor=BY)
    ticket = opened(unit, severity=3, now=at("2026-03-02T16:00"))
    assert upkeep.take_up_terms(at("2026-03-09T09:00")) == 1
    assert terms_of(ticket) == [
        (at("2026-03-03T00:00"), "standart", True),
        (at("2026-03-05T00:00"), "standart", False),
    ]
    ticket.refresh_from_db()
    assert ticket.deadline == at("2026-03-05T14:00")
    assert ticket.missed_at == ticket.deadline


@pytest.mark.parametrize("first", ["deadline", "terms", "level"])
def test_a_renewal_recorded_for_days_past_hides_no_suspension(first: str) -> None:
    """What is known now has no gap; what was known then had one, and nobody missed a deadline in it."""
    ticket = opened(lapsing(date(2026, 3, 2)), severity=3, now=at("2026-03-02T16:00"))
    now = at("2026-03-04T10:00")
    contracts.renew_updates(ticket.installation_id, date(2026, 3, 3), 1, now=now, actor=BY)
    if first == "deadline":
        upkeep.note_missed_deadlines(now)
    elif first == "terms":
        upkeep.take_up_terms(now)
    else:
        opening.raise_level(ticket, Level(2, ("PRI-4",)), opening_contract(ticket), now)
    effects(now)
    assert terms_of(ticket) == [(at("2026-03-03"), "standart", True), (now, "standart", False)]
    ticket.refresh_from_db()
    # Five of six hours are left, or five sixths of four.
    left = timedelta(minutes=200 if first == "level" else 300)
    assert (ticket.missed_at, ticket.deadline) == (None, now + left)


def test_a_package_that_is_bought_carries_the_clock_over_at_once() -> None:
    unit = rows.unit()
    rows.contract(unit, package="standart")
    ticket = opened(unit, severity=2)
    moment = at("2026-03-02T12:00")  # half of four hours
    contracts.add_package(
        unit.installation_id, Package.PROFESYONEL, date(2026, 3, 2), 1, now=moment, actor=BY
    )
    effects(moment + timedelta(seconds=5))
    ticket.refresh_from_db()
    assert terms_of(ticket) == [(moment, "profesyonel", False)]
    assert ticket.deadline == at("2026-03-02T12:30")
    contracts.withdraw(
        f"package:{PackagePurchase.objects.get(package='profesyonel').pk}",
        "sold to another customer",
        now=at("2026-03-02T12:15"),
        actor=BY,
    )
    effects(at("2026-03-02T12:16"))
    ticket.refresh_from_db()
    assert terms_of(ticket)[1:] == [(at("2026-03-02T12:15"), "standart", False)]
    assert ticket.deadline == at("2026-03-02T13:15")  # a quarter of four hours is left


def test_a_contract_that_changes_nothing_for_the_ticket_tells_nothing() -> None:
    unit = rows.unit()
    rows.contract(unit, package="standart")
    ticket = opened(unit)
    contracts.renew_updates(unit.installation_id, date(2027, 1, 11), 1, now=NOW, actor=BY)
    effects(NOW)
    assert terms_of(ticket) == []


def test_effects_and_job_run_again_tell_nothing_twice() -> None:
    ticket = opened(lapsing(date(2026, 3, 2)))
    now = at("2026-03-03T08:00")
    for _ in range(3):
        upkeep.take_up_terms(now)
        with transaction.atomic():
            upkeep.on_contract_changed({"installation_id": ticket.installation_id}, now)
            upkeep.on_calendar_changed({}, now)
        upkeep.note_missed_deadlines(now)
    assert len(terms_of(ticket)) == 1
    assert ticket.events.filter(kind="deadline-missed").count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_job_that_dies_between_two_steps_leaves_nothing_half_done() -> None:
    ticket = opened(lapsing(date(2026, 3, 2)), now=at("2026-03-02T16:00"))
    now = at("2026-03-03T08:00")
    with pytest.raises(KeyboardInterrupt), transaction.atomic():
        clocks.settle(ticket, now)
        raise KeyboardInterrupt
    assert terms_of(ticket) == []
    assert upkeep.take_up_terms(now) == 1
    assert len(terms_of(ticket)) == 1


def test_a_level_that_is_raised_after_a_lapse_stays_suspended() -> None:
    ticket = opened(lapsing(date(2026, 3, 2)), severity=3, now=at("2026-03-02T16:00"))
    now = at("2026-03-03T10:00")
    contract = opening_contract(ticket)
    with transaction.atomic():
        opening.raise_level(ticket, Level(1, ("PRI-4",)), contract, now)
    assert terms_of(ticket) == [(at("2026-03-03T00:00"), "standart", True)]
    ticket.refresh_from_db()
    assert (ticket.level, ticket.deadline) == (1, None)


def opening_contract(ticket: Ticket):
    from logix_server.contracts.queries import contract_facts

    return contract_facts(ticket.installation_id, ticket.unit.model)


def test_a_missed_deadline_is_written_down_once_and_stays() -> None:
    unit = rows.unit()
    rows.contract(unit, package="standart")
    ticket = opened(unit)  # due at 14:00
    assert upkeep.note_missed_deadlines(at("2026-03-02T14:00")) is False
    assert not ticket.events.filter(kind="deadline-missed").exists()
    upkeep.note_missed_deadlines(at("2026-03-02T14:20"))
    event = ticket.events.get(kind="deadline-missed")
    assert (event.at, event.actor) == (at("2026-03-02T14:00"), "system:tickets")
    handling.answer(operator(BY), ticket.number, "Sorry.", now=at("2026-03-02T15:00"))
    ticket.refresh_from_db()
    assert (ticket.missed_at, ticket.answered_at) == (at("2026-03-02T14:00"), at("2026-03-02T15:00"))
    assert ticket.events.get(kind="answer").detail["in_time"] is False
    assert Record.objects.filter(action="ticket.deadline-missed").count() == 1


def test_a_late_answer_is_late_even_if_no_job_ran_before() -> None:
    unit = rows.unit()
    rows.contract(unit, package="standart")
    ticket = opened(unit)
    handling.answer(operator(BY), ticket.number, "Sorry.", now=at("2026-03-02T14:01"))
    ticket.refresh_from_db()
    assert ticket.missed_at == at("2026-03-02T14:00")


@pytest.mark.parametrize(
    ("actor", "public", "kind", "stops"),
    [
        ("operator:ayse", True, "answer", True),
        ("user:ayse", True, "answer", True),
        ("system:tickets", True, "answer", False),  # an automatic acknowledgement
        ("device:00ff", True, "answer", False),
        ("operator:ayse", False, "answer", False),  # an internal note
        ("operator:ayse", True, "note", False),
        ("operator:ayse", True, "state-changed", False),
    ],
)
def test_only_a_persons_public_answer_stops_the_clock(
    actor: str, public: bool, kind: str, stops: bool
) -> None:
    unit = rows.unit()
    rows.contract(unit, package="standart")
    ticket = opened(unit)
    detail = {"state": "open"} if kind == "state-changed" else {}
    TicketEvent.objects.create(ticket=ticket, at=NOW, kind=kind, actor=actor, public=public, detail=detail)
    assert (clocks.response_of(ticket, NOW).met_at is not None) is stops


def test_waiting_for_the_customer_stops_no_response_clock() -> None:
    unit = rows.unit()
    rows.contract(unit, package="standart")
    ticket = opened(unit)
    handling.move(operator(BY), ticket.number, TicketState.OPEN, "", now=NOW)
    handling.move(operator(BY), ticket.number, TicketState.WAITING, "asked by phone", now=NOW)
    ticket.refresh_from_db()
    assert (ticket.deadline, ticket.answered_at) == (at("2026-03-02T14:00"), None)
    upkeep.note_missed_deadlines(at("2026-03-02T15:00"))
    ticket.refresh_from_db()
    assert ticket.missed_at == at("2026-03-02T14:00")


def test_a_reopened_ticket_keeps_its_past() -> None:
    unit = lapsing(date(2026, 3, 4))
    ticket = opened(unit)
    handling.answer(operator(BY), ticket.number, "A new disk is on its way.", now=at("2026-03-02T11:00"))
    handling.move(operator(BY), ticket.number, TicketState.SOLVED, "", now=at("2026-03-03T10:00"))
    assert upkeep.take_up_terms(at("2026-03-05T09:00")) == 0  # solved: nobody works on it
    handling.move(operator(BY), ticket.number, TicketState.OPEN, "failed again", now=at("2026-03-06T10:00"))
    ticket.refresh_from_db()
    assert (ticket.answered_at, ticket.missed_at) == (at("2026-03-02T11:00"), None)
    assert terms_of(ticket) == [(at("2026-03-05T00:00"), "standart", True)]
    with pytest.raises(IllegalTransition):
        handling.move(operator(BY), ticket.number, TicketState.CLOSED, "", now=at("2026-03-06T10:00"))


def test_a_solved_ticket_is_not_taken_up_beside_another_for_its_part() -> None:
    unit = rows.unit()
    rows.contract(unit, package="standart")
    first = opened(unit)
    handling.answer(operator(BY), first.number, "Done.", now=NOW)
    handling.move(operator(BY), first.number, TicketState.SOLVED, "", now=NOW)
    apply_findings([finding(unit.id, "a2", seconds=60)])
    effects(NOW + timedelta(minutes=2))
    assert Ticket.objects.count() == 2
    with pytest.raises(InvalidInput, match="is open for disk:S1"):
        handling.move(operator(BY), first.number, TicketState.OPEN, "", now=NOW)


@pytest.mark.parametrize("text", ["", "  \n", "x" * 20_001])
def test_an_empty_or_endless_answer_is_refused(text: str) -> None:
    unit = rows.unit()
    rows.contract(unit)
    with pytest.raises(InvalidInput, match="text"):
        handling.answer(operator(BY), opened(unit).number, text, now=NOW)


def test_a_closure_moves_the_deadlines_that_are_ahead_and_no_others() -> None:
    units = [rows.unit() for _ in range(3)]
    for unit in units:
        rows.contract(unit, package="standart")
    ahead, missed, met = (opened(unit) for unit in units)
    handling.answer(operator(BY), met.number, "We look into it.", now=NOW)
    Ticket.objects.filter(pk=missed.pk).update(deadline=at("2026-03-02T12:00"))
    now = at("2026-03-02T13:00")
    TicketEvent.objects.create(
        ticket=missed, at=at("2026-03-02T12:00"), kind="deadline-missed", actor="system:tickets",
        key=f"deadline-missed:{missed.pk}",
    )  # fmt: skip
    Ticket.objects.filter(pk=missed.pk).update(missed_at=at("2026-03-02T12:00"))
    # Announced at 13:00 for the whole day: what has passed of it stays as it was counted.
    closure = closures.add_closure(at("2026-03-02"), at("2026-03-03"), "snow", now=now, actor=BY)
    effects(now)
    for one, deadline in (
        (ahead, "2026-03-03T10:00"),
        (missed, "2026-03-02T12:00"),
        (met, "2026-03-02T14:00"),
    ):
        one.refresh_from_db()
        assert one.deadline == at(deadline)
    # Taken back an hour later: that hour stays off.
    closures.withdraw_closure(closure.pk, "it melted", now=at("2026-03-02T14:00"), actor=BY)
    effects(at("2026-03-02T14:00"))
    ahead.refresh_from_db()
    assert ahead.deadline == at("2026-03-02T15:00")


def test_a_change_of_the_calendar_goes_through_all_tickets_page_by_page(monkeypatch) -> None:
    monkeypatch.setattr(upkeep, "PAGE", 2)
    for _ in range(5):
        unit = rows.unit()
        rows.contract(unit, package="standart")
        opened(unit)
    closures.add_closure(at("2026-03-02T12:00"), at("2026-03-02T13:00"), "power cut", now=NOW, actor=BY)
    effects(NOW)
    assert set(Ticket.objects.values_list("deadline", flat=True)) == {at("2026-03-02T15:00")}
    assert Effect.objects.filter(kind="calendar.changed", done_at__isnull=False).count() == 3


def test_show_tells_promise_and_work_apart(monkeypatch) -> None:
    from logix_server import console

    unit = rows.unit()
    rows.contract(unit, package="standart")
    ticket = opened(unit)
    monkeypatch.setattr(console, "now", lambda: at("2026-03-02T11:00"))
    runner = CliRunner()
    assert runner.invoke(ticket_command, ["answer", ticket.number], input="We look.\n").exit_code == 0
    assert runner.invoke(ticket_command, ["move", ticket.number, "waiting", "--why", "logs"]).exit_code == 0
    monkeypatch.setattr(console, "now", lambda: at("2026-03-03T11:00"))
    shown = json.loads(runner.invoke(ticket_command, ["show", ticket.number, "--json"]).stdout)
    assert shown["response"] == "met"
    assert shown["resolution"] == "waiting for the customer"
    assert shown["resolution_minutes"] == 60
    assert [event["kind"] for event in shown["events"]] == [
        "opened",
        "answer",
        "state-changed",
        "state-changed",
    ]
    assert "waiting for the customer" in runner.invoke(ticket_command, ["show", ticket.number]).stdout
    refused = runner.invoke(ticket_command, ["move", ticket.number, "closed"])
    assert (refused.exit_code, refused.stdout) == (1, "")
