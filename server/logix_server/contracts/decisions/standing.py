"""What a contract gives on a day, line by line, with clauses: for people who look it up. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from logix_server.contracts.decisions import terms
from logix_server.contracts.decisions.terms import ContractFacts, Hardware


@dataclass(frozen=True)
class Line:
    """One thing and its state. `until`: the last day on which that is so; None = open-ended."""

    what: str
    state: str  # running, suspended, ended, none, not yet, announced
    until: date | None
    clauses: tuple[str, ...]


def standing(facts: ContractFacts, at: datetime) -> list[Line]:
    """The state of package, update service, warranty and life cycle at the moment `at`."""
    day = terms.local_day(at)
    facts = terms.as_on(facts, day)
    return [_package(facts, day), _updates(facts, day), _warranty(facts, day), *_lifecycle(facts, day)]


def _package(facts: ContractFacts, day: date) -> Line:
    package = terms.running_package(facts, day)
    if package is None:
        ended = [term.last_day for term in terms.package_terms(facts) if term.last_day < day]
        return Line("support package", "ended" if ended else "none", max(ended, default=None), ("SUP-1",))
    name = f"support package {package.package.value}"
    if terms.suspended(facts, day):
        return Line(name, "suspended", package.last_day, ("UPD-5",))
    return Line(name, "running", package.last_day, ("SUP-1",) if package.free else ("SUP-2",))


def _updates(facts: ContractFacts, day: date) -> Line:
    until = terms.update_service_until(facts, day)
    if until is not None:
        return Line("update service", "running", until, ("UPD-1", "UPD-2"))
    ended = [term.last_day for term in terms.update_terms(facts) if term.last_day < day]
    return Line("update service", "ended" if ended else "none", max(ended, default=None), ("UPD-3",))


def _warranty(facts: ContractFacts, day: date) -> Line:
    if facts.hardware is Hardware.CUSTOMER:
        return Line("hardware warranty", "none", None, ("WAR-3",))
    if terms.end_of_life(facts, day):
        return Line("hardware warranty", "ended", None, ("WAR-9",))
    until = terms.warranty_until(facts)
    if until is None:
        return Line("hardware warranty", "none", None, ("WAR-1",))
    name = "hardware warranty, extended" if facts.extended_warranty else "hardware warranty"
    clauses = ("WAR-1", "WAR-2") if facts.extended_warranty else ("WAR-1",)
    if terms.warranty_runs(facts, day):
        return Line(name, "running", until, clauses)
    return Line(name, "ended" if day > until else "not yet", until, clauses[-1:])


def _lifecycle(facts: ContractFacts, day: date) -> Iterator[Line]:
    if facts.end_of_sale_on is not None:
        state = "reached" if terms.end_of_sale(facts, day) else "announced"
        yield Line("end of sale", state, facts.end_of_sale_on, ("LIF-2",))
    if facts.end_of_life_on is not None:
        state = "reached" if terms.end_of_life(facts, day) else "announced"
        yield Line("end of life", state, facts.end_of_life_on, ("LIF-3", "WAR-9"))
