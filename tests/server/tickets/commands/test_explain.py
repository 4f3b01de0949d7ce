"""`logix-server device explain`: every action with its answer, clause, moment and what would change it."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest
from click.testing import CliRunner
from django.contrib.auth import get_user_model
from django.test import Client
from django.urls import reverse
from logix_server.cli import cli
from logix_server.contracts import actions as recording
from logix_server.contracts.decisions.coverage import Action
from logix_server.contracts.models import Purchase
from logix_server.fleet.models import Unit

from tests.server import rows
from tests.server.people import let_in
from tests.server.rows import NOW

pytestmark = [pytest.mark.database, pytest.mark.django_db]

BY = "operator:test"
AT = "2026-03-02T10:00"  # Monday


def explained(unit: Unit, *options: str) -> dict[str, Any]:
    result = CliRunner().invoke(cli, ["device", "explain", unit.serial, "--at", AT, "--json", *options])
    assert result.exit_code == 0, result.output
    told: dict[str, Any] = json.loads(result.stdout)
    return told


def actions_of(told: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {row["action"]: row for row in told["actions"]}


def steps(row: dict[str, Any]) -> list[str] | None:
    return None if row["would_change_it"] is None else [step["step"] for step in row["would_change_it"]]


def test_every_action_with_clauses_until_and_sentences() -> None:
    unit = rows.unit()
    rows.contract(unit, package="standart")
    told = explained(unit)
    assert [row["action"] for row in told["actions"]] == [action.value for action in Action]
    found = actions_of(told)
    opened = found["ticket.open"]
    assert (opened["allowed"], opened["clauses"]) == (True, ["MAT-2", "SUP-2"])
    assert opened["until"] == "2027-01-10T21:00:00+00:00"  # 11 January in Istanbul
    assert "Standart" in opened["reason"]["tr"]
    assert all(row["reason"]["tr"] and row["reason"]["en"] and row["clauses"] for row in told["actions"])
    assert told["runs"][0] == {
        "what": "support package standart",
        "state": "running",
        "until": "2027-01-10",
        "clauses": ["SUP-2"],
    }


def test_what_would_change_it() -> None:
    unit = rows.unit()
    rows.contract(unit, package="standart")
    found = actions_of(explained(unit))
    assert steps(found["ticket.open"]) == []
    assert steps(found["session.rules"]) == ["open-access"]
    assert steps(found["session.manage"]) == ["open-access", "buy-profesyonel"]
    assert steps(found["backup.run"]) == ["buy-profesyonel"]
    assert steps(found["warranty.repair"]) == ["confirm-fault"]
    assert found["warranty.repair"]["would_change_it"][0]["tr"].endswith(".")


def test_upd_5_a_lapsed_device_needs_the_renewal_first() -> None:
    unit = rows.unit()
    rows.contract(unit, purchased_on=date(2023, 6, 1))
    found = actions_of(explained(unit))
    assert steps(found["update.version"]) == ["renew-update-service"]
    assert steps(found["ticket.open"]) == ["renew-update-service", "buy-temel"]
    assert steps(found["session.rules"]) == ["open-access", "renew-update-service", "buy-standart"]
    assert steps(found["warranty.repair"]) == ["confirm-fault", "extend-warranty"]
    assert steps(found["ticket.hardware_fault"]) == ["extend-warranty"]


def test_lif_3_nothing_changes_the_end_of_a_life() -> None:
    unit = rows.unit()
    rows.contract(unit, package="profesyonel")
    recording.announce_lifecycle(
        unit.model, date(2025, 1, 1), date(2026, 2, 1), now=NOW, actor="operator:test"
    )
    told = explained(unit)
    found = actions_of(told)
    assert found["ticket.open"]["clauses"] == ["LIF-3"]
    assert [row["action"] for row in told["actions"] if steps(row) is None] == [
        row["action"] for row in told["actions"] if not row["allowed"]
    ]
    assert told["information"] == []


def test_mat_11_closed_hours_open_by_time() -> None:
    unit = rows.unit()
    rows.contract(unit, package="standart")
    result = CliRunner().invoke(
        cli, ["device", "explain", unit.serial, "--at", "2026-03-02T20:00:00+03:00", "--json"]
    )
    row = actions_of(json.loads(result.stdout))["engineer.direct"]
    assert (row["allowed"], row["allowed_by_time_at"]) == (False, "2026-03-03T06:00:00+00:00")
    assert steps(row) == ["buy-profesyonel"]


def test_upd_7_the_version_that_the_device_reported() -> None:
    unit = rows.unit()
    rows.contract(unit, package="profesyonel")
    unit.inventories.create(
        received_at=NOW, product_version="7.0", patch_level="1", content={}, digest="0" * 64
    )
    for version, day in (("7.0", date(2023, 1, 1)), ("8.0", date(2025, 1, 1))):
        recording.release_version(unit.model, version, day, now=NOW, actor=BY)
    found = actions_of(explained(unit))
    assert found["update.patch"]["clauses"] == ["UPD-7"]
    assert steps(found["update.patch"]) == ["upgrade-version"]
    assert found["update.version"]["allowed"]


def test_reading_1_the_headline_is_information_and_the_matrix_sets_the_deadline() -> None:
    unit = rows.unit()
    rows.contract(unit, package="standart")
    told = explained(unit)
    headline = next(line for line in told["information"] if line["clause"] == "MAT-17")
    assert "3 hours" in headline["text"]["en"]
    levels = {row["level"]: row for row in told["response"]}
    assert (levels[2]["target_minutes"], levels[2]["clauses"]) == (240, ["MAT-7", "MAT-1"])
    assert levels[2]["deadline_if_opened_now"] == "2026-03-02T11:00:00+00:00"
    assert levels[1]["deadline_if_opened_now"] == "2026-03-02T09:00:00+00:00"


def test_without_support_no_time_is_committed() -> None:
    unit = rows.unit()
    rows.contract(unit, purchased_on=date(2024, 6, 1))
    told = explained(unit)
    assert {row["deadline_if_opened_now"] for row in told["response"]} == {None}
    assert "MAT-17" not in {line["clause"] for line in told["information"]}


def test_people_see_tables_in_their_language() -> None:
    unit = rows.unit()
    rows.contract(unit, package="standart")
    result = CliRunner().invoke(cli, ["device", "explain", unit.serial, "--at", AT, "--language", "tr"])
    assert result.exit_code == 0, result.output
    for text in ("engineer.direct", "MAT-11", "2026-03-02 17:00:00", "Profesyonel paketi satın alınır"):
        assert text in result.stdout
    answers = {
        line.split()[0]: " ".join(line.split()[1:3]) for line in result.stdout.splitlines() if "." in line
    }
    assert answers["session.rules"] == "on condition"  # the contract gives it, the customer opens access
    assert answers["session.manage"].startswith("no")


def test_a_device_without_any_record() -> None:
    found = actions_of(explained(rows.unit()))
    assert found["ticket.open"]["clauses"] == ["SUP-1"]
    assert found["module.security"]["allowed"]


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["NONE"], 1, "NONE"),
        (["X", "--at", "yesterday"], 2, "2026-03-02T10:00"),
        (["X", "--at", "9999-12-31T00:00"], 2, "1900 to 2999"),
    ],
)
def test_what_cannot_be_explained(arguments: list[str], code: int, said: str) -> None:
    result = CliRunner().invoke(cli, ["device", "explain", *arguments])
    assert result.exit_code == code
    assert said in result.output


def test_the_admin_gives_the_same_answers() -> None:
    unit = rows.unit()
    rows.contract(unit, purchased_on=date(2020, 1, 1))
    client = let_in(Client(), get_user_model().objects.create_superuser("ayse", "ayse@example.org", "x" * 20))
    page = reverse("admin:contracts_purchase_change", args=[Purchase.objects.get().pk])
    shown = client.get(page, headers={"accept-language": "tr"}).content.decode()
    for action, row in actions_of(explained(unit)).items():
        assert f"<td>{action}</td>" in shown
        assert f"<td>{', '.join(row['clauses'])}</td>" in shown
    assert shown.count("<td>\N{CHECK MARK}</td>") == 2  # module.security, backup.read
    assert "Donanım garantisi 1 Ocak 2022" in shown
