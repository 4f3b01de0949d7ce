"""Contract facts of an installation, read from the append-only rows; `known_at` asks what we knew then.

`known_at` None means now. A row that was recorded later, or withdrawn by then, was not known.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from logix_server.contracts.ledger import standing
from logix_server.contracts.models import (
    Fact,
    HardwareOwnership,
    PackagePurchase,
    PatchGrant,
    ProductLifecycle,
    ProductVendor,
    Purchase,
    UpdateRenewal,
    VersionRelease,
    WarrantyExtension,
)
from logix_server.contracts.terms import (
    Circumstances,
    ContractFacts,
    Hardware,
    Ownership,
    Package,
    PackageTerm,
    PatchException,
    Term,
    Vendor,
)
from logix_server.contracts.versions import Release, release_of, successor_of

#: Installations a statement; every database takes so many parameters.
CHUNK: Final = 5_000


def contract_facts(installation_id: int, model: str, *, known_at: datetime | None = None) -> ContractFacts:
    """What holds for the installation and a product of `model`, as known at `known_at`.

    The newest purchase and the newest announcement of the model's life cycle count.
    """
    return facts_of_installations({installation_id: model}, known_at=known_at)[installation_id]


def facts_of_installations(
    models: Mapping[int, str], *, known_at: datetime | None = None
) -> dict[int, ContractFacts]:
    """The same for many installations, each with the model that stands there.

    Eight queries for all that fit into a chunk.
    """
    facts: dict[int, ContractFacts] = {}
    for ids in _chunks(list(models)):
        rows = _Rows.of(ids, known_at)
        products = _Products.of({models[one] for one in ids}, known_at)
        facts |= {one: _facts(one, models[one], rows, products) for one in ids}
    return facts


def releases_of(models: Iterable[str], *, known_at: datetime | None = None) -> dict[str, tuple[Release, ...]]:
    """The versions of each model that were released; models without any are left out."""
    found: defaultdict[str, list[Release]] = defaultdict(list)
    rows = standing(VersionRelease, known_at).filter(model__in=set(models))
    for model, version, released_on in rows.values_list("model", "version", "released_on"):
        found[model].append(Release(version, released_on))
    return {model: tuple(releases) for model, releases in found.items()}


def version_circumstances(installed: str, releases: Sequence[Release]) -> Circumstances:
    """The days that UPD-7 asks of an installed version; an unknown one has none."""
    release = release_of(installed, releases)
    if release is None:
        return Circumstances()
    successor = successor_of(release, releases)
    return Circumstances(
        version_released_on=release.released_on,
        successor_released_on=successor.released_on if successor else None,
    )


@dataclass(frozen=True)
class _Rows:
    """Values of each table by installation, in the order of recording."""

    purchases: Mapping[int, list[Any]]
    renewals: Mapping[int, list[Any]]
    packages: Mapping[int, list[Any]]
    extensions: Mapping[int, list[Any]]
    ownership: Mapping[int, list[Any]]
    exceptions: Mapping[int, list[Any]]

    @classmethod
    def of(cls, ids: Sequence[int], known_at: datetime | None) -> _Rows:
        def rows(table: type[Fact], *names: str) -> Mapping[int, list[Any]]:
            found: defaultdict[int, list[Any]] = defaultdict(list)
            asked = standing(table, known_at).filter(installation_id__in=ids)
            for installation_id, *values in asked.values_list("installation_id", *names):
                found[installation_id].append(values)
            return found

        return cls(
            purchases=rows(Purchase, "purchased_on", "hardware"),
            renewals=rows(UpdateRenewal, "starts_on", "years"),
            packages=rows(PackagePurchase, "starts_on", "years", "package"),
            extensions=rows(WarrantyExtension, "starts_on"),
            ownership=rows(HardwareOwnership, "starts_on", "hardware"),
            exceptions=rows(PatchGrant, "starts_on", "last_day"),
        )


@dataclass(frozen=True)
class _Products:
    """What holds for models: the newest announcement and the newest vendor on record."""

    lifecycles: Mapping[str, tuple[date | None, date | None]]
    vendors: Mapping[str, Vendor]

    @classmethod
    def of(cls, models: set[str], known_at: datetime | None) -> _Products:
        announced = standing(ProductLifecycle, known_at).filter(model__in=models)
        vendors = standing(ProductVendor, known_at).filter(model__in=models)
        # The newest comes last and stays.
        return cls(
            {
                model: (end_of_sale_on, end_of_life_on)
                for model, end_of_sale_on, end_of_life_on in announced.values_list(
                    "model", "end_of_sale_on", "end_of_life_on"
                )
            },
            {model: Vendor(vendor) for model, vendor in vendors.values_list("model", "vendor")},
        )


def _facts(installation_id: int, model: str, rows: _Rows, products: _Products) -> ContractFacts:
    purchases = rows.purchases.get(installation_id)
    purchased_on, hardware = purchases[-1] if purchases else (None, Hardware.LOGIX)
    ownership = tuple(
        Ownership(starts_on, Hardware(owner))
        for starts_on, owner in rows.ownership.get(installation_id, ())
        if purchased_on is not None and starts_on > purchased_on
    )
    # An extension is of the hardware of its day: a later one of ours has a warranty of its own.
    since = max((one.starts_on for one in ownership if one.hardware is Hardware.LOGIX), default=purchased_on)
    end_of_sale_on, end_of_life_on = products.lifecycles.get(model, (None, None))
    return ContractFacts(
        purchased_on=purchased_on,
        hardware=Hardware(hardware),
        vendor=products.vendors.get(model, Vendor.LOGIX),
        update_renewals=tuple(Term(*term) for term in rows.renewals.get(installation_id, ())),
        packages=tuple(
            PackageTerm(starts_on, years, Package(package))
            for starts_on, years, package in rows.packages.get(installation_id, ())
        ),
        extended_warranty=any(
            since is None or starts_on >= since for (starts_on,) in rows.extensions.get(installation_id, ())
        ),
        end_of_sale_on=end_of_sale_on,
        end_of_life_on=end_of_life_on,
        patch_exceptions=tuple(PatchException(*days) for days in rows.exceptions.get(installation_id, ())),
        ownership=ownership,
    )


def _chunks(ids: list[int]) -> Iterator[list[int]]:
    for start in range(0, len(ids), CHUNK):
        yield ids[start : start + CHUNK]
