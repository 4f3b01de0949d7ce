"""Contract facts of an installation, read from the append-only rows; `known_at` asks what we knew then.

`known_at` None means now. A row that was recorded later, or withdrawn by then, was not known.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final, NamedTuple

from django.db.models import CharField, F, PositiveSmallIntegerField, QuerySet, Value

from logix_server.contracts.ledger import INSTALLATION_FACTS, Kind, standing
from logix_server.contracts.models import ProductLifecycle, ProductVendor, VersionRelease
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

#: Installations a statement; with six tables in one, SQLite takes no more parameters (32,766).
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

    Three queries for all that fit into a chunk.
    """
    facts: dict[int, ContractFacts] = {}
    for ids in _chunks(list(models)):
        rows = _rows(ids, known_at)
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


#: Of each table the day it holds from, a name, a number and another day, so that all are read as one.
_COLUMNS: Final[dict[Kind, tuple[str, str, str, str]]] = {
    Kind.PURCHASE: ("purchased_on", "hardware", "", ""),
    Kind.RENEWAL: ("starts_on", "", "years", ""),
    Kind.PACKAGE: ("starts_on", "package", "years", ""),
    Kind.EXTENSION: ("starts_on", "", "", ""),
    Kind.OWNERSHIP: ("starts_on", "hardware", "", ""),
    Kind.EXCEPTION: ("starts_on", "", "", "last_day"),
}


class _Row(NamedTuple):
    """One fact, of whichever table."""

    installation_id: int
    recorded_at: datetime
    id: int
    kind: str
    day: date
    name: str
    number: int
    other_day: date


_Rows = Mapping[tuple[int, str], Sequence[_Row]]


def _rows(ids: Sequence[int], known_at: datetime | None) -> _Rows:
    """The facts of each installation and kind, in the order of recording; one query."""
    tables = [_table(kind, ids, known_at) for kind in _COLUMNS]
    found: defaultdict[tuple[int, str], list[_Row]] = defaultdict(list)
    for row in sorted(map(_Row._make, tables[0].union(*tables[1:], all=True)), key=lambda one: one[1:3]):
        found[row.installation_id, row.kind].append(row)
    return found


def _table(kind: Kind, ids: Sequence[int], known_at: datetime | None) -> QuerySet[Any, Any]:
    day, name, number, other_day = _COLUMNS[kind]
    rows = standing(INSTALLATION_FACTS[kind], known_at).filter(installation_id__in=ids).order_by()
    told = rows.annotate(
        kind=Value(kind.value, CharField()),
        day=F(day),
        name=F(name) if name else Value("", CharField()),
        number=F(number) if number else Value(0, PositiveSmallIntegerField()),
        other_day=F(other_day or day),
    )
    return told.values_list(
        "installation_id", "recorded_at", "id", "kind", "day", "name", "number", "other_day"
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
        days = announced.values_list("model", "end_of_sale_on", "end_of_life_on")
        # The newest comes last and stays.
        return cls(
            {model: (end_of_sale_on, end_of_life_on) for model, end_of_sale_on, end_of_life_on in days},
            {model: Vendor(vendor) for model, vendor in vendors.values_list("model", "vendor")},
        )


def _facts(installation_id: int, model: str, all_rows: _Rows, products: _Products) -> ContractFacts:
    def rows(kind: Kind) -> Sequence[_Row]:
        return all_rows.get((installation_id, kind.value), ())

    purchases = rows(Kind.PURCHASE)
    purchased_on = purchases[-1].day if purchases else None
    ownership = tuple(
        Ownership(row.day, Hardware(row.name))
        for row in rows(Kind.OWNERSHIP)
        if purchased_on is not None and row.day > purchased_on
    )
    # An extension is of the hardware of its day: a later one of ours has a warranty of its own.
    since = max((one.starts_on for one in ownership if one.hardware is Hardware.LOGIX), default=purchased_on)
    end_of_sale_on, end_of_life_on = products.lifecycles.get(model, (None, None))
    return ContractFacts(
        purchased_on=purchased_on,
        hardware=Hardware(purchases[-1].name) if purchases else Hardware.LOGIX,
        vendor=products.vendors.get(model, Vendor.LOGIX),
        update_renewals=tuple(Term(row.day, row.number) for row in rows(Kind.RENEWAL)),
        packages=tuple(PackageTerm(row.day, row.number, Package(row.name)) for row in rows(Kind.PACKAGE)),
        extended_warranty=any(since is None or row.day >= since for row in rows(Kind.EXTENSION)),
        end_of_sale_on=end_of_sale_on,
        end_of_life_on=end_of_life_on,
        patch_exceptions=tuple(PatchException(row.day, row.other_day) for row in rows(Kind.EXCEPTION)),
        ownership=ownership,
    )


def _chunks(ids: list[int]) -> Iterator[list[int]]:
    for start in range(0, len(ids), CHUNK):
        yield ids[start : start + CHUNK]
