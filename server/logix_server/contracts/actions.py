"""Record what was bought: append-only facts, each with its audit record in one transaction."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction
from logix_common.errors import InvalidInput

from logix_server.audit.actions import record
from logix_server.contracts import terms
from logix_server.contracts.models import (
    PackagePurchase,
    ProductLifecycle,
    Purchase,
    UpdateRenewal,
    WarrantyExtension,
)
from logix_server.contracts.queries import contract_facts
from logix_server.contracts.terms import Hardware, Package

PACKAGE_YEARS = (1, 3)  # SUP-2


@transaction.atomic
def record_purchase(
    installation_id: int, purchased_on: date, hardware: Hardware, *, now: datetime, actor: str
) -> None:
    """The product was bought; first-year Temel, first-year updates and the warranty follow from it."""
    Purchase.objects.create(
        installation_id=installation_id,
        purchased_on=purchased_on,
        hardware=hardware.value,
        recorded_at=now,
        recorded_by=actor,
    )
    detail = {"purchased_on": purchased_on.isoformat(), "hardware": hardware.value}
    record(now, actor, "contract.purchase", f"installation:{installation_id}", detail)


@transaction.atomic
def add_package(
    installation_id: int, package: Package, starts_on: date, years: int, *, now: datetime, actor: str
) -> None:
    """A support package was bought. Raises `InvalidInput` for a term that is not sold (SUP-2)."""
    if years not in PACKAGE_YEARS:
        raise InvalidInput("years", f"packages are sold for 1 or 3 years (SUP-2), not {years}")
    PackagePurchase.objects.create(
        installation_id=installation_id,
        package=package.value,
        starts_on=starts_on,
        years=years,
        recorded_at=now,
        recorded_by=actor,
    )
    detail = {"package": package.value, "starts_on": starts_on.isoformat(), "years": years}
    record(now, actor, "contract.package", f"installation:{installation_id}", detail)


@transaction.atomic
def renew_updates(installation_id: int, starts_on: date, years: int, *, now: datetime, actor: str) -> None:
    """The update service was renewed (UPD-1)."""
    if not 1 <= years <= 10:
        raise InvalidInput("years", f"expected 1 to 10 years, got {years}")
    UpdateRenewal.objects.create(
        installation_id=installation_id,
        starts_on=starts_on,
        years=years,
        recorded_at=now,
        recorded_by=actor,
    )
    detail = {"starts_on": starts_on.isoformat(), "years": years}
    record(now, actor, "contract.renewal", f"installation:{installation_id}", detail)


@transaction.atomic
def extend_warranty(installation_id: int, model: str, starts_on: date, *, now: datetime, actor: str) -> None:
    """The Extended Hardware Warranty was bought. Raises `InvalidInput` where none can be (WAR-2)."""
    facts = contract_facts(installation_id, model)
    if facts.purchased_on is None or facts.hardware is not Hardware.LOGIX:
        raise InvalidInput("warranty", "customer's hardware has no warranty to extend (WAR-3)")
    if terms.end_of_sale(facts, starts_on):
        raise InvalidInput("warranty", f"model {model} is no longer sold on {starts_on} (WAR-2, LIF-2)")
    if facts.extended_warranty:
        raise InvalidInput("warranty", "is extended already (WAR-2)")
    WarrantyExtension.objects.create(
        installation_id=installation_id, starts_on=starts_on, recorded_at=now, recorded_by=actor
    )
    detail = {"starts_on": starts_on.isoformat()}
    record(now, actor, "contract.warranty-extension", f"installation:{installation_id}", detail)


@transaction.atomic
def announce_lifecycle(
    model: str, end_of_sale_on: date | None, end_of_life_on: date | None, *, now: datetime, actor: str
) -> None:
    """Announce a model's end of sale and end of life (LIF-2, LIF-3); the newest announcement holds."""
    if end_of_sale_on and end_of_life_on and end_of_life_on < end_of_sale_on:
        raise InvalidInput("end of life", "comes after the end of sale (LIF-2, LIF-3)")
    ProductLifecycle.objects.create(
        model=model,
        end_of_sale_on=end_of_sale_on,
        end_of_life_on=end_of_life_on,
        recorded_at=now,
        recorded_by=actor,
    )
    detail = {"end_of_sale_on": str(end_of_sale_on or ""), "end_of_life_on": str(end_of_life_on or "")}
    record(now, actor, "contract.lifecycle", f"model:{model}", detail)
