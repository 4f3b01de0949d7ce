"""What is on record and what an import would make of it, as plain values. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any, Final

from logix_server.contracts.decisions.terms import ContractFacts, PackageTerm, Term, Vendor
from logix_server.contracts.imports.devices import Place

NOTHING_BOUGHT: Final = ContractFacts(purchased_on=None)


@dataclass(frozen=True)
class KnownCompany:
    """An organisation on record."""

    name: str
    kind: str
    email: str
    language: str
    dealer: str


@dataclass(frozen=True)
class KnownUnit:
    """A unit on record."""

    serial: str
    model: str
    place: Place
    in_service: bool


@dataclass(frozen=True)
class KnownPlace:
    """An installation on record, its unit in service, and what holds there.

    The ids are those of the facts that stand, by what they say; `contracts.decisions.entries` knows no ids.
    """

    name: Place
    occupant: str | None = None
    facts: ContractFacts = NOTHING_BOUGHT
    purchase_id: int | None = None
    package_ids: Mapping[PackageTerm, int] = field(default_factory=dict)
    renewal_ids: Mapping[Term, int] = field(default_factory=dict)
    extension_ids: Mapping[date, int] = field(default_factory=dict)


@dataclass(frozen=True)
class KnownModel:
    """What is announced of a product model."""

    vendor: Vendor = Vendor.LOGIX
    end_of_sale_on: date | None = None
    end_of_life_on: date | None = None


@dataclass(frozen=True)
class State:
    """All on record that a file touches. Organisations are all there, units and places those it names."""

    companies: Mapping[str, KnownCompany]
    places: Mapping[Place, KnownPlace]
    units: Mapping[str, KnownUnit]
    models: Mapping[str, KnownModel]


class What(StrEnum):
    """The tables that an import writes, as they are counted."""

    DEALERS = "dealers"
    CUSTOMERS = "customers"
    INSTALLATIONS = "installations"
    UNITS = "units"
    MODELS = "models"
    PURCHASES = "purchases"
    PACKAGES = "packages"
    RENEWALS = "update_renewals"
    EXTENSIONS = "warranty_extensions"


@dataclass(frozen=True)
class Change:
    """One row to be written. `fields`: its values; `before`: what they were, for one that is there.

    `replaces`: the fact that is withdrawn for it, which is never changed in its place.
    """

    what: What
    name: str
    fields: Mapping[str, Any]
    before: Mapping[str, Any] | None = None
    place: Place | None = None
    replaces: int | None = None


@dataclass
class Plan:
    """What an import does, in the order in which it is written, and what it leaves as it is."""

    changes: list[Change] = field(default_factory=list)
    unchanged: Counter[What] = field(default_factory=Counter)

    def of(self, *kinds: What, new: bool) -> list[Change]:
        """The rows of some tables to be added, or (`new` False) to be changed."""
        return [one for one in self.changes if one.what in kinds and (one.before is None) == new]

    def counts(self) -> dict[str, dict[str, int]]:
        """Per table: created, changed, unchanged."""
        found = Counter((one.what, one.before is None) for one in self.changes)
        return {
            what.value: {
                "created": found[what, True],
                "changed": found[what, False],
                "unchanged": self.unchanged[what],
            }
            for what in What
        }
