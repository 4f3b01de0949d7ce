"""What ends for an installation within a span of days, and is not renewed. Pure.

What goes on without a break is no ending: a package followed by one as high, an update service renewed.
Of what the product's end of life (LIF-3) ends before its own time, only that is told.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from logix_server.contracts.decisions import terms
from logix_server.contracts.decisions.terms import RANK, Circumstances, ContractFacts, Package, Term, Vendor

_DAY = timedelta(days=1)


class What(StrEnum):
    """What ends."""

    UPDATES = "update service"
    TEMEL = "package temel"
    STANDART = "package standart"
    PROFESYONEL = "package profesyonel"
    WARRANTY = "hardware warranty"
    END_OF_SALE = "sale"
    END_OF_LIFE = "life"
    VERSION = "version"


_PACKAGES = {
    Package.TEMEL: What.TEMEL,
    Package.STANDART: What.STANDART,
    Package.PROFESYONEL: What.PROFESYONEL,
}
#: What the vendor announces; everything else is what a customer renews.
LIFE_CYCLE = frozenset({What.END_OF_SALE, What.END_OF_LIFE, What.VERSION})


@dataclass(frozen=True)
class Ending:
    """`last_day`: the last day on which it runs, inclusive; `clauses`: the deciding one first."""

    what: What
    last_day: date
    clauses: tuple[str, ...]


def endings(
    facts: ContractFacts, first: date, last: date, circumstances: Circumstances | None = None
) -> list[Ending]:
    """What has its last day in [first, last], soonest first. `circumstances` tell of the version."""
    if facts.vendor is not Vendor.LOGIX:
        return []  # SUP-3: nothing of ours runs
    found = [
        *_updates(facts),
        *_packages(facts),
        *_warranty(facts, first),
        *_announced(facts),
        *_version(circumstances),
    ]
    life = facts.end_of_life_on
    return sorted(
        (
            one
            for one in found
            if first <= one.last_day <= last
            and (life is None or one.last_day < life - _DAY or one.what is What.END_OF_LIFE)
        ),
        key=lambda one: (one.last_day, list(What).index(one.what)),
    )


def _updates(facts: ContractFacts) -> Iterator[Ending]:
    for day in _breaks(terms.update_terms(facts)):
        yield Ending(What.UPDATES, day, ("UPD-3", "UPD-5", "UPD-1"))


def _packages(facts: ContractFacts) -> Iterator[Ending]:
    """Each package where nothing as high follows it; of several that end together the highest."""
    owned = list(terms.package_terms(facts))
    highest: dict[date, Package] = {}
    for package in Package:
        as_high = [term for term in owned if RANK[term.package] >= RANK[package]]
        ends = {term.last_day for term in owned if term.package is package}
        highest |= {day: package for day in _breaks(as_high) if day in ends}
    free = {term.last_day for term in owned if term.free}
    for day, package in highest.items():
        first_year = package is Package.TEMEL and day in free
        yield Ending(_PACKAGES[package], day, ("SUP-1",) if first_year else ("SUP-2",))


def _warranty(facts: ContractFacts, day: date) -> Iterator[Ending]:
    facts = terms.as_on(facts, day)
    until = terms.warranty_until(facts)
    if until is not None:
        yield Ending(What.WARRANTY, until, ("WAR-2" if facts.extended_warranty else "WAR-1",))


def _announced(facts: ContractFacts) -> Iterator[Ending]:
    if facts.end_of_sale_on is not None:
        yield Ending(What.END_OF_SALE, facts.end_of_sale_on - _DAY, ("LIF-2", "LIF-4"))
    if facts.end_of_life_on is not None:
        yield Ending(What.END_OF_LIFE, facts.end_of_life_on - _DAY, ("LIF-3", "WAR-9", "LIF-4"))


def _version(circumstances: Circumstances | None) -> Iterator[Ending]:
    until = terms.version_supported_until(circumstances) if circumstances is not None else None
    if until is not None:
        yield Ending(What.VERSION, until, ("UPD-7", "LIF-4"))


def _breaks(owned: Iterable[Term]) -> list[date]:
    """The last days after which nothing of `owned` runs on the day that follows."""
    found: list[date] = []
    for term in sorted(owned, key=lambda term: term.starts_on):
        if found and term.starts_on <= found[-1] + _DAY:
            found[-1] = max(found[-1], term.last_day)
        else:
            found.append(term.last_day)
    return found
