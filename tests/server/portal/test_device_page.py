"""The device page: findings, health, entitlements, and what it consists of; nothing of another customer's."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from logix_common.observations import Metric
from logix_server.accounts.access import NotFound
from logix_server.accounts.models import DealerConsent
from logix_server.contracts.reading import contract_of
from logix_server.fleet.reading import DeviceFilter, device, devices
from logix_server.health.models import Fault
from logix_server.health.reading import findings, findings_by_id, raised_between, series_of

from tests.server import rows
from tests.server.people import signed_in, viewer
from tests.server.portal.story import device_with_a_story, ticket_of

pytestmark = [pytest.mark.database, pytest.mark.django_db]
EVERY = DeviceFilter()


def test_everything_about_a_device() -> None:
    unit = device_with_a_story()
    number = ticket_of(unit).number
    client = signed_in("support-engineer")
    client.post("/language/", {"language": "en"})
    page = client.get(f"/devices/{unit.serial}/").content.decode()
    for text in (
        number, "connected", "The disk has sectors that it cannot read", "disk:A", "only watched",
        "not covered",
        "No support package.", "SUP-1", "7.1 (3)", "Logix OS 7", "Disk &lt;b&gt;", "Profesyonel",
        "Replacement without waiting", "on condition", "MAT-10", "least 0.0, most 90.0", "As a table",
    ):  # fmt: skip
        assert text in page, text


@pytest.mark.parametrize("chart", ["processor", "memory", "filesystems", "temperature", "made-up"])
@pytest.mark.parametrize("span", ["day", "week", "month", "made-up"])
def test_every_chart_over_every_span(chart: str, span: str) -> None:
    unit = device_with_a_story()
    address = f"/devices/{unit.serial}/?chart={chart}&span={span}"
    answer = signed_in("support-engineer").get(address, headers={"HX-Request": "true"})
    page = answer.content.decode()
    assert answer.status_code == 200
    assert page.lstrip().startswith('<section id="health"')
    assert ("<polyline" in page) == (chart != "filesystems")
    assert "style=" not in page


def test_memory_in_use_is_a_part_of_a_hundred() -> None:
    unit = device_with_a_story()
    page = signed_in("support-engineer").get(f"/devices/{unit.serial}/?chart=memory").content.decode()
    assert "40,0" in page


def test_a_device_that_told_nothing_has_a_page() -> None:
    unit = rows.unit()
    answer = signed_in("support-engineer").get(f"/devices/{unit.serial}/")
    assert answer.status_code == 200
    assert "Henüz" in answer.content.decode() or "hiç" in answer.content.decode()


@pytest.mark.parametrize("serial", ["NOPE", "a" * 500, "%00"])
def test_a_serial_that_is_none_is_not_found(serial: str) -> None:
    assert signed_in("support-engineer").get(f"/devices/{serial}/").status_code == 404


@pytest.mark.parametrize("role", ["customer-user", "customer-administrator", "dealer"])
def test_nothing_of_another_customers_is_read(role: str) -> None:
    unit, now = device_with_a_story(), datetime.now(UTC)
    stranger = viewer(role)
    fault = Fault.objects.filter(unit=unit).first()
    assert fault is not None
    assert devices(stranger, EVERY, limit=10, offset=0) == ([], 0)
    assert findings(stranger, unit.serial, open_only=False) == []
    assert findings_by_id(stranger, [fault.pk]) == []
    assert raised_between(stranger, unit.serial, now - timedelta(days=9), now, 9) == []
    with pytest.raises(NotFound):
        device(stranger, unit.serial)
    with pytest.raises(NotFound):
        contract_of(stranger, unit.serial, now)
    with pytest.raises(NotFound):
        series_of(stranger, unit.serial, [Metric.CPU_PERCENT], now - timedelta(days=1), now)


def test_a_customer_sees_its_own_and_its_dealer_only_while_it_has_agreed() -> None:
    owner = rows.customer(dealer=True)
    unit = rows.unit(owner)
    assert device(viewer("customer-user", owner), unit.serial) == unit
    dealer = viewer("dealer", owner.dealer)
    with pytest.raises(NotFound):
        device(dealer, unit.serial)
    consent = DealerConsent.objects.create(
        customer=owner, dealer=owner.dealer, given_by="x", given_at=rows.NOW
    )
    assert [row.serial for row in devices(dealer, EVERY, limit=9, offset=0)[0]] == [unit.serial]
    consent.withdrawn_at = rows.NOW
    consent.save()
    assert devices(dealer, EVERY, limit=9, offset=0) == ([], 0)
