"""The commands `person` and `customer consent`."""

from __future__ import annotations

import json
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result
from django.contrib.auth import authenticate
from django.utils import timezone
from logix_server.accounts import actions, people
from logix_server.accounts.cli import customer
from logix_server.accounts.models import DealerConsent, SecondFactor
from logix_server.accounts.people_cli import person as command
from logix_server.accounts.second_factor import keeping
from logix_server.audit.models import Record

from tests.server import rows
from tests.server.people import person

pytestmark = [pytest.mark.database, pytest.mark.django_db]

GOOD = "dört ördek beş kaz"


def run(*arguments: str, group: click.Command = command, exit_code: int = 0) -> Result:
    result = CliRunner().invoke(group, arguments)
    assert result.exit_code == exit_code, result.output
    return result


def answer(*arguments: str) -> Any:
    return json.loads(run(*arguments, "--json").stdout)


def test_added_invited_shown_and_listed() -> None:
    place = rows.customer()
    told = answer(
        *("add", "Ayse@x.example", "--name", "Ayşe Kaya", "--organisation", place.name),
        *("--role", "customer-user", "--phone", "+90 532 123 45 67", "--invite"),
    )
    assert (told["email"], told["phone"], told["standing"]) == ("ayse@x.example", "+905321234567", "contact")
    assert told["invited_until"] is not None
    link = answer("invite", "ayse@x.example")["link"]
    assert link.startswith("http://localhost:8080/password/new/?t=")
    assert link != told["link"]
    people.accept(link.partition("?t=")[2].replace("%3A", ":"), GOOD, timezone.now())
    assert answer("show", "AYSE@x.example")["standing"] == "active"
    person("vendor-manager")
    assert [row["email"] for row in answer("list", "--organisation", place.name)] == ["ayse@x.example"]
    assert "Ayşe Kaya" in run("list", "--role", "customer-user").stdout
    assert answer("list", "--text", "nobody") == []
    assert {record.actor.partition(":")[0] for record in Record.objects.filter(action="person.invite")} == {
        "operator"
    }


def test_role_stop_and_back() -> None:
    one = person("customer-user")
    assert answer("role", one.email, "customer-administrator")["role"] == "customer-administrator"
    assert run("role", one.email, "dealer", exit_code=1).stderr.startswith("Error: role:")
    assert answer("deactivate", one.email)["standing"] == "inactive"
    assert answer("reactivate", one.email)["standing"] == "active"
    assert "person list" in run("show", "nobody@x.example", exit_code=1).stderr


def test_a_lost_second_factor_is_taken_away_with_a_reason() -> None:
    one = person("support-engineer")
    keeping.begin(int(one.user_id or 0))
    run("reset-second-factor", one.email, exit_code=2)
    run("reset-second-factor", one.email, "--why", "called back")
    assert not SecondFactor.objects.exists()
    assert Record.objects.get(action="second-factor.remove").detail == {"why": "called back"}


def test_erased_and_told_what_is_kept() -> None:
    one = person("customer-user")
    assert answer("erase", one.email, "--why", "asked")["erased"] is True
    assert "person list" in run("erase", one.email, "--why", "asked", exit_code=1).stderr
    assert {"stopped_person_days", "sign_in_days"} <= {row["setting"] for row in answer("kept")}


def test_consent_on_a_customers_word() -> None:
    place = rows.customer(dealer=True)
    run("consent", "give", place.name, group=customer, exit_code=2)  # without saying why
    run("consent", "give", place.name, "--why", "letter of 2 March", group=customer)
    told = json.loads(run("consent", "list", place.name, "--json", group=customer).stdout)
    assert [row["customer"] for row in told] == [place.name]
    assert DealerConsent.objects.filter(withdrawn_at__isnull=True).count() == 1
    run("consent", "withdraw", place.name, "--why", "call of 3 March", group=customer)
    assert not DealerConsent.objects.filter(withdrawn_at__isnull=True).exists()
    assert Record.objects.get(action="consent.give").detail["why"] == "letter of 2 March"
    without = rows.customer()
    assert "dealer" in run("consent", "give", without.name, "--why", "x", group=customer, exit_code=1).stderr


def test_init_makes_a_manager_who_is_a_person() -> None:
    now = timezone.now()
    actions.set_administrator("ayse", GOOD, by="operator:test", now=now)
    actions.set_administrator("ayse", "beş kaz altı tavuk", by="operator:test", now=now)
    shown = answer("show", "ayse@logix.example")
    assert (shown["role"], shown["organisation"], shown["standing"]) == ("vendor-manager", "Logix", "active")
    assert authenticate(username="ayse@logix.example", password="beş kaz altı tavuk") is not None
    assert run("show", "admin@x.example", exit_code=1).exit_code == 1
