"""What units tell of their own watching: the newest of each, shown with the unit."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from click.testing import CliRunner
from logix_server import console
from logix_server.fleet import actions, queries
from logix_server.fleet.cli import device
from logix_server.fleet.facts import InventoryTold, WatchingTold
from logix_server.fleet.models import Inventory, Unit, Watching

from tests.server import rows
from tests.server.rows import NOW

pytestmark = [pytest.mark.database, pytest.mark.django_db]

DOUBT = {"component": "disk", "part": "disk:S1", "reason": "asks for a password"}


def told(unit: Unit, *doubts: dict[str, str], minutes: int = 0, window: Any = None) -> InventoryTold:
    at = NOW + timedelta(minutes=minutes)
    return InventoryTold(unit.pk, at, "7.2", "p1", {"serial": "x"}, WatchingTold(list(doubts), window))


def shown(unit: Unit) -> Any:
    done = CliRunner().invoke(device, ["show", unit.serial, "--json"])
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def test_the_newest_is_kept_and_the_inventory_knows_nothing_of_it() -> None:
    unit, other = rows.unit(), rows.unit()
    assert queries.watching_of(unit) is None
    actions.store_inventories([told(unit), told(unit, DOUBT), told(other)])
    actions.store_inventories([told(unit, DOUBT, minutes=1)])
    assert (Inventory.objects.count(), Watching.objects.count()) == (2, 2)
    watching = Watching.objects.get(unit=unit)
    assert (watching.cannot_tell, watching.told_at) == ([DOUBT], NOW)
    actions.store_inventories([told(unit, minutes=2)])
    watching.refresh_from_db()
    assert (watching.cannot_tell, watching.told_at) == ([], NOW + timedelta(minutes=2))


def test_an_inventory_that_says_nothing_of_it_changes_nothing() -> None:
    unit = rows.unit()
    actions.store_inventories([told(unit, DOUBT)])
    actions.store_inventories([InventoryTold(unit.pk, NOW, "7.3", "p1", {})])
    assert Watching.objects.get().cannot_tell == [DOUBT]


def test_a_device_is_shown_with_what_it_cannot_judge_and_with_its_own_window() -> None:
    unit = rows.unit()
    assert (shown(unit)["cannot_tell"], shown(unit)["own_maintenance"]) == ([], None)
    until = console.now() + timedelta(hours=1)
    window = {"since": NOW.isoformat(), "until": until.isoformat(), "why": "a new fan", "by": "root"}
    actions.store_inventories([told(unit, DOUBT, window=window)])
    assert shown(unit)["cannot_tell"] == [DOUBT]
    assert shown(unit)["own_maintenance"] == window
    assert "asks for a password" in CliRunner().invoke(device, ["show", unit.serial]).stdout
    over = window | {"until": (console.now() - timedelta(seconds=1)).isoformat()}
    actions.store_inventories([told(unit, DOUBT, window=over)])
    assert shown(unit)["own_maintenance"] is None
