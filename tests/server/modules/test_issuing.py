"""Statements as rows: issued on change, signed, counted, held back when too many; what units tell of them."""

from __future__ import annotations

import dataclasses
import shutil
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from logix_common.module_statement import ModuleStatement as Statement
from logix_common.module_statement import parsed, signed_input
from logix_server import config
from logix_server.audit.models import Record
from logix_server.fleet import statement_rotation
from logix_server.fleet.models import Presence, Unit
from logix_server.modules import actions, queries
from logix_server.modules.facts import ModulesTold
from logix_server.modules.models import ModuleReport, ModuleReview, ModuleStatement
from logix_server.pki import actions as pki
from logix_server.pki.models import StatementKey

from tests.server import rows

pytestmark = [pytest.mark.database, pytest.mark.django_db]
BOUGHT = date(2025, 1, 10)
RUNNING = datetime(2026, 1, 5, 9, tzinfo=UTC)
LAPSED = datetime(2026, 1, 11, 9, tzinfo=UTC)
OFF = datetime(2026, 1, 25, 9, tzinfo=UTC)


@pytest.fixture(autouse=True)
def authority(db: None) -> None:
    for folder in (config.current().pki, config.current().statement_keys):
        shutil.rmtree(folder, ignore_errors=True)
    pki.start_authority(RUNNING - timedelta(days=400))


def settings(monkeypatch: pytest.MonkeyPatch, **changes: Any) -> None:
    changed = dataclasses.replace(config.current(), **changes)
    for module in (actions, queries):
        monkeypatch.setattr(module, "current", lambda: changed)


def unit(**changes: Any) -> Unit:
    made = rows.unit()
    rows.contract(made, purchased_on=changes.pop("purchased_on", BOUGHT), **changes)
    return made


def newest(of: Unit) -> ModuleStatement:
    return ModuleStatement.objects.filter(unit=of).latest("id")


def content(of: Unit) -> Statement:
    return parsed(bytes(newest(of).payload))


def lapse(*units: Unit) -> None:
    """Through grace to the disabling statement."""
    actions.review(RUNNING)
    actions.review(LAPSED)
    actions.review(OFF)
    for each in units:
        assert newest(each).state == "disabled"


def test_a_unit_gets_a_statement_that_its_keys_verify() -> None:
    one = unit()
    assert actions.review(RUNNING).issued == 1
    row, said = newest(one), content(one)
    assert (said.device_id, said.counter, said.others, said.last_disabling) == (one.device_id, 1, True, 0)
    assert said.clauses[0] == "UPD-6"
    key = load_pem_public_key(StatementKey.objects.get().public_pem.encode())
    assert isinstance(key, Ed25519PublicKey)
    key.verify(bytes(row.signature), signed_input(bytes(row.payload)))
    assert Record.objects.get(action="modules.state").detail["counter"] == 1


def test_nothing_is_issued_where_nothing_changed() -> None:
    unit()
    actions.review(RUNNING)
    assert actions.review(RUNNING + timedelta(days=3)).issued == 0
    assert ModuleStatement.objects.count() == 1


def test_upd_6_a_lapse_is_told_first_and_disables_after_the_grace() -> None:
    one = unit()
    actions.review(RUNNING)
    actions.review(LAPSED)
    row, said = newest(one), content(one)
    assert (row.state, said.others, said.last_disabling) == ("grace", True, 0)
    assert "25" in said.reason["tr"]
    assert actions.review(OFF - timedelta(days=1)).issued == 0
    actions.review(OFF)
    row, said = newest(one), content(one)
    assert (row.state, row.turns_off, said.others, said.counter) == ("disabled", True, False, 3)
    assert said.last_disabling == 3
    assert said.clauses == ("UPD-6",)


