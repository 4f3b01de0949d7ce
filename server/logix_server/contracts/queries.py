"""Contract facts of an installation, read from the append-only rows."""

from __future__ import annotations

from logix_server.contracts.models import (
    PackagePurchase,
    ProductLifecycle,
    Purchase,
    UpdateRenewal,
    WarrantyExtension,
)
from logix_server.contracts.terms import ContractFacts, Hardware, Package, PackageTerm, Term


def contract_facts(installation_id: int, model: str) -> ContractFacts:
    """What holds for the installation and a product of `model`, as known now.

    The newest purchase and the newest announcement of the model's life cycle count.
    """
    purchase = (
        Purchase.objects.filter(installation_id=installation_id).order_by("-recorded_at", "-id").first()
    )
    lifecycle = ProductLifecycle.objects.filter(model=model).order_by("-recorded_at", "-id").first()
    renewals = UpdateRenewal.objects.filter(installation_id=installation_id)
    packages = PackagePurchase.objects.filter(installation_id=installation_id)
    return ContractFacts(
        purchased_on=purchase.purchased_on if purchase else None,
        hardware=Hardware(purchase.hardware) if purchase else Hardware.LOGIX,
        update_renewals=tuple(Term(row.starts_on, row.years) for row in renewals),
        packages=tuple(PackageTerm(row.starts_on, row.years, Package(row.package)) for row in packages),
        extended_warranty=WarrantyExtension.objects.filter(installation_id=installation_id).exists(),
        end_of_sale_on=lifecycle.end_of_sale_on if lifecycle else None,
        end_of_life_on=lifecycle.end_of_life_on if lifecycle else None,
    )
