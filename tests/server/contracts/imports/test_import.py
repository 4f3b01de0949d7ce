"""Rows to what is on record: created, changed, left as it is, or refused with line and column."""

from __future__ import annotations

import threading
import time
from datetime import date, timedelta

import pytest
from django.db import connection, connections, transaction
from django.test.utils import CaptureQueriesContext
from logix_common.errors import LogixError
from logix_server.accounts.models import Organisation
from logix_server.audit.models import Record
from logix_server.contracts.decisions.terms import Hardware, Package, PackageTerm, Term, Vendor
from logix_server.contracts.models import PackagePurchase, Purchase, Withdrawal
from logix_server.contracts.queries import contract_facts
from logix_server.fleet.models import Installation, Unit
from logix_server.fleet.units import decommission, open_installation, register_unit

from tests.server.contracts.imports.conftest import NOW

pytestmark = [pytest.mark.database, pytest.mark.django_db]

DEVICE = {
    "customer": "Ege Lojistik",
    "installation": "Depo",
    "serial": "LX-1",
    "model": "LX-200",
    "hardware": "logix",
    "purchased_on": "02.03.2024",
}
CONTRACT = {
    "package": "Profesyonel",
    "package_from": "2025-03-02",
    "package_years": "3",
    "update_renewed_from": "2025-03-02",
    "update_years": "2",
    "extended_warranty_from": "2024-03-02",
}
FULL = (
    DEVICE
    | CONTRACT
    | {"dealer": "Kuzey", "dealer_email": "k@kuzey.example", "customer_email": "it@ege.example"}
)


def facts(serial: str = "LX-1"):
    unit = Unit.objects.get(serial=serial)
    return contract_facts(unit.installation_id, unit.model)


def everything() -> list[int]:
    tables = (Organisation, Installation, Unit, Purchase, PackagePurchase, Withdrawal, Record)
    return [table.objects.count() for table in tables]


def test_a_full_row_makes_company_place_unit_and_contract(imported):
    assert imported(FULL).problems == []
    unit = Unit.objects.select_related("installation__customer__dealer").get()
    customer = unit.installation.customer
    assert (unit.serial, unit.model, unit.state) == ("LX-1", "LX-200", "registered")
    assert (unit.installation.name, customer.name, customer.email) == (
        "Depo",
        "Ege Lojistik",
        "it@ege.example",
    )
    assert (customer.kind, customer.language, customer.dealer.name) == ("customer", "tr", "Kuzey")
    assert (customer.dealer.kind, customer.dealer.email) == ("dealer", "k@kuzey.example")
    known = facts()
    assert (known.purchased_on, known.hardware, known.vendor) == (
        date(2024, 3, 2),
        Hardware.LOGIX,
        Vendor.LOGIX,
    )
    assert known.packages == (PackageTerm(date(2025, 3, 2), 3, Package.PROFESYONEL),)
    assert known.update_renewals == (Term(date(2025, 3, 2), 2),)
    assert known.extended_warranty


def test_a_dry_run_says_it_all_and_writes_nothing(imported):
    before = everything()
    plan = imported(FULL, apply=False).plan
    assert everything() == before
    created = {table for table, count in plan.counts().items() if count["created"] == 1}
    assert created == set(plan.counts()) - {"models"}


def test_the_same_file_again_changes_nothing(imported):
    imported(FULL)
    before = everything()
    again = imported(FULL, now=NOW + timedelta(days=1))
    assert (again.written, again.problems) == ([], [])
    assert sum(again.plan.unchanged.values()) == 8
    assert everything() == before


