"""Read what is on record of all that a file names: a score of queries for every 5,000 rows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any, Final, TypeVar

from django.db.models.functions import Lower

from logix_server.accounts.models import Organisation
from logix_server.contracts.decisions.terms import Package, PackageTerm, Term, Vendor
from logix_server.contracts.imports.devices import Place, Said
from logix_server.contracts.imports.state import KnownCompany, KnownModel, KnownPlace, KnownUnit, State
from logix_server.contracts.ledger import standing
from logix_server.contracts.models import (
    Fact,
    PackagePurchase,
    ProductFact,
    ProductLifecycle,
    ProductVendor,
    Purchase,
    UpdateRenewal,
    WarrantyExtension,
)
from logix_server.contracts.queries import facts_of_installations
from logix_server.fleet.models import Installation, Unit

CHUNK: Final = 5_000
ItemT = TypeVar("ItemT")
ProductT = TypeVar("ProductT", bound=ProductFact)


def installation_ids(customers: Iterable[str]) -> dict[Place, int]:
    """Every installation of these customers."""
    found: dict[Place, int] = {}
    for names in chunks(customers):
        rows = Installation.objects.filter(customer__name__in=names)
        found |= {
            (customer, name): key for key, customer, name in rows.values_list("id", "customer__name", "name")
        }
    return found


def known_state(said: Said) -> State:
    """Everything on record that bears on what a file says."""
    units = _units(said)
    customers = {*said.customers, *(unit.place[0] for unit in units.values())}
    ids = installation_ids(customers)
    models = {*said.models, *(unit.model for unit in units.values())}
    return State(_companies(), _places(ids), units, _models(models))


def _companies() -> dict[str, KnownCompany]:
    rows = Organisation.objects.values_list("name", "kind", "email", "language", "dealer__name")
    return {row[0]: KnownCompany(*row[:4], row[4] or "") for row in rows}


def _units(said: Said) -> dict[str, KnownUnit]:
    found: dict[str, KnownUnit] = {}
    for serials in chunks({serial.lower() for serial in said.devices}):
        rows = Unit.objects.annotate(lower=Lower("serial")).filter(lower__in=serials)
        for serial, model, customer, place, state in rows.values_list(
            "serial", "model", "installation__customer__name", "installation__name", "state"
        ):
            in_service = state != Unit.State.DECOMMISSIONED
            found[serial] = KnownUnit(serial, model, (customer, place), in_service)
    return found


def _places(ids: Mapping[Place, int]) -> dict[Place, KnownPlace]:
    keys = list(ids.values())
    occupants: dict[int, str] = {}
    models: dict[int, str] = {}
    for some in chunks(keys):
        units = Unit.objects.filter(installation__in=some).order_by("id")
        for key, serial, model, state in units.values_list("installation_id", "serial", "model", "state"):
            models[key] = model
            if state != Unit.State.DECOMMISSIONED:
                occupants[key] = serial
    facts = facts_of_installations({key: models.get(key, "") for key in keys})
    purchases = _ids(Purchase, keys)
    packages = _ids(PackagePurchase, keys, "starts_on", "years", "package")
    renewals = _ids(UpdateRenewal, keys, "starts_on", "years")
    extensions = _ids(WarrantyExtension, keys, "starts_on")
    return {
        place: KnownPlace(
            name=place,
            occupant=occupants.get(key),
            facts=facts[key],
            purchase_id=next((fact_id for fact_id, *_ in reversed(purchases[key])), None),
            package_ids={
                PackageTerm(day, years, Package(name)): pk for pk, day, years, name in packages[key]
            },
            renewal_ids={Term(day, years): pk for pk, day, years in renewals[key]},
            extension_ids={day: pk for pk, day in extensions[key]},
        )
        for place, key in ids.items()
    }


def _ids(table: type[Fact], keys: list[int], *fields: str) -> defaultdict[int, list[Any]]:
    """The id and fields of facts that stand, by installation, in the order of recording."""
    found: defaultdict[int, list[Any]] = defaultdict(list)
    for some in chunks(keys):
        rows = standing(table).filter(installation__in=some)
        for key, *values in rows.values_list("installation_id", "id", *fields):
            found[key].append(values)
    return found


def _models(names: set[str]) -> dict[str, KnownModel]:
    vendors, lives = _newest(ProductVendor, names), _newest(ProductLifecycle, names)
    return {
        name: KnownModel(
            Vendor(vendors[name].vendor) if name in vendors else Vendor.LOGIX,
            lives[name].end_of_sale_on if name in lives else None,
            lives[name].end_of_life_on if name in lives else None,
        )
        for name in names
    }


def _newest(table: type[ProductT], names: set[str]) -> dict[str, ProductT]:
    """The newest row of each product model that stands."""
    found: dict[str, ProductT] = {}
    for some in chunks(names):
        found |= {row.model: row for row in standing(table).filter(model__in=some)}
    return found


def chunks(items: Iterable[ItemT]) -> Iterator[list[ItemT]]:
    """`items` in lists that one statement may name (SQLite takes 32,766 parameters)."""
    left = iter(items)
    while some := list(islice(left, CHUNK)):
        yield some
