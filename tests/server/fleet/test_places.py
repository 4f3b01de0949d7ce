"""Places as people see them: the device that stands there now, and nobody else's."""

from __future__ import annotations

import pytest
from logix_server.accounts.access import NotFound, Viewer
from logix_server.fleet.places import places, standing_at

from tests.server import people, rows
from tests.server.tickets.asked_for import customer_of, dealer_of

pytestmark = [pytest.mark.database, pytest.mark.django_db]


def _serials(viewer: Viewer, text: str = "") -> list[str]:
    return [unit.serial for unit in places(viewer, text, limit=10)[0]]


def test_each_place_once_with_what_stands_there_now() -> None:
    old = rows.unit()
    new = rows.unit(installation=old.installation)
    viewer = customer_of(old)
    assert _serials(viewer) == [new.serial]
    assert [standing_at(viewer, one.serial) for one in (old, new)] == [new, new]


def test_found_by_every_word_of_serial_place_and_model() -> None:
    owner = rows.customer()
    first, second = rows.unit(owner), rows.unit(owner)
    viewer = customer_of(first)
    assert _serials(viewer, f"{second.installation.name} fw-100") == [second.serial]
    assert _serials(viewer, first.serial.lower()) == [first.serial]
    assert _serials(viewer, "\0 nothing-like-this") == []
    assert places(viewer, "", limit=1)[1] == 2


def test_another_customers_is_not_there_and_a_dealers_only_with_consent() -> None:
    unit = rows.unit(rows.customer(dealer=True))
    customer = unit.installation.customer
    stranger, ours = people.viewer("customer-administrator"), people.viewer("support-engineer")
    refused = (stranger, dealer_of(unit, agreed=False), people.viewer("dealer"))
    for viewer in refused:
        assert _serials(viewer) == []
        with pytest.raises(NotFound):
            standing_at(viewer, unit.serial)
    for viewer in (customer_of(unit), ours, dealer_of(unit, agreed=True)):
        assert standing_at(viewer, unit.serial).installation.customer == customer


@pytest.mark.parametrize("serial", ["", "\0", "x" * 100_000, "LGX%"])
def test_what_is_no_serial_is_not_found(serial: str) -> None:
    with pytest.raises(NotFound):
        standing_at(people.viewer("support-engineer"), serial)