@pytest.mark.parametrize(
    ("cell", "table", "fields"),
    [
        ({"customer_email": "bt@ege.example"}, "customers", {"email": "bt@ege.example"}),
        ({"dealer_email": "x@kuzey.example"}, "dealers", {"email": "x@kuzey.example"}),
        ({"language": "en"}, "customers", {"language": "en"}),
        ({"model": "LX-300"}, "units", {"model": "LX-300"}),
        ({"vendor": "other"}, "models", {"vendor": "other"}),
        ({"purchased_on": "2024-03-01"}, "purchases", {"purchased_on": date(2024, 3, 1)}),
        ({"package_years": "1"}, "packages", {"years": 1}),
        ({"update_years": "3"}, "update_renewals", {"years": 3}),
        ({"extended_warranty_from": "2024-04-01"}, "warranty_extensions", {"starts_on": date(2024, 4, 1)}),
    ],
)
def test_a_changed_cell_changes_just_that(imported, cell, table, fields):
    imported(FULL)
    [(changed, _, values)] = imported(FULL | cell).written
    assert changed == table
    assert fields.items() <= values.items()
    assert imported(FULL | cell).written == []


def test_a_correction_withdraws_the_mistake_and_keeps_what_was_known(imported):
    imported(FULL)
    imported(FULL | {"package_years": "1"}, now=NOW + timedelta(days=1))
    unit = Unit.objects.get()
    assert [row.years for row in PackagePurchase.objects.order_by("id")] == [3, 1]
    assert Withdrawal.objects.get().reason == "corrected by the import of devices.csv"
    assert [term.years for term in facts().packages] == [1]
    then = contract_facts(unit.installation_id, unit.model, known_at=NOW + timedelta(hours=1))
    assert [term.years for term in then.packages] == [3]


def test_a_corrected_purchase_keeps_the_rest_of_the_contract(imported):
    imported(FULL)
    imported(FULL | {"purchased_on": "2024-03-01"})
    known = facts()
    assert (known.purchased_on, known.extended_warranty, len(known.packages)) == (date(2024, 3, 1), True, 1)


def test_an_empty_cell_says_nothing(imported):
    imported(FULL)
    assert imported({"customer": "Ege Lojistik", "serial": "LX-1", "dealer": "", "model": ""}).written == []
    assert Organisation.objects.get(name="Ege Lojistik").dealer is not None


def test_rows_of_one_serial_add_up(imported):
    second = {"customer": "Ege Lojistik", "serial": "LX-1", "update_renewed_from": "2027-03-02"}
    third = {"customer": "Ege Lojistik", "serial": "LX-1", **CONTRACT, "package_from": "2028-03-02"}
    done = imported(FULL, second, third | {"update_renewed_from": "2028-03-02"})
    assert done.problems == []
    assert facts().update_renewals == (
        Term(date(2025, 3, 2), 2),
        Term(date(2027, 3, 2), 1),
        Term(date(2028, 3, 2), 2),
    )
    assert len(facts().packages) == 2


def test_customers_and_places_come_without_devices_too(imported):
    done = imported({"customer": "Ege Lojistik"}, {"customer": "Ilgaz", "installation": "Merkez"})
    assert [table for table, *_ in done.written] == ["customers", "customers", "installations"]
    assert str(Installation.objects.get()) == "Ilgaz / Merkez"


def test_a_place_without_a_name_is_called_as_its_unit(imported):
    imported({key: value for key, value in DEVICE.items() if key != "installation"})
    assert Installation.objects.get().name == "LX-1"


def test_every_bad_row_is_named_with_line_and_column_and_nothing_is_written(imported):
    before = everything()
    done = imported(
        DEVICE,
        DEVICE | {"serial": "bad serial", "installation": "A"},
        DEVICE | {"serial": "LX-3", "installation": "B", "purchased_on": "22.11.2027", "hardware": "bizim"},
        DEVICE | {"serial": "LX-4", "installation": "C", "customer": ""},
        DEVICE | CONTRACT | {"serial": "LX-5", "installation": "D", "package": "Gold", "package_years": "2"},
        DEVICE | {"serial": "LX-6", "installation": "E", "customer_email": "nobody"},
        DEVICE | {"serial": "LX-7", "installation": "F", "model": ""},
        DEVICE | {"serial": "LX-8"},
        DEVICE | {"serial": "", "installation": "G"},
        DEVICE | {"serial": "LX-9", "installation": "H", "package_from": "2025-01-01"},
    )
    assert sorted(done.blamed) == sorted(
        [
            (3, "serial"),
            (4, "purchased_on"),
            (4, "hardware"),
            (5, "customer"),
            (6, "package"),
            (6, "package_years"),
            (7, "customer_email"),
            (8, "model"),
            (9, "installation"),  # LX-1 stands there
            (10, "serial"),
            (11, "package"),
            (11, "package_years"),
        ]
    )
    assert everything() == before


