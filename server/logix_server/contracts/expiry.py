"""The endings of every installation, read in a few queries: to be listed, and to be reminded of."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from logix_server.contracts.decisions.endings import Ending, endings
from logix_server.contracts.decisions.terms import Circumstances, ContractFacts
from logix_server.contracts.queries import facts_of_installations, releases_of, version_circumstances
from logix_server.fleet.facts import StandingUnit
from logix_server.fleet.queries import installed_versions, units_standing


@dataclass(frozen=True)
class Standing:
    """What stands at a place, what was bought for it, and which version it runs."""

    unit: StandingUnit
    facts: ContractFacts
    circumstances: Circumstances


@dataclass(frozen=True)
class Expiry:
    """Something that ends at a place in `days_left` days; 0 = today is the last one."""

    unit: StandingUnit
    ending: Ending
    days_left: int


def standing_places(*, customer: str = "", installation_id: int | None = None) -> Iterator[Standing]:
    """Every place with a unit in service, with its facts as known now."""
    units = units_standing(customer=customer, installation_id=installation_id)
    facts = facts_of_installations({unit.installation_id: unit.model for unit in units})
    releases = releases_of({unit.model for unit in units})
    versions = installed_versions([unit.unit_id for unit in units if unit.model in releases])
    running = {(unit.model, versions[unit.unit_id]) for unit in units if unit.unit_id in versions}
    told = {(model, version): version_circumstances(version, releases[model]) for model, version in running}
    for unit in units:
        circumstances = told.get((unit.model, versions.get(unit.unit_id, "")), Circumstances())
        yield Standing(unit, facts[unit.installation_id], circumstances)


def expiring(today: date, within_days: int, *, customer: str = "") -> list[Expiry]:
    """What ends from `today` on within so many days and is not renewed, soonest first."""
    last = today + timedelta(days=within_days)
    found = [
        Expiry(place.unit, ending, (ending.last_day - today).days)
        for place in standing_places(customer=customer)
        for ending in endings(place.facts, today, last, place.circumstances)
    ]
    return sorted(found, key=lambda one: (one.days_left, one.unit.customer, one.unit.serial))
