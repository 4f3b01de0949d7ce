"""Visits and agreements over rows, and on the command line."""

from __future__ import annotations

import json
import threading
from datetime import date, timedelta
from typing import Any

import click
import pytest
from click.testing import CliRunner
from django.db import connection
from logix_common.errors import IllegalTransition, InvalidInput
from logix_server.accounts.access import NotFound, Viewer
from logix_server.effects.dispatch import run_pending
from logix_server.fleet.models import Unit
from logix_server.health.actions import apply_findings
from logix_server.tickets.models import Ticket
from logix_server.visits import actions, agreements, queries
from logix_server.visits.actions import Appointment
from logix_server.visits.agreements import Agreed
from logix_server.visits.cli import agreement, visit
from logix_server.visits.judgement import Reach
from logix_server.visits.models import Visit

from tests.server import rows
from tests.server.health.told import finding
from tests.server.rows import NOW

BY: dict[str, Any] = {"actor": "user:ayse@rekare.example", "now": NOW}
SLOT = Appointment(NOW + timedelta(days=2), NOW + timedelta(days=2, hours=3), "Ayşe", "Mehmet")
YEARLY = Agreed(date(2026, 1, 2), date(2027, 1, 1), 3, "dust, fans, logs")
pytestmark = [pytest.mark.database, pytest.mark.django_db]


def _ticket(package: str | None = "profesyonel") -> Ticket:
    unit = rows.unit()
    rows.contract(unit, package=package)
    apply_findings([finding(unit.id, f"{unit.id:x}")])
    run_pending(NOW)
    return Ticket.objects.get(installation=unit.installation)


def _bought(**contract: Any) -> Unit:
    unit = rows.unit()
    rows.contract(unit, **contract)
    return unit


def test_requested_agreed_moved_and_done_with_a_report() -> None:
    ticket = _ticket()
    made = actions.request(ticket.number, "the board must be seen", Reach.OPENED, **BY)
    number = str(made.number)
    actions.agree(number, SLOT, **BY)
    actions.agree(number, Appointment(SLOT.starts_at, SLOT.ends_at, "Can", "Mehmet"), **BY)
    actions.finish(number, "Board reseated.", **BY)
    done = queries.visit(None, number)
    assert (done.state, done.engineer, done.report) == ("done", "Can", "Board reseated.")
    assert [step.state for step in queries.steps_of(done)] == ["requested", "agreed", "agreed", "done"]
    assert ticket.events.filter(kind="visit", public=True).count() == 4
    with pytest.raises(IllegalTransition):
        actions.cancel(number, "too late", **BY)


@pytest.mark.parametrize(
    ("package", "reach", "clause"),
    [("standart", Reach.OPENED, "MAT-16"), ("profesyonel", Reach.CLOSED, "SUP-5")],
)
def test_where_the_terms_give_none_the_customer_reads_why(package: str, reach: Reach, clause: str) -> None:
    ticket = _ticket(package)
    refused = actions.request(ticket.number, "please come", reach, **BY)
    assert (refused.state, clause in refused.clauses) == ("refused", True)
    assert refused.reason["tr"] and refused.reason["en"]
    with pytest.raises(IllegalTransition):
        actions.agree(str(refused.number), SLOT, **BY)


@pytest.mark.parametrize(
    ("begins", "lasts"),
    [(-1, 3), (2, 0), (2, -1), (24 * 400, 3), (2, 24 * 15)],
    ids=["past", "no length", "backwards", "far ahead", "too long"],
)
def test_a_time_that_is_none(begins: int, lasts: int) -> None:
    made = actions.request(_ticket().number, "why", Reach.OPENED, **BY)
    starts_at = NOW + timedelta(hours=begins)
    with pytest.raises(InvalidInput):
        actions.agree(
            str(made.number), Appointment(starts_at, starts_at + timedelta(hours=lasts), "A", "B"), **BY
        )
    assert queries.visit(None, str(made.number)).state == "requested"


