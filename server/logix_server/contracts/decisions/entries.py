"""May this be recorded of an installation? The facts so far and an entry in, the facts with it out. Pure.

An entry that tells of the past is judged at the day it holds from, one that begins later at the day it
is recorded: what was sold rightly then stays sold.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Final

from logix_common.errors import InvalidInput

from logix_server.contracts.decisions import coverage, terms
from logix_server.contracts.decisions.coverage import Action
from logix_server.contracts.decisions.terms import (
    ContractFacts,
    Hardware,
    Ownership,
    Package,
    PackageTerm,
    PatchException,
    Term,
)

PACKAGE_YEARS: Final = (1, 3)  # SUP-2
MAX_RENEWAL_YEARS: Final = 10
#: A typing error lies outside; so no sum of years leaves the calendar.
FIRST_DAY: Final = date(1990, 1, 1)
LAST_DAY: Final = date(2199, 12, 31)
#: Reading 7 knows single exceptions, not another way to go without the update service.
LONGEST_EXCEPTION: Final = timedelta(days=366)
MAX_WHY: Final = 500


@dataclass(frozen=True)
class Bought:
    """The product was bought."""

    purchased_on: date
    hardware: Hardware


@dataclass(frozen=True)
class Renewed:
    """The update service was renewed (UPD-1)."""

    starts_on: date
    years: int


@dataclass(frozen=True)
class PackageBought:
    """A support package was bought (SUP-2)."""

    package: Package
    starts_on: date
    years: int


@dataclass(frozen=True)
class Extended:
    """The Extended Hardware Warranty was bought (WAR-2)."""

    starts_on: date


@dataclass(frozen=True)
class HandedOver:
    """From this day on the hardware is `hardware`'s (WAR-3)."""

    starts_on: date
    hardware: Hardware


@dataclass(frozen=True)
class Excepted:
    """A vendor manager's exception for security patches (Reading 7)."""

    starts_on: date
    last_day: date
    why: str
    granted_by: str


Entry = Bought | Renewed | PackageBought | Extended | HandedOver | Excepted


def admit(facts: ContractFacts, entry: Entry, today: date) -> ContractFacts:
    """The facts once `entry` is recorded on `today`. Raises `InvalidInput` naming field, reason, clause."""
    match entry:
        case Bought():
            return _bought(facts, entry, today)
        case Renewed():
            return _renewed(facts, entry)
        case PackageBought():
            return _package(facts, entry, today)
        case Extended():
            return _extended(facts, entry, today)
        case HandedOver():
            return _handed_over(facts, entry)
        case Excepted():
            return _excepted(facts, entry, today)


def plausible(field: str, day: date) -> date:
    """`day` itself. Raises `InvalidInput` where it can only be a typing error."""
    if not FIRST_DAY <= day <= LAST_DAY:
        raise InvalidInput(field, f"expected a day from {FIRST_DAY} to {LAST_DAY}, got {day}")
    return day


def said(field: str, text: str) -> str:
    """`text` without white space around it. Raises `InvalidInput` where it says nothing or too much."""
    text = text.strip()
    if not 0 < len(text) <= MAX_WHY or not text.isprintable():
        raise InvalidInput(field, f"expected 1 to {MAX_WHY} characters on one line")
    return text


def _bought(facts: ContractFacts, entry: Bought, today: date) -> ContractFacts:
    day = plausible("purchased_on", entry.purchased_on)
    if day > today:
        raise InvalidInput("purchased_on", f"{day} is in the future")
    if facts.purchased_on is not None and day <= facts.purchased_on:
        raise InvalidInput(
            "purchased_on", f"a purchase of {facts.purchased_on} is on record; withdraw that one first"
        )
    # What was extended or handed over belonged to the product bought before.
    return replace(facts, purchased_on=day, hardware=entry.hardware, extended_warranty=False, ownership=())


