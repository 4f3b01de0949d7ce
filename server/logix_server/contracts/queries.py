"""Contract facts of an installation, read from the append-only rows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import TypeVar

from django.db.models import QuerySet

from logix_server.contracts.models import (
    Fact,
    PackagePurchase,
    ProductLifecycle,
    Purchase,
    UpdateRenewal,
    WarrantyExtension,
)
from logix_server.contracts.terms import ContractFacts, Hardware, Package, PackageTerm, Term

FactT = TypeVar("FactT", bound=Fact)


def contract_facts(installation_id: int, model: str) -> ContractFacts:
    """What holds for the installation and a product of `model`, as known now.

    The newest purchase and the newest announcement of the model's life cycle count.
    """
    return facts_of_installations({installation_id: model})[installation_id]


def facts_of_installations(models: Mapping[int, str]) -> dict[int, ContractFacts]:
    """The same for many installations, each with the model that stands there, in five queries."""
    ids = list(models)
    purchases = _by_installation(Purchase.objects.filter(installation_id__in=ids))
    renewals = _by_installation(UpdateRenewal.objects.filter(installation_id__in=ids))
    packages = _by_installation(PackagePurchase.objects.filter(installation_id__in=ids))
    extensions = _by_installation(WarrantyExtension.objects.filter(installation_id__in=ids))
    announced = ProductLifecycle.objects.filter(model__in=set(models.values())).order_by("recorded_at", "id")
    lifecycles = {row.model: row for row in announced}  # the newest comes last and stays
    facts = {}
    for installation_id, model in models.items():
        purchase = purchases[installation_id][-1] if purchases[installation_id] else None
        lifecycle = lifecycles.get(model)
        facts[installation_id] = ContractFacts(
            purchased_on=purchase.purchased_on if purchase else None,
            hardware=Hardware(purchase.hardware) if purchase else Hardware.LOGIX,
            update_renewals=tuple(Term(row.starts_on, row.years) for row in renewals[installation_id]),
            packages=tuple(
                PackageTerm(row.starts_on, row.years, Package(row.package))
                for row in packages[installation_id]
            ),
            extended_warranty=bool(extensions[installation_id]),
            end_of_sale_on=lifecycle.end_of_sale_on if lifecycle else None,
            end_of_life_on=lifecycle.end_of_life_on if lifecycle else None,
        )
    return facts


def _by_installation(rows: QuerySet[FactT]) -> defaultdict[int, list[FactT]]:
    """Facts of each installation in the order in which they were recorded."""
    found: defaultdict[int, list[FactT]] = defaultdict(list)
    for row in rows.order_by("recorded_at", "id"):
        found[row.installation_id].append(row)
    return found
