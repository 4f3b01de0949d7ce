"""What runs on a day: packages, update service, warranty, life cycle. Pure.

Terms are counted in days of Europe/Istanbul (Reading 8): a service bought on a day for N years runs from
the start of that day to the end of the same calendar day N years later.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

ISTANBUL: Final = ZoneInfo("Europe/Istanbul")

WARRANTY_YEARS: Final = 2
RETIRED_AFTER_YEARS: Final = 1  # a version, counted from its successor's release (UPD-7)
EXTENDED_WARRANTY_YEARS: Final = 4


class Package(StrEnum):
    """The support packages, low to high (Reading 18: the highest counts)."""

    TEMEL = "temel"
    STANDART = "standart"
    PROFESYONEL = "profesyonel"


RANK: Final = {package: rank for rank, package in enumerate(Package)}


class Vendor(StrEnum):
    """Whose product it is (SUP-3)."""

    LOGIX = "logix"
    OTHER = "other"


class Hardware(StrEnum):
    """Who supplied the hardware (WAR-3)."""

    LOGIX = "logix"
    CUSTOMER = "customer"


@dataclass(frozen=True)
class Term:
    """A service bought on `starts_on` for whole `years`."""

    starts_on: date
    years: int

    @property
    def last_day(self) -> date:
        """The last day on which it runs, inclusive."""
        return anniversary(self.starts_on, self.years)

    def runs_on(self, day: date) -> bool:
        """Whether it runs on `day`."""
        return self.starts_on <= day <= self.last_day


@dataclass(frozen=True)
class PackageTerm(Term):
    """A support package for a term; `free` is the first year's Temel (SUP-1)."""

    package: Package
    free: bool = False


@dataclass(frozen=True)
class PatchException:
    """A vendor manager's single exception: security patches without the update service (Reading 7).

    It holds from the start of `starts_on` to the end of `last_day`, both days of Istanbul.
    """

    starts_on: date
    last_day: date

    def runs_on(self, day: date) -> bool:
        """Whether it holds on `day`."""
        return self.starts_on <= day <= self.last_day


@dataclass(frozen=True)
class Ownership:
    """From the start of `starts_on` on the hardware is of another hand than at the purchase (WAR-3)."""

    starts_on: date
    hardware: Hardware


class FaultCause(StrEnum):
    """What a fault was caused by (Reading 16); all but `defect` are outside the warranty (WAR-5)."""

    DEFECT = "defect"
    HOST_SYSTEM = "host_system"
    NETWORK = "network"
    ELECTRICAL = "electrical"
    SOFTWARE = "software"
    MALWARE = "malware"  # intrusion too
    USER_ERROR = "user_error"
    DATA_LOSS = "data_loss"
    BREAKAGE = "breakage"
    NATURAL_DISASTER = "natural_disaster"


@dataclass(frozen=True)
class Circumstances:
    """What beside the contract bears on a question. Each default is what holds while nothing is known.

    `access_opened` False: the customer has not opened remote access (SUP-5, Reading 9).
    `remote_possible` True: the appliance can be reached, so that SUP-5 asks for that access (Reading 18).
    `fault_cause` None: not yet known, which bars nothing (Reading 16).
    `fault_confirmed` False: no engineer has confirmed the fault (WAR-7).
    `version_released_on`, `successor_released_on` None: the installed version has no successor (UPD-7).
    """

    access_opened: bool = False
    remote_possible: bool = True
    fault_cause: FaultCause | None = None
    fault_confirmed: bool = False
    version_released_on: date | None = None
    successor_released_on: date | None = None


@dataclass(frozen=True)
class ContractFacts:
    """All that was bought for one installation, and its product's life cycle.

    `purchased_on` None: no purchase is on record, so nothing follows from one. `hardware` is whose it was
    at the purchase; `ownership` tells what changed since, and `as_on` puts the two together for a day.
    `hardware_since`: the day from which the hardware's warranty counts where that is not the purchase.
    """

    purchased_on: date | None
    hardware: Hardware = Hardware.LOGIX
    vendor: Vendor = Vendor.LOGIX
    update_renewals: tuple[Term, ...] = ()
    packages: tuple[PackageTerm, ...] = ()
    extended_warranty: bool = False
    end_of_sale_on: date | None = None
    end_of_life_on: date | None = None
    patch_exceptions: tuple[PatchException, ...] = ()
    ownership: tuple[Ownership, ...] = ()
    hardware_since: date | None = None


def as_on(facts: ContractFacts, day: date) -> ContractFacts:
    """The facts as they bear on `day`: whose hardware stands there then, and since when.

    Ours that took the place of a customer's brings a warranty of its own, from its own first day (WAR-1).
    """
    changes = [change for change in facts.ownership if change.starts_on <= day]
    if not changes:
        return facts
    last = max(changes, key=lambda change: change.starts_on)
    return replace(facts, hardware=last.hardware, hardware_since=last.starts_on)


def anniversary(day: date, years: int) -> date:
    """The same calendar day `years` later; 29 February becomes 28 where the later year has none."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)


def local_day(at: datetime) -> date:
    """The calendar day in Istanbul at the moment `at`."""
    return at.astimezone(ISTANBUL).date()


def start_of(day: date) -> datetime:
    """00:00 of `day` in Istanbul, in UTC."""
    return datetime.combine(day, time.min, ISTANBUL).astimezone(UTC)


def end_of(day: date) -> datetime:
    """The first instant after `day`, in UTC."""
    return start_of(day + timedelta(days=1))


def package_terms(facts: ContractFacts) -> Iterator[PackageTerm]:
    """The first year's free Temel (SUP-1, Reading 14), then what was bought."""
    if facts.purchased_on is not None:
        yield PackageTerm(facts.purchased_on, 1, Package.TEMEL, free=True)
    yield from facts.packages


