"""Pages of products: lives, versions, and who announces them."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta

import pytest
from logix_server.contracts import actions
from logix_server.contracts.products import product

from tests.server import rows
from tests.server.people import signed_in

pytestmark = [pytest.mark.database, pytest.mark.django_db]

BY = {"actor": "operator:test", "now": datetime(2026, 1, 1, tzinfo=UTC)}
LIFE = {"on_sale_since": "2024-01-01", "end_of_sale_on": "2026-06-01", "end_of_life_on": "2028-06-01"}


def test_products_are_listed_with_their_lives() -> None:
    rows.unit()
    today = datetime.now(UTC).date()
    actions.announce_lifecycle("LX/100 #1", today - timedelta(days=1), None, successor="LX-200", **BY)  # type: ignore[arg-type]
    client = signed_in("support-engineer")
    page = client.get("/products/").content.decode()
    addresses = re.findall(r'href="(/products/[^"]+/)"', page)
    assert len(addresses) == 3  # FW-100, and the two of the announcement
    for address in addresses:
        assert client.get(address).status_code == 200
    assert "LIF-2" in page and page.count("LIF-1") == 2
    narrowed = client.get("/products/?text=lx/1").content.decode()
    assert len(re.findall(r'href="(/products/[^"]+/)"', narrowed)) == 1
    for unknown in ("no-such", "%00", "a" * 500):
        assert client.get(f"/products/{unknown}/").status_code == 404


def test_a_release_manager_announces_a_life_and_a_version() -> None:
    rows.unit()
    client = signed_in("release-manager")
    told = LIFE | {"successor": "FW-200"}
    assert client.post("/products/FW-100/do/announce/", told).headers["Location"] == "/products/FW-100/"
    found = product("FW-100")
    assert (found.end_of_sale_on, found.end_of_life_on) == (date(2026, 6, 1), date(2028, 6, 1))
    page = client.get("/products/FW-100/").content.decode()
    assert 'value="2028-06-01"' in page and "/products/FW-200/" in page
    for version, day in (("7.0", "2025-01-01"), ("7.1", "2026-01-01")):
        client.post("/products/FW-100/do/release/", {"version": version, "released_on": day})
    assert [one.version for one in product("FW-100").versions] == ["7.1", "7.0"]
    assert "7.0" in client.get("/products/FW-100/").content.decode()


@pytest.mark.parametrize(
    ("what", "told"),
    [
        ("announce", {}),
        ("announce", LIFE | {"end_of_life_on": "2025-01-01"}),
        ("announce", LIFE | {"successor": "FW-100"}),
        ("announce", LIFE | {"end_of_sale_on": "01.06.2026"}),
        ("announce", LIFE | {"end_of_sale_on": "9999-01-01"}),
        ("release", {"version": "seven", "released_on": "2026-01-01"}),
        ("release", {"version": "7.1", "released_on": ""}),
        ("release", {"version": "7" * 129, "released_on": "2026-01-01"}),
    ],
)
def test_what_cannot_be_is_told_and_nothing_is_announced(what: str, told: dict[str, str]) -> None:
    rows.unit()
    answer = signed_in("vendor-manager").post(f"/products/FW-100/do/{what}/", told)
    assert answer.status_code == 422 and "errorlist" in answer.content.decode()
    found = product("FW-100")
    assert (found.end_of_sale_on, found.versions) == (None, ())


def test_an_engineer_reads_and_a_customer_does_not() -> None:
    rows.unit()
    engineer = signed_in("support-engineer")
    assert "<details" not in engineer.get("/products/FW-100/").content.decode()
    assert engineer.post("/products/FW-100/do/announce/", LIFE).status_code == 403
    for role in ("customer-administrator", "dealer"):
        other = signed_in(role)
        assert other.get("/products/").status_code == other.get("/products/FW-100/").status_code == 403
        assert other.post("/products/FW-100/do/announce/", LIFE).status_code == 403
    assert product("FW-100").end_of_sale_on is None