def test_an_agreements_visits_are_asked_for_a_month_ahead_and_once() -> None:
    unit = _bought()
    made = agreements.record_agreement(unit.installation, YEARLY, **BY)
    assert agreements.request_due(NOW) == 0  # 2 April is 31 days ahead
    for day in (1, 1, 2, 30):
        agreements.request_due(NOW + timedelta(days=day))
    (asked,) = queries.visits(None)
    assert (asked.due_on, asked.clauses, asked.state) == (date(2026, 4, 2), ["SUP-8"], "requested")
    assert agreements.request_due(NOW + timedelta(days=92)) == 1
    agreements.end_agreement(made.pk, "moved away", **BY)
    assert {one.state for one in queries.visits(None)} == {"cancelled"}
    assert agreements.request_due(NOW + timedelta(days=183)) == 0


def test_a_job_that_slept_makes_up_for_a_month_not_for_years() -> None:
    agreements.record_agreement(_bought().installation, YEARLY, **BY)
    assert agreements.request_due(NOW + timedelta(days=140)) == 1  # 20 July: 2 July, not 2 April
    assert queries.visits(None)[0].due_on == date(2026, 7, 2)


@pytest.mark.parametrize(
    "change",
    [
        {"last_day": date(2025, 12, 31)},
        {"last_day": date(2040, 1, 1)},
        {"every_months": 0},
        {"every_months": 61},
        {"scope": " "},
        {"starts_on": date(1, 1, 1)},
        {"starts_on": date(9999, 12, 31), "last_day": date(9999, 12, 31)},
    ],
)
def test_an_agreement_that_is_none(change: dict[str, Any]) -> None:
    unit = _bought()
    with pytest.raises(InvalidInput):
        agreements.record_agreement(unit.installation, Agreed(**(vars(YEARLY) | change)), **BY)
    assert queries.agreements(None) == []


def test_two_agreements_of_one_place_do_not_overlap() -> None:
    unit = _bought()
    agreements.record_agreement(unit.installation, YEARLY, **BY)
    with pytest.raises(InvalidInput, match="runs until 2027-01-01"):
        agreements.record_agreement(unit.installation, YEARLY, **BY)
    following = Agreed(date(2027, 1, 2), date(2028, 1, 1), 3, "the same")
    agreements.record_agreement(unit.installation, following, **BY)


def test_each_sees_only_what_is_theirs() -> None:
    mine, other = _ticket(), _ticket()
    numbers = [str(actions.request(one.number, "why", Reach.OPENED, **BY).number) for one in (mine, other)]
    for one in (mine, other):
        agreements.record_agreement(one.installation, YEARLY, **BY)
    ours = Viewer(2, mine.installation.customer_id, "customer-user", "tr", "contact:b")
    engineer = Viewer(1, 1, "support-engineer", "tr", "user:a")
    assert [one.number for one in queries.visits(ours)] == numbers[:1]
    assert [one.installation for one in queries.agreements(ours)] == [mine.installation]
    assert len(queries.visits(engineer)) == len(queries.agreements(engineer)) == 2
    with pytest.raises(NotFound):
        queries.visit(ours, numbers[1])


@pytest.mark.django_db(transaction=True)
def test_processes_that_run_the_job_at_once_ask_once() -> None:
    agreements.record_agreement(_bought().installation, YEARLY, **BY)
    counts: list[int] = []

    def ask() -> None:
        counts.append(agreements.request_due(NOW + timedelta(days=5)))
        connection.close()

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(counts) == [0, 0, 0, 1]
    assert Visit.objects.count() == 1


def _run(group: click.Command, *arguments: str, exit_code: int = 0) -> Any:
    result = CliRunner().invoke(group, [*arguments, "--json"])
    assert result.exit_code == exit_code, result.output
    return json.loads(result.stdout) if exit_code == 0 else result.stderr


def test_the_commands() -> None:
    ticket = _ticket()
    ticket_unit = ticket.unit.serial
    asked = _run(visit, "request", ticket.number, "--why", "look", "--remote", "closed")
    assert (asked["state"], asked["clauses"][0]) == ("refused", "SUP-5")
    made = _run(
        agreement,
        "add",
        ticket_unit,
        "--from",
        "2026-01-02",
        "--until",
        "2027-01-01",
        "--every-months",
        "3",
        "--scope",
        "dust",
    )
    assert made["every_months"] == 3
    assert [one["id"] for one in _run(agreement, "list")] == [made["id"]]
    assert [one["number"] for one in _run(visit, "list", "--ticket", ticket.number)] == [asked["number"]]
    assert _run(visit, "list", "--open") == []
    assert "VIS-000123" in _run(visit, "show", "VIS-9", exit_code=1)
