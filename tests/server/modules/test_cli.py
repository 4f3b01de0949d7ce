"""`device modules`, `modules due`, `modules release`, as an operator types them."""

from __future__ import annotations

import dataclasses
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from logix_server import config
from logix_server.audit.models import Record
from logix_server.modules import actions, queries
from logix_server.modules.facts import ModulesTold

from tests.server import rows
from tests.server.cli.conftest import Console, console

__all__ = ["console"]
pytestmark = [pytest.mark.database, pytest.mark.django_db]


@pytest.fixture(autouse=True)
def no_brake_no_grace(monkeypatch: pytest.MonkeyPatch) -> None:
    settings(monkeypatch, module_grace_days=0)


def settings(monkeypatch: pytest.MonkeyPatch, **changes: Any) -> None:
    changed = dataclasses.replace(config.current(), **changes)
    for module in (actions, queries):
        monkeypatch.setattr(module, "current", lambda: changed)


def lapsed() -> Any:
    unit = rows.unit()
    rows.contract(unit, purchased_on=date.today() - timedelta(days=800))
    return unit


def test_it_says_what_was_stated_when_and_why(console: Console) -> None:
    unit = lapsed()
    now = datetime.now(UTC)
    actions.review(now)
    told = console.json("device", "modules", unit.serial)
    assert (told["state"], told["counter"], told["clauses"]) == ("disabled", 1, ["UPD-6"])
    assert set(told["reason"]) == {"tr", "en"}
    assert datetime.fromisoformat(told["issued_at"]).utcoffset() == timedelta(0)
    assert (told["acknowledged"], told["accepted_counter"], told["due"]) == (False, None, [])
    module = {"name": "webfilter", "security": False, "wanted": "disabled", "running": "no", "problem": ""}
    actions.told(ModulesTold(unit.pk, 1, "", [module]), now)
    told = console.json("device", "modules", unit.serial)
    assert (told["acknowledged"], told["accepted_counter"], told["modules"]) == (True, 1, [module])
    shown = console.ok("device", "modules", unit.serial)
    assert "disabled" in shown
    assert "webfilter" in shown
    assert told["reason"]["en"] in " ".join(shown.split())
    assert told["reason"]["tr"] not in " ".join(shown.split())  # people read one sentence


def test_before_the_first_statement_it_says_what_is_due(console: Console) -> None:
    unit = lapsed()
    told = console.json("device", "modules", unit.serial)
    assert (told["state"], told["statements"]) == (None, [])
    assert told["due"] == [{"state": "disabled", "clauses": ["UPD-6"], "turns_off": True}]
    assert "no statement" in console.ok("device", "modules", unit.serial)


def test_an_unknown_device_is_refused(console: Console) -> None:
    assert "NOBODY" in console.refused("device", "modules", "NOBODY")


def test_what_is_held_back_is_listed_and_released(console: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    settings(monkeypatch, module_grace_days=0, module_mass_count=1, module_mass_fraction=0.0)
    serials = {lapsed().serial for _ in range(3)}
    actions.review(datetime.now(UTC))
    held = console.json("modules", "due")
    assert {row["serial"] for row in held} == serials
    assert all(row["turns_off"] for row in held)
    assert console("modules", "release").exit_code == 2
    assert "3 statements" in console.ok("modules", "release", "--reason", "looked at each")
    record = Record.objects.get(action="modules.release")
    assert record.actor.startswith("operator:")
    assert record.detail == {"reason": "looked at each", "due": 3}
    assert console.json("modules", "due") == []


def test_keys_are_added_shown_and_retired(console: Console) -> None:
    [first] = [row["key_id"] for row in console.json("pki", "show")["statement_keys"]]
    assert "statement key" in console.ok("pki", "statement-key")
    assert len(console.json("pki", "show")["statement_keys"]) == 2
    console.ok("pki", "statement-key-retire", first)
    assert first not in {row["key_id"] for row in console.json("pki", "show")["statement_keys"]}
    assert "not in use" in console.refused("pki", "statement-key-retire", first)
