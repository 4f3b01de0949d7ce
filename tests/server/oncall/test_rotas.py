"""Rotas written and told: by action and by command, bounded and audited."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta

import pytest
from click.testing import CliRunner
from logix_common.errors import InvalidInput
from logix_server.accounts.refusals import Forbidden
from logix_server.accounts.rights import Role
from logix_server.audit.models import Record
from logix_server.oncall import actions, queries
from logix_server.oncall.actions import Change, Hours
from logix_server.oncall.models import Override, Rota
from logix_server.tickets.escalation.rota_cli import rota as rota_command

from tests.server.oncall.conftest import BY, NIGHT, Desk
from tests.server.people import person, viewer

pytestmark = [pytest.mark.database, pytest.mark.django_db(transaction=True)]


def run(*words: str):
    return CliRunner().invoke(rota_command, list(words))


def hours(**more) -> Hours:
    given = {"weekdays": (0,), "start": 540, "end": 1020, "starts_on": date(2026, 1, 1)} | more
    return Hours(**given)


def change(**more) -> Change:
    given = {
        "starts_at": NIGHT,
        "ends_at": NIGHT + timedelta(days=1),
        "person": "mehmet@rekare.example",
        "replaces": "ayse@rekare.example",
        "reason": "swap",
    }
    return Change(**(given | more))


@pytest.mark.parametrize(
    ("name", "packages", "tier"),
    [
        ("", ["temel"], 1),
        ("x" * 101, ["temel"], 1),
        ("Gece", ["temel"], 1),
        ("A", ["gold"], 1),
        ("A", [], 1),
        ("A", ["temel"], 0),
        ("A", ["temel"], 100),
    ],
)
def test_a_rota_that_cannot_be_is_refused(desk: Desk, name, packages, tier) -> None:
    with pytest.raises(InvalidInput):
        actions.add_rota(name, packages, tier, actor=BY, now=NIGHT)
    assert Rota.objects.count() == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"weekdays": ()},
        {"weekdays": (7,)},
        {"start": 1_440},
        {"end": 1_441},
        {"end": -1},
        {"every_weeks": 0},
        {"every_weeks": 27},
        {"ends_on": date(2025, 1, 1)},
    ],
)
def test_hours_that_cannot_be_are_refused(desk: Desk, wrong) -> None:
    with pytest.raises(InvalidInput):
        actions.add_shifts("Gece", desk.ayse.email, hours(**wrong), actor=BY, now=NIGHT)


@pytest.mark.parametrize(
    "wrong",
    [
        {"ends_at": NIGHT},
        {"ends_at": NIGHT + timedelta(days=400)},
        {"starts_at": NIGHT - timedelta(days=2), "ends_at": NIGHT - timedelta(days=1)},
        {"person": "", "replaces": ""},
        {"person": "ayse@rekare.example"},
        {"person": "nobody@example.com"},
        {"replaces": "zeynep@rekare.example"},  # who has no shift there
        {"reason": " "},
        {"reason": "x" * 201},
    ],
)
def test_overrides_that_cannot_be_are_refused(desk: Desk, wrong) -> None:
    with pytest.raises(InvalidInput):
        actions.override("Gece", change(**wrong), actor=BY, now=NIGHT)
    assert not Override.objects.exists()


def test_only_people_of_ours_are_on_a_rota(desk: Desk) -> None:
    with pytest.raises(InvalidInput):
        actions.add_shifts("Gece", person("customer-user").email, hours(), actor=BY, now=NIGHT)


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.VENDOR_MANAGER}))
def test_only_managers_set_rotas(role: str) -> None:
    with pytest.raises(Forbidden):
        actions.actor_of(viewer(role))
    assert actions.actor_of(viewer(Role.VENDOR_MANAGER)).startswith("user:")


def test_a_swap_holds_for_its_time_and_can_be_taken_back(desk: Desk) -> None:
    def first(at: datetime) -> list[str]:
        return [one.called.name for one in queries.on_call("profesyonel", at)]

    made = actions.override("Gece", change(person="zeynep@rekare.example"), actor=BY, now=NIGHT)
    assert first(NIGHT) == ["Zeynep", "Mehmet"]
    assert first(NIGHT + timedelta(days=1)) == ["Ayse", "Mehmet"]
    actions.withdraw_override(made.pk, actor=BY, now=NIGHT)
    assert first(NIGHT) == ["Ayse", "Mehmet"]
    with pytest.raises(InvalidInput):
        actions.withdraw_override(made.pk, actor=BY, now=NIGHT)
    kinds = Record.objects.filter(action__startswith="rota.override").order_by("id")
    assert list(kinds.values_list("action", flat=True)) == ["rota.override", "rota.override-withdraw"]


def test_a_stand_in_who_has_left_leaves_the_shift_to_whoever_has_it(desk: Desk) -> None:
    actions.override("Gece", change(person="zeynep@rekare.example"), actor=BY, now=NIGHT)
    desk.manager.active = False
    desk.manager.save()
    assert [one.called.name for one in queries.on_call("profesyonel", NIGHT)] == ["Ayse", "Mehmet"]


def test_a_shift_ends_and_what_was_before_stays(desk: Desk) -> None:
    shift = Rota.objects.get().shifts.filter(person=desk.ayse, weekday=3).get()  # Thursday, 29 October
    actions.end_shift(shift.pk, date(2026, 10, 28), actor=BY, now=NIGHT)
    assert [one.called.name for one in queries.on_call("profesyonel", NIGHT)] == ["Mehmet"]
    with pytest.raises(InvalidInput):
        actions.end_shift(shift.pk, date(2026, 11, 5), actor=BY, now=NIGHT)
    with pytest.raises(InvalidInput, match="passed"):
        other = Rota.objects.get().shifts.filter(person=desk.mehmet).first()
        actions.end_shift(other.pk, date(2026, 1, 5), actor=BY, now=NIGHT)


def test_the_commands_from_nothing_to_a_rota_that_is_whole(desk: Desk) -> None:
    email = desk.ayse.email
    assert run("add", "Ofis", "--package", "standart", "--tier", "2").exit_code == 0
    gaps = json.loads(run("check", "--days", "7", "--json").output)["gaps"]
    assert {gap["package"] for gap in gaps} == {"standart"}
    done = run("shift", "Ofis", email, "--days", "mon-fri", "--hours", "09:00-17:00", "--from", "2026-01-01")
    assert done.exit_code == 0, done.output
    checked = run("check", "--days", "30", "--json")
    assert json.loads(checked.output)["gaps"] == []
    assert json.loads(checked.output)["unreachable"] == ["Ayse", "Mehmet"], "no channel is set up here"
    shown = json.loads(run("show", "Ofis", "--json").output)
    assert [shift["weekday"] for shift in shown["shifts"]] == [0, 1, 2, 3, 4]
    assert "17:00" in run("show", "Ofis").output
    people = json.loads(run("now", "--package", "standart", "--at", "2026-11-02T10:00", "--json").output)
    assert [one["email"] for one in people] == [email]
    assert run("retire", "Ofis").exit_code == 0
    assert [row["name"] for row in json.loads(run("list", "--json").output)] == ["Gece"]


def test_a_gap_is_told_ahead_in_words(desk: Desk) -> None:
    actions.retire_rota("Gece", actor=BY, now=NIGHT)
    found = run("check", "--days", "1")
    assert found.exit_code == 1
    assert "profesyonel: nobody is on call" in found.output


@pytest.mark.parametrize(
    "words",
    [
        ["shift", "Gece", "ayse@rekare.example", "--days", "mon-fry", "--hours", "09:00-17:00"],
        ["shift", "Gece", "ayse@rekare.example", "--days", "mon", "--hours", "9-17"],
        ["shift", "Gece", "ayse@rekare.example", "--days", "mon", "--hours", "09:00-17:00", "--from", "soon"],
        ["override", "Gece", "--from", "soon", "--until", "later", "--reason", "x"],
        ["override", "Gece", "--from", "1000-01-01", "--until", "2026-01-01", "--reason", "x"],
        ["withdraw", "99"],
        ["end-shift", "99999", "--after", "2026-11-01"],
        ["show", "None"],
        ["now", "--at", "soon"],
    ],
)
def test_wrong_words_are_said_and_change_nothing(desk: Desk, words: list[str]) -> None:
    before = Record.objects.count()
    done = run(*words)
    assert done.exit_code in (1, 2)
    assert "Traceback" not in done.output
    assert Record.objects.count() == before
