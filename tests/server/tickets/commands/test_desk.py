"""`logix-server ticket open`, `message`, `note`, `assign`, `level`, `merge`, `link`, `attach` …"""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from logix_server.fleet.models import Unit
from logix_server.tickets.cli import ticket
from logix_server.tickets.models import Attachment, Ticket, TicketEvent

from tests.server import people, rows
from tests.server.tickets.asked_for import kinds

pytestmark = [pytest.mark.database, pytest.mark.django_db]


def run(*arguments: str, exit_code: int = 0, words: str = "") -> Result:
    result = CliRunner().invoke(ticket, arguments, input=words)
    assert result.exit_code == exit_code, result.output
    return result


def told(*arguments: str) -> Any:
    return json.loads(run(*arguments, "--json").stdout)


@pytest.fixture
def unit() -> Unit:
    unit = rows.unit()
    # Open-ended by the tests' clock: commands act now, whenever that is.
    rows.contract(
        unit,
        purchased_on=date(2026, 1, 10),
        package="standart",
        package_years=3,
        renewals=((date(2027, 1, 11), 3),),
    )
    return unit


def opened(unit: Unit) -> str:
    number: str = told("open", unit.serial, "--subject", "Internet is slow", "--text", "Since today.")[
        "number"
    ]
    return number


def test_a_call_becomes_a_ticket(unit: Unit, tmp_path: Path) -> None:
    caller = people.person("customer-user", unit.installation.customer)
    log = tmp_path / "günlük.log"
    log.write_text("all is dark")
    found = told(
        *("open", unit.serial, "--subject", "Dark", "--text", "All of it.", "--answer", "pri-3=1"),
        *("--reporter", caller.email, "--file", str(log)),
    )
    assert (found["level"], found["level_clauses"], found["level_answers"]) == (1, ["PRI-3"], {"PRI-3": 1})
    assert found["deadline_clauses"] == ["MAT-8", "MAT-1"]
    row = Ticket.objects.get()
    assert (row.reporter, row.origin) == (caller, "phone")
    assert Attachment.objects.get().name == "günlük.log"
    assert TicketEvent.objects.get(kind="message").actor.startswith("operator:")


def test_a_refusal_says_its_clause() -> None:
    unit = rows.unit()
    rows.contract(unit, purchased_on=date(2020, 1, 10))
    refused = run("open", unit.serial, "--subject", "Dark", "--text", "x", exit_code=1)
    assert "SUP-1" in refused.output
    assert Ticket.objects.count() == 0


def test_words_come_from_standard_input(unit: Unit) -> None:
    number = opened(unit)
    run("note", number, words="seen before\n")
    assert TicketEvent.objects.get(kind="note").detail == {"text": "seen before"}
    run("message", number, words="still slow\n")
    assert TicketEvent.objects.filter(kind="message").count() == 2
    run("note", number, words=" ", exit_code=1)


def test_whose_it_is_and_how_grave(unit: Unit) -> None:
    number = opened(unit)
    engineer = people.person("support-engineer")
    assert told("assign", number, engineer.email)["assignee"] == engineer.email
    assert told("assign", number, "--nobody")["assignee"] is None
    run("assign", number, exit_code=2)
    run("assign", number, "nobody@example.com", exit_code=1)
    assert told("answers", number, "PRI-1=2", "PRI-2=3")["level"] == 2
    run("answers", number, "PRI-1=two", exit_code=1)
    found = told("level", number, "3", "--row", "PRI-5", "--reason", "One room.")
    assert (found["level"], found["level_clauses"]) == (3, ["PRI-5"])
    run("level", number, "3", "--row", "PRI-8", "--reason", "x", exit_code=2)


def test_one_matter_one_ticket(unit: Unit) -> None:
    one, two, three = opened(unit), opened(unit), opened(unit)
    assert told("merge", one, two)["merged_into"] == two
    assert "as before" not in run("link", two, three).output
    assert "as before" in run("link", three, two).output
    assert "no longer" in run("link", three, two, "--remove").output
    run("merge", two, "LGX-2026-999999", exit_code=1)


def test_files_all_or_none(unit: Unit, tmp_path: Path) -> None:
    number = opened(unit)
    good, bad = tmp_path / "a.log", tmp_path / "a.exe"
    good.write_text("fine")
    bad.write_bytes(b"MZ")
    run("attach", number, str(good), str(bad), exit_code=1)
    run("attach", number, str(tmp_path / "absent.log"), exit_code=1)
    assert not Attachment.objects.exists()
    run("attach", number, str(good), "--internal")
    assert not Attachment.objects.get().public


def test_solved_and_again(unit: Unit) -> None:
    number = opened(unit)
    run("reopen", number, exit_code=1)
    run("move", number, "open")
    run("move", number, "workaround", exit_code=1)
    run("move", number, "workaround", "--system-owner", "Ayşe Demir")
    run("move", number, "solved")
    assert told("reopen", number, "--why", "again")["state"] == "open"
    assert kinds(Ticket.objects.get())[-1] == "state-changed"
