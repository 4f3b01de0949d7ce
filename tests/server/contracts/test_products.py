"""Products with their versions and announced lives (LIF-1 to LIF-4, UPD-7)."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest
from click.testing import CliRunner
from django.db import connection
from django.test.utils import CaptureQueriesContext
from logix_common.errors import InvalidInput
from logix_server.contracts import actions
from logix_server.contracts.cli import contract
from logix_server.contracts.decisions.terms import Vendor
from logix_server.contracts.models import ProductLifecycle
from logix_server.contracts.products import Version, product, products

from tests.server import rows
from tests.server.rows import NOW

pytestmark = [pytest.mark.database, pytest.mark.django_db]
BY: dict[str, Any] = {"now": NOW, "actor": "operator:test"}


def test_a_product_with_its_life_versions_and_units() -> None:
    for _ in range(2):
        rows.unit()
    retired = rows.unit()
    retired.state = "decommissioned"
    retired.save()
    actions.announce_lifecycle(
        "FW-100", date(2027, 1, 1), date(2029, 1, 1), on_sale_since=date(2022, 5, 1), successor="FW-200", **BY
    )
    actions.release_versions(["FW-100"], "7.9", date(2025, 1, 1), **BY)
    actions.release_versions(["FW-100"], "7.10", date(2026, 1, 1), **BY)
    found = product("FW-100")
    assert (found.in_service, found.successor, found.on_sale_since) == (2, "FW-200", date(2022, 5, 1))
    assert found.versions == (
        Version("7.10", date(2026, 1, 1), None),
        Version("7.9", date(2025, 1, 1), date(2027, 1, 1)),
    )
    assert [one.model for one in products()] == ["FW-100", "FW-200"]


def test_the_number_of_queries_does_not_grow_with_the_products() -> None:
    def asked() -> int:
        with CaptureQueriesContext(connection) as captured:
            products()
        return len(captured)

    actions.name_vendor("A", Vendor.OTHER, **BY)
    few = asked()
    for number in range(20):
        actions.announce_lifecycle(f"M{number}", date(2027, 1, 1), None, **BY)
        actions.release_versions([f"M{number}"], "1.0", date(2025, 1, 1), **BY)
    assert asked() == few


@pytest.mark.parametrize(
    ("days", "further"),
    [
        ((date(2027, 1, 1), date(2026, 1, 1)), {}),
        ((date(2021, 1, 1), None), {"on_sale_since": date(2022, 1, 1)}),
        ((None, date(2021, 1, 1)), {"on_sale_since": date(2022, 1, 1)}),
        ((None, None), {"successor": "FW-100"}),
        ((None, None), {"successor": " " * 3}),
    ],
)
def test_days_that_do_not_follow_one_another(days: tuple[Any, Any], further: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput):
        actions.announce_lifecycle("FW-100", *days, **further, **BY)
    assert not ProductLifecycle.objects.exists()


def test_the_commands_keep_what_is_left_out() -> None:
    def run(*arguments: str) -> Any:
        done = CliRunner().invoke(contract, [*arguments, "--json"])
        assert done.exit_code == 0, done.output
        return json.loads(done.stdout)

    run("lifecycle", "FW-100", "--on-sale-since", "2022-05-01", "--successor", "FW-200")
    shown = run("lifecycle", "FW-100", "--end-of-sale", "2027-01-01")
    assert (shown["on_sale_since"], shown["end_of_sale_on"], shown["successor"]) == (
        "2022-05-01",
        "2027-01-01",
        "FW-200",
    )
    assert [row["model"] for row in run("products")] == ["FW-100", "FW-200"]
    assert run("products", "FW-100")["versions"] == []
    unknown = CliRunner().invoke(contract, ["products", "nothing"])
    assert unknown.exit_code == 1
