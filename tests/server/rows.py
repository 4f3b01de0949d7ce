"""Rows that tests of several slices stand on."""

from __future__ import annotations

import itertools
from datetime import UTC, date, datetime

from logix_server.accounts.models import Organisation
from logix_server.contracts.models import PackagePurchase, Purchase, UpdateRenewal, WarrantyExtension
from logix_server.fleet.models import Installation, Unit

NOW = datetime(2026, 3, 2, 7, 0, tzinfo=UTC)  # a Monday, 10:00 in Istanbul
_numbers = itertools.count(1)


def customer(dealer: bool = False) -> Organisation:
    """A customer; with `dealer` one that a dealer looks after."""
    number = next(_numbers)
    above = None
    if dealer:
        above = Organisation.objects.create(kind="dealer", name=f"Dealer {number}", created_at=NOW)
    return Organisation.objects.create(
        kind="customer", name=f"Customer {number}", dealer=above, created_at=NOW
    )


def unit(owner: Organisation | None = None, installation: Installation | None = None) -> Unit:
    """An active unit at an installation of its own, or at `installation`."""
    number = next(_numbers)
    place = installation or Installation.objects.create(
        customer=owner or customer(), name=f"Site {number}", created_at=NOW
    )
    return Unit.objects.create(
        device_id=f"{number:032x}",
        serial=f"LGX{number:05d}",
        model="FW-100",
        installation=place,
        state=Unit.State.ACTIVE,
        state_at=NOW,
        registered_at=NOW,
    )


def contract(
    unit: Unit,
    *,
    purchased_on: date = date(2026, 1, 10),
    hardware: str = "logix",
    package: str | None = None,
    package_from: date = date(2026, 1, 10),
    package_years: int = 1,
    renewals: tuple[tuple[date, int], ...] = (),
    extended: bool = False,
) -> None:
    """What was bought for the unit's installation."""
    common = {"installation": unit.installation, "recorded_at": NOW, "recorded_by": "operator:test"}
    Purchase.objects.create(purchased_on=purchased_on, hardware=hardware, **common)
    for starts_on, years in renewals:
        UpdateRenewal.objects.create(starts_on=starts_on, years=years, **common)
    if package:
        PackagePurchase.objects.create(package=package, starts_on=package_from, years=package_years, **common)
    if extended:
        WarrantyExtension.objects.create(starts_on=purchased_on, **common)