def update_terms(facts: ContractFacts) -> Iterator[Term]:
    """The first year's update service (UPD-1, Reading 14), then the renewals."""
    if facts.purchased_on is not None:
        yield Term(facts.purchased_on, 1)
    yield from facts.update_renewals


def running_package(facts: ContractFacts, day: date) -> PackageTerm | None:
    """The highest package within its term on `day`, suspended or not (Reading 18).

    Of several alike the one that runs longest.
    """
    running = [term for term in package_terms(facts) if term.runs_on(day)]
    return max(running, key=lambda term: (RANK[term.package], term.last_day), default=None)


def update_service_runs(facts: ContractFacts, day: date) -> bool:
    """Whether the update service runs on `day` (UPD-1)."""
    return any(term.runs_on(day) for term in update_terms(facts))


def update_service_until(facts: ContractFacts, day: date) -> date | None:
    """The last day of unbroken update service from `day` on, None when it does not run on `day`."""
    return _unbroken(update_terms(facts), day)


def suspended(facts: ContractFacts, day: date) -> bool:
    """Whether a package is within its term but held back for want of the update service (UPD-5)."""
    return running_package(facts, day) is not None and not update_service_runs(facts, day)


def warranty_from(facts: ContractFacts) -> date | None:
    """The day from which the hardware's warranty counts, ours or not; None where nothing was bought."""
    return None if facts.purchased_on is None else facts.hardware_since or facts.purchased_on


def warranty_until(facts: ContractFacts) -> date | None:
    """The last day of the hardware warranty (WAR-1, WAR-2); None where there never was one (WAR-3)."""
    since = warranty_from(facts)
    if since is None or facts.hardware is not Hardware.LOGIX:
        return None
    return anniversary(since, EXTENDED_WARRANTY_YEARS if facts.extended_warranty else WARRANTY_YEARS)


def warranty_clause(facts: ContractFacts, day: date) -> str:
    """The clause that the warranty of `day` rests on: WAR-2 once the first two years are over."""
    since = warranty_from(facts)
    if since is None or not facts.extended_warranty:
        return "WAR-1"
    return "WAR-2" if day > anniversary(since, WARRANTY_YEARS) else "WAR-1"


def warranty_in_term(facts: ContractFacts, day: date) -> bool:
    """Whether `day` lies within the warranty's years, whatever the product's life cycle says."""
    since, until = warranty_from(facts), warranty_until(facts)
    return since is not None and until is not None and since <= day <= until


def warranty_runs(facts: ContractFacts, day: date) -> bool:
    """Whether the hardware is under warranty on `day`: within its years, and not past its life (WAR-9)."""
    return warranty_in_term(facts, day) and not end_of_life(facts, day)


def end_of_life(facts: ContractFacts, day: date) -> bool:
    """Whether the product is past its end of life on `day` (LIF-3); it holds from 00:00 of its day.

    Until one is announced its life goes on (LIF-1): whether spare parts and performance suffice is judged by
    people.
    """
    return facts.end_of_life_on is not None and day >= facts.end_of_life_on


def end_of_sale(facts: ContractFacts, day: date) -> bool:
    """Whether the product is no longer sold on `day` (LIF-2)."""
    return facts.end_of_sale_on is not None and day >= facts.end_of_sale_on


def patch_exception(facts: ContractFacts, day: date) -> PatchException | None:
    """The exception of Reading 7 that holds on `day`; of several the one that lasts longest."""
    running = [exception for exception in facts.patch_exceptions if exception.runs_on(day)]
    return max(running, key=lambda exception: exception.last_day, default=None)


def version_supported_until(circumstances: Circumstances) -> date | None:
    """The last day on which the installed version is supported (UPD-7); None: it has no successor."""
    if circumstances.successor_released_on is None:
        return None
    return anniversary(circumstances.successor_released_on, RETIRED_AFTER_YEARS)


def boundaries(
    facts: ContractFacts, after: datetime, circumstances: Circumstances | None = None
) -> list[datetime]:
    """Every instant later than `after` at which something in the facts begins or ends, ascending."""
    instants: set[datetime] = set()
    for exception in facts.patch_exceptions:
        instants |= {start_of(exception.starts_on), end_of(exception.last_day)}
    retired = version_supported_until(circumstances) if circumstances is not None else None
    if retired is not None:
        instants.add(end_of(retired))
    for term in (*package_terms(facts), *update_terms(facts)):
        instants |= {start_of(term.starts_on), end_of(term.last_day)}
    changed = [change.starts_on for change in facts.ownership]
    instants |= {start_of(day) for day in changed}
    for day in (facts.purchased_on, *changed):
        if day is not None:
            instants.add(end_of(anniversary(day, WARRANTY_YEARS)))
            instants.add(end_of(anniversary(day, EXTENDED_WARRANTY_YEARS)))
    instants |= {start_of(day) for day in (facts.end_of_sale_on, facts.end_of_life_on) if day is not None}
    return sorted(instant for instant in instants if instant > after)


def _unbroken(terms: Iterator[Term], day: date) -> date | None:
    until: date | None = None
    for term in sorted(terms, key=lambda term: term.starts_on):
        reach = day if until is None else until + timedelta(days=1)
        if term.starts_on <= reach and term.last_day >= day:
            until = term.last_day if until is None else max(until, term.last_day)
    return until