def test_upd_6_a_renewal_lets_modules_run_again_at_once() -> None:
    one = unit()
    lapse(one)
    rows.UpdateRenewal.objects.create(
        installation=one.installation, starts_on=OFF.date(), years=1, recorded_at=OFF, recorded_by="t"
    )
    actions.on_contract_changed({"installation_id": one.installation_id}, OFF)
    assert actions.review_asked(OFF) is False
    said = content(one)
    assert (newest(one).state, said.others, said.counter, said.last_disabling) == ("runs", True, 4, 3)
    assert not ModuleReview.objects.exists()


def test_a_lapse_that_is_only_seen_now_has_its_whole_grace() -> None:
    one = unit()
    late = datetime(2027, 6, 1, 9, tzinfo=UTC)
    actions.review(late)
    assert newest(one).state == "grace"
    actions.review(late + timedelta(days=13))
    assert newest(one).state == "grace"
    actions.review(late + timedelta(days=14))
    assert newest(one).state == "disabled"


def test_a_renewal_recorded_a_day_late_never_told_of_a_lapse_that_disables() -> None:
    one = unit()
    actions.review(RUNNING)
    actions.review(LAPSED)
    rows.UpdateRenewal.objects.create(
        installation=one.installation,
        starts_on=date(2026, 1, 11),
        years=1,
        recorded_at=LAPSED + timedelta(days=1),
        recorded_by="t",
    )
    actions.review(LAPSED + timedelta(days=1))
    assert [row.state for row in queries.statements_of(one)] == ["runs", "grace", "runs"]
    assert not ModuleStatement.objects.filter(turns_off=True).exists()


def test_a_replacement_is_stated_under_its_own_identity_from_one() -> None:
    old = unit()
    lapse(old)
    old.state = Unit.State.DECOMMISSIONED
    old.save()
    new = rows.unit(installation=old.installation)
    actions.review(OFF)
    assert content(new).device_id == new.device_id
    assert content(new).counter == 1
    assert newest(new).state == "grace"  # nothing was ever told to this one
    assert queries.newest_for([new.pk, old.pk])[new.pk].counter == 1


@pytest.mark.parametrize("state", [Unit.State.REVOKED, Unit.State.DECOMMISSIONED, Unit.State.CONFLICT])
def test_units_that_are_not_in_service_get_none(state: str) -> None:
    one = unit()
    one.state = state
    one.save()
    assert actions.review(RUNNING).issued == 0


def test_many_at_once_are_held_back_until_a_person_releases_them(monkeypatch: pytest.MonkeyPatch) -> None:
    settings(monkeypatch, module_mass_count=2, module_mass_fraction=0.1, module_grace_days=0)
    units = [unit() for _ in range(4)]
    good = unit(renewals=((date(2026, 1, 11), 3),))
    actions.review(RUNNING)
    done = actions.review(LAPSED)
    assert len(done.held) == 4
    assert {newest(each).state for each in units} == {"runs"}
    assert newest(good).counter == 1
    held = [each for each in queries.due(LAPSED) if each.turns_off]
    assert {each.serial for each in held} == {each.serial for each in units}
    actions.release("checked: all of them lapsed", "operator:test", LAPSED)
    assert {newest(each).state for each in units} == {"disabled"}
    assert Record.objects.get(action="modules.release").detail["due"] == 4


def test_the_brake_counts_what_went_off_within_a_day(monkeypatch: pytest.MonkeyPatch) -> None:
    settings(monkeypatch, module_mass_count=2, module_mass_fraction=0.0, module_grace_days=0)
    units = [unit() for _ in range(3)]
    actions.review(RUNNING)
    for each in units[:2]:
        actions.review(LAPSED, installation_ids=[each.installation_id])
    assert actions.review(LAPSED, installation_ids=[units[2].installation_id]).held == (units[2].serial,)
    assert actions.review(LAPSED + timedelta(hours=25)).held == ()
    assert newest(units[2]).state == "disabled"