@pytest.mark.parametrize(
    ("cell", "column", "why"),
    [
        ({"customer": "Ilgaz"}, "customer", "line 2 says Ege Lojistik"),
        ({"installation": "Şube"}, "installation", "line 2 says Depo"),
        ({"model": "LX-300"}, "model", "line 2 says LX-200"),
        ({"hardware": "müşteri"}, "hardware", "line 2 says logix"),
        ({"purchased_on": "2024-03-03"}, "purchased_on", "line 2 says 2024-03-02"),
        ({"package_years": "1"}, "package_years", "line 2 says 3"),
        ({"update_years": "1"}, "update_years", "line 2 says 2"),
        ({"dealer": "Güney"}, "dealer", "line 2 says Kuzey"),
        ({"customer": "EGE LOJİSTİK"}, "customer", "line 2 writes it 'Ege Lojistik'"),
        ({"serial": "lx-1"}, "serial", "line 2 writes it 'LX-1'"),
    ],
)
def test_rows_that_contradict_each_other(imported, cell, column, why):
    problems = imported(FULL, FULL | cell).problems
    assert (problems[0].line, problems[0].column) == (3, column)
    assert why in problems[0].reason


@pytest.mark.parametrize(
    ("cell", "column", "why"),
    [
        ({"customer": "Ilgaz"}, "customer", "LX-1 stands at Ege Lojistik / Depo"),
        ({"installation": "Şube"}, "installation", "an import moves no unit"),
        ({"customer": "Kuzey", "dealer": ""}, "customer", "on record as a dealer"),
        ({"customer": "EGE LOJISTIK"}, "customer", "on record as 'Ege Lojistik'"),
        ({"serial": "lx-1"}, "serial", "on record as 'LX-1'"),
        ({"serial": "LX-2"}, "installation", "unit LX-1 stands there"),
        ({"serial": "LX-2", "installation": "depo"}, "installation", "on record as 'Depo'"),
    ],
)
def test_rows_that_contradict_what_is_on_record(imported, cell, column, why):
    imported(FULL)
    done = imported(FULL | cell)
    assert (2, column) in done.blamed
    assert any(why in problem.reason for problem in done.problems)


@pytest.mark.parametrize(
    ("cell", "column", "why"),
    [
        ({"package_from": "2025-03-03", "update_renewed_from": "2025-03-04"}, "package", "UPD-5"),
        ({"vendor": "diğer"}, "package", "SUP-3"),
        ({"hardware": "customer"}, "extended_warranty_from", "WAR-3"),
        ({"package_from": "2024-03-01"}, "package_from", "before the purchase"),
        ({"update_renewed_from": "2024-03-01"}, "update_renewed_from", "before the purchase"),
        (
            {"purchased_on": "2020-03-02", "extended_warranty_from": "2024-03-03"},
            "extended_warranty_from",
            "WAR-2",
        ),
    ],
)
def test_what_may_not_be_recorded_is_refused_with_its_clause(imported, cell, column, why):
    problems = imported(FULL | cell, now=NOW).problems
    assert [problem.reason for problem in problems if problem.column == column and why in problem.reason]


def test_a_replacement_takes_the_place_and_the_contract_of_its_forerunner(imported):
    imported(FULL)
    decommission(Unit.objects.get(), "broken", "operator:test", NOW)
    new = {"customer": "Ege Lojistik", "installation": "Depo", "serial": "LX-2", "model": "LX-200"}
    assert imported(new | {"purchased_on": "2026-01-01"}).blamed == [(2, "purchased_on")]
    done = imported(FULL, new)
    assert done.problems == []
    assert [(table, name) for table, name, _ in done.written] == [("units", "LX-2")]
    assert facts("LX-2").purchased_on == date(2024, 3, 2)