def _renewed(facts: ContractFacts, entry: Renewed) -> ContractFacts:
    if not 1 <= entry.years <= MAX_RENEWAL_YEARS:
        raise InvalidInput("years", f"expected 1 to {MAX_RENEWAL_YEARS} years, got {entry.years}")
    _since_purchase(facts, entry.starts_on)
    term = Term(entry.starts_on, entry.years)
    if term in facts.update_renewals:
        raise InvalidInput("starts_on", f"a renewal from {term.starts_on} for {term.years} is on record")
    return replace(facts, update_renewals=(*facts.update_renewals, term))


def _package(facts: ContractFacts, entry: PackageBought, today: date) -> ContractFacts:
    if entry.years not in PACKAGE_YEARS:
        raise InvalidInput("years", f"packages are sold for 1 or 3 years (SUP-2), not {entry.years}")
    _since_purchase(facts, entry.starts_on)
    term = PackageTerm(entry.starts_on, entry.years, entry.package)
    if term in facts.packages:
        raise InvalidInput(
            "package", f"{entry.package.value} from {term.starts_on} for {term.years} is on record"
        )
    _sold(facts, Action.SELL_SUPPORT, "package", min(entry.starts_on, today))
    return replace(facts, packages=(*facts.packages, term))


def _extended(facts: ContractFacts, entry: Extended, today: date) -> ContractFacts:
    _since_purchase(facts, entry.starts_on)
    if facts.extended_warranty:
        raise InvalidInput("warranty", "is extended already (WAR-2)")
    _sold(facts, Action.SELL_EXTENDED_WARRANTY, "warranty", min(entry.starts_on, today))
    return replace(facts, extended_warranty=True)


def _handed_over(facts: ContractFacts, entry: HandedOver) -> ContractFacts:
    bought = _since_purchase(facts, entry.starts_on)
    if entry.starts_on == bought:
        raise InvalidInput("starts_on", f"the purchase of {bought} says whose hardware it is on that day")
    if any(change.starts_on == entry.starts_on for change in facts.ownership):
        raise InvalidInput("starts_on", f"a change of ownership on {entry.starts_on} is on record")
    if terms.as_on(facts, entry.starts_on).hardware is entry.hardware:
        raise InvalidInput(
            "hardware", f"is {entry.hardware.value}'s on {entry.starts_on} already; nothing changes"
        )
    change = Ownership(entry.starts_on, entry.hardware)
    return replace(facts, ownership=(*facts.ownership, change))


def _excepted(facts: ContractFacts, entry: Excepted, today: date) -> ContractFacts:
    plausible("starts_on", entry.starts_on)
    plausible("last_day", entry.last_day)
    said("why", entry.why)
    said("granted_by", entry.granted_by)
    if entry.last_day < max(entry.starts_on, today):
        raise InvalidInput("last_day", f"{entry.last_day} is over before the exception begins (Reading 7)")
    if entry.last_day - entry.starts_on > LONGEST_EXCEPTION:
        raise InvalidInput("last_day", f"expected at most a year after {entry.starts_on} (Reading 7)")
    exception = PatchException(entry.starts_on, entry.last_day)
    if exception in facts.patch_exceptions:
        raise InvalidInput(
            "last_day", f"an exception from {entry.starts_on} to {entry.last_day} is on record"
        )
    return replace(facts, patch_exceptions=(*facts.patch_exceptions, exception))


def _since_purchase(facts: ContractFacts, starts_on: date) -> date:
    plausible("starts_on", starts_on)
    bought = facts.purchased_on
    if bought is None:
        raise InvalidInput("purchased_on", "no purchase is on record; record it first")
    if starts_on < bought:
        raise InvalidInput("starts_on", f"{starts_on} lies before the purchase of {bought}")
    return bought


def _sold(facts: ContractFacts, action: Action, field: str, day: date) -> None:
    decision = coverage.decide(terms.as_on(facts, day), action, terms.start_of(day))
    if not decision.allowed:
        why = decision.reasons[0]
        raise InvalidInput(field, f"{why.message % why.parameters} ({', '.join(decision.clauses)}; on {day})")