def test_a_renewal_passes_the_brake(monkeypatch: pytest.MonkeyPatch) -> None:
    settings(monkeypatch, module_mass_count=0, module_mass_fraction=0.0, module_grace_days=0)
    off, other = unit(), unit()
    actions.review(RUNNING)
    actions.release("test", "operator:test", LAPSED)
    third = unit()
    rows.UpdateRenewal.objects.create(
        installation=off.installation, starts_on=date(2026, 1, 11), years=1, recorded_at=OFF, recorded_by="t"
    )
    actions.review(LAPSED)
    assert newest(off).state == "runs"
    assert newest(other).state == "disabled"
    assert not ModuleStatement.objects.filter(unit=third).exists()


def known(of: Unit, trust_version: int) -> None:
    Presence.objects.create(
        unit=of,
        gateway_id="g",
        stream_id=of.device_id,
        certificate_serial="1",
        boot_id="b",
        agent_version="1",
        protocol=1,
        trust_version=trust_version,
        connected_at=RUNNING,
        last_seen_at=RUNNING,
        skew_us=0,
    )


def test_the_newest_key_that_the_unit_knows_signs() -> None:
    old, new = unit(), unit()
    first = StatementKey.objects.get().key_id
    second, version = statement_rotation.add_statement_key("operator:test", RUNNING)
    known(old, version - 1)
    known(new, version)
    actions.review(RUNNING)
    assert (newest(old).key_id, newest(new).key_id) == (first, second)
    statement_rotation.retire_statement_key(first, "operator:test", RUNNING, force=True)
    assert actions.review(RUNNING).issued == 1
    assert (newest(old).key_id, newest(old).counter) == (second, 2)


def test_without_a_key_nothing_is_issued_and_nothing_breaks() -> None:
    unit()
    StatementKey.objects.all().delete()
    assert actions.review(RUNNING).issued == 0
    assert len(queries.due(RUNNING)) == 1


def told(of: Unit, counter: int, problem: str = "") -> None:
    actions.told(ModulesTold(of.pk, counter, problem, [{"name": "webfilter", "running": "no"}]), OFF)


def test_what_a_unit_tells_is_kept_once() -> None:
    one = unit()
    actions.review(RUNNING)
    told(one, 1)
    told(one, 1)
    report = ModuleReport.objects.get()
    assert (report.counter, report.modules[0]["name"]) == (1, "webfilter")
    assert queries.report_of(one) == report
    assert not ModuleReview.objects.exists()


def test_a_database_that_was_put_back_catches_up_with_its_devices() -> None:
    one = unit()
    actions.review(RUNNING)
    told(one, 7)
    assert ModuleReview.objects.count() == 1
    told(one, 7)
    assert ModuleReview.objects.count() == 1
    actions.review_asked(RUNNING + timedelta(hours=2))
    assert content(one).counter == 8


@pytest.mark.parametrize("claim", [2**53 - 1, 2_000_000])
def test_a_device_that_makes_up_counters_costs_nobody_anything(claim: int) -> None:
    one, other = unit(), unit()
    actions.review(RUNNING)
    told(one, claim)
    actions.review(RUNNING + timedelta(hours=2))
    actions.review(LAPSED)
    assert (content(one).counter, content(other).counter) == (2, 2)


def test_a_claim_makes_at_most_a_statement_an_hour() -> None:
    one = unit()
    actions.review(RUNNING)
    for counter in (2, 3, 4):
        told(one, counter)
        actions.review_asked(RUNNING + timedelta(minutes=1))
    assert ModuleStatement.objects.count() == 1


def test_what_is_issued_is_found_for_delivery() -> None:
    one = unit()
    actions.review(RUNNING)
    row = queries.newest_row()
    assert queries.issued_after(row - 1) == {one.pk: 1}
    assert queries.issued_after(row) == {}
    sent = queries.newest_for([one.pk])[one.pk]
    assert (sent.counter, parsed(sent.payload)) == (1, content(one))