def test_two_units_of_one_place_must_agree_on_its_contract(imported):
    imported(FULL)
    decommission(Unit.objects.get(), "broken", "operator:test", NOW)
    new = {"customer": "Ege Lojistik", "installation": "Depo", "serial": "LX-2", "model": "LX-200"}
    imported(new)
    done = imported(
        FULL | {"purchased_on": "2024-03-01"}, FULL | {"serial": "LX-2", "package_years": "1"}, apply=False
    )
    assert (3, "purchased_on") in done.blamed


def test_the_audit_names_the_file_and_every_write(imported):
    imported(FULL)
    actions = list(Record.objects.values_list("action", flat=True))
    assert sorted(actions) == [
        "contract.package",
        "contract.purchase",
        "contract.renewal",
        "contract.warranty-extension",
        "import.apply",
        "installation.open",
        "organisation.add",
        "organisation.add",
        "unit.register",
    ]
    record = Record.objects.get(action="import.apply")
    assert (record.subject, record.actor) == (f"file:{'0' * 64}", "operator:test")
    assert record.detail["tables"]["units"] == {"created": 1, "changed": 0, "unchanged": 0}
    assert not Record.objects.filter(action="token.create").exists()


def test_what_fails_at_the_end_leaves_nothing(imported, monkeypatch):
    before = everything()

    def full(*_args, **_values):
        raise OSError("disk full")

    # The very last write of an import is its own audit record.
    monkeypatch.setattr("logix_server.contracts.imports.actions.record", full)
    with pytest.raises(OSError, match="disk full"):
        imported(FULL)
    assert everything() == before


def test_queries_do_not_grow_with_the_rows(imported):
    def queries(count: int, start: int) -> int:
        rows = [
            FULL | {"serial": f"LX-{number}", "installation": f"S{number}"}
            for number in range(start, start + count)
        ]
        with CaptureQueriesContext(connection) as captured:
            assert imported(*rows).problems == []
        return len(captured)

    queries(1, 0)  # what is looked up once a process
    few, many = queries(5, 100), queries(30, 200)
    assert few == many


@pytest.mark.django_db(transaction=True)
def test_a_registration_at_the_same_moment_leaves_nothing_of_the_import(imported):
    registering, outcomes = threading.Event(), []

    def register() -> None:
        try:
            with transaction.atomic():
                owner = Organisation.objects.create(kind="customer", name="Ilgaz", created_at=NOW)
                place, _ = open_installation(owner, "Merkez", "operator:other", NOW)
                register_unit("LX-1", "LX-200", place, "operator:other", NOW)
                registering.set()
                _until_somebody_waits()
        finally:
            connections.close_all()

    def run() -> None:
        try:
            outcomes.append(imported(FULL).problems)
        except LogixError as error:
            outcomes.append(str(error))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=register), threading.Thread(target=run)]
    threads[0].start()
    registering.wait(240)
    threads[1].start()
    for thread in threads:
        thread.join()
    # It has met the other's row, or come after it: either way it says so, and wrote nothing.
    assert len(outcomes) == 1
    assert "nothing is imported" in outcomes[0] if isinstance(outcomes[0], str) else outcomes[0]
    assert list(Organisation.objects.exclude(kind="vendor").values_list("name", flat=True)) == ["Ilgaz"]
    assert not Record.objects.filter(action="import.apply").exists()


def _until_somebody_waits() -> None:
    """On PostgreSQL until the import stands at our uncommitted row; on SQLite it cannot even begin."""
    if connection.vendor != "postgresql":
        return
    deadline = time.monotonic() + 120
    with connection.cursor() as cursor:
        while time.monotonic() < deadline:
            cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
            if cursor.fetchone()[0]:
                return
