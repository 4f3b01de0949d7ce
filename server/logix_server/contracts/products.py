"""Products and their versions, with what was announced of their lives (LIF-1 to LIF-4, UPD-7)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Count
from logix_common.errors import InvalidInput

from logix_server.contracts.decisions.terms import Circumstances, Vendor, version_supported_until
from logix_server.contracts.decisions.versions import Release, order, successor_of
from logix_server.contracts.ledger import standing
from logix_server.contracts.models import ProductLifecycle, ProductVendor
from logix_server.contracts.queries import releases_of
from logix_server.fleet.models import Unit


@dataclass(frozen=True)
class Version:
    """A version of a product; `supported_until` None: it has no successor yet."""

    version: str
    released_on: date
    supported_until: date | None


@dataclass(frozen=True)
class Product:
    """A model as it stands; days are None where nothing was announced."""

    model: str
    vendor: str
    on_sale_since: date | None
    end_of_sale_on: date | None
    end_of_life_on: date | None
    successor: str
    in_service: int
    versions: tuple[Version, ...]  # the newest first


def products() -> list[Product]:
    """Every model that is in service or that something was recorded of, by name; five queries."""
    lives = {row.model: row for row in standing(ProductLifecycle)}
    vendors = {row.model: row.vendor for row in standing(ProductVendor)}
    units = Unit.objects.filter(state__in=(Unit.State.REGISTERED, Unit.State.ACTIVE, Unit.State.CONFLICT))
    serving = dict(units.order_by().values_list("model").annotate(Count("id")))
    named = {*lives, *vendors, *serving, *(row.successor for row in lives.values() if row.successor)}
    releases = releases_of(named)
    return [
        _product(model, lives.get(model), vendors.get(model), serving.get(model, 0), releases.get(model, ()))
        for model in sorted(named)
    ]


def product(model: str) -> Product:
    """One product. Raises `InvalidInput` for a model that nothing is known of."""
    found = next((one for one in products() if one.model == model), None)
    if found is None:
        raise InvalidInput("model", f"nothing is known of {model!r}; see `contract products`")
    return found


def _product(
    model: str,
    life: ProductLifecycle | None,
    vendor: str | None,
    in_service: int,
    releases: Sequence[Release],
) -> Product:
    return Product(
        model,
        vendor or Vendor.LOGIX.value,
        life.on_sale_since if life else None,
        life.end_of_sale_on if life else None,
        life.end_of_life_on if life else None,
        life.successor if life else "",
        in_service,
        tuple(
            _version(one, releases)
            for one in sorted(releases, key=lambda one: order(one.version), reverse=True)
        ),
    )


def _version(release: Release, releases: Sequence[Release]) -> Version:
    successor = successor_of(release, releases)
    known = Circumstances(
        version_released_on=release.released_on,
        successor_released_on=successor.released_on if successor else None,
    )
    return Version(release.version, release.released_on, version_supported_until(known))
