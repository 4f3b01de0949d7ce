"""Contract facts of an installation, read from the append-only rows; `known_at` asks what we knew then.

`known_at` None means now. A row that was recorded later, or withdrawn by then, was not known.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Final

from logix_server.contracts.decisions.terms import (
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
from logix_server.contracts.decisions.versions import Release, release_of, successor_of
from logix_server.contracts.fact_rows import FactRow, rows_of_installations, rows_of_models
from logix_server.contracts.ledger import Kind, standing
from logix_server.contracts.models import VersionRelease

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

    Two queries for all that fit into a chunk.
    """
    facts: dict[int, ContractFacts] = {}
    for ids in _chunks(list(models)):
        rows = _grouped(rows_of_installations(ids, known_at))
        products = _grouped(rows_of_models(sorted({models[one] for one in ids}), known_at))
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


_Rows = Mapping[tuple[int | str, str], Sequence[FactRow]]


def _grouped(rows: Iterable[FactRow]) -> _Rows:
    found: defaultdict[tuple[int | str, str], list[FactRow]] = defaultdict(list)
    for row in rows:
        found[row.of, row.kind].append(row)
    return found


def _facts(installation_id: int, model: str, all_rows: _Rows, products: _Rows) -> ContractFacts:
    def rows(kind: Kind) -> Iterator[tuple[date, FactRow]]:
        for row in all_rows.get((installation_id, kind.value), ()):
            if row.day is not None:
                yield row.day, row

    # Of a purchase, an announcement and a vendor the newest counts.
    purchases = list(rows(Kind.PURCHASE))
    purchased_on, bought = next(reversed(purchases), (None, None))
    ownership = tuple(
        Ownership(day, Hardware(row.name))
        for day, row in rows(Kind.OWNERSHIP)
        if purchased_on is not None and day > purchased_on
    )
    # An extension is of the hardware of its day: a later one of ours has a warranty of its own.
    # What was extended before the one purchase that stands was so before its day was put right.
    since = max((one.starts_on for one in ownership if one.hardware is Hardware.LOGIX), default=purchased_on)
    first = min((day for day, _ in purchases), default=None)
    lifecycle = products.get((model, Kind.LIFECYCLE.value))
    vendor = products.get((model, Kind.VENDOR.value))
    return ContractFacts(
        purchased_on=purchased_on,
        hardware=Hardware(bought.name) if bought else Hardware.LOGIX,
        vendor=Vendor(vendor[-1].name) if vendor else Vendor.LOGIX,
        update_renewals=tuple(Term(day, row.number) for day, row in rows(Kind.RENEWAL)),
        packages=tuple(PackageTerm(day, row.number, Package(row.name)) for day, row in rows(Kind.PACKAGE)),
        extended_warranty=any(
            since is None or since == first or day >= since for day, _ in rows(Kind.EXTENSION)
        ),
        end_of_sale_on=lifecycle[-1].day if lifecycle else None,
        end_of_life_on=lifecycle[-1].other_day if lifecycle else None,
        patch_exceptions=tuple(
            PatchException(day, row.other_day or day) for day, row in rows(Kind.EXCEPTION)
        ),
        ownership=ownership,
    )


def _chunks(ids: list[int]) -> Iterator[list[int]]:
    for start in range(0, len(ids), CHUNK):
        yield ids[start : start + CHUNK]
