"""The facts of a question on its day, as every bar and every grant looks at them. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cached_property

from logix_server.contracts.decisions import terms
from logix_server.contracts.decisions.terms import Circumstances, ContractFacts, Hardware, PackageTerm, Vendor


@dataclass(frozen=True)
class Situation:
    """What holds on `day`, a day of Istanbul; `office_open`: whether it is working time (Reading 4)."""

    facts: ContractFacts
    circumstances: Circumstances
    day: date
    office_open: bool

    @cached_property
    def ours(self) -> bool:
        """Whether it is a Logix product (SUP-3)."""
        return self.facts.vendor is Vendor.LOGIX

    @cached_property
    def customers_hardware(self) -> bool:
        """Whether the customer supplied the hardware (WAR-3)."""
        return self.facts.hardware is Hardware.CUSTOMER

    @cached_property
    def package(self) -> PackageTerm | None:
        """The highest package within its term, suspended or not (Reading 18)."""
        return terms.running_package(self.facts, self.day)

    @cached_property
    def updates_run(self) -> bool:
        """Whether the update service runs (UPD-1)."""
        return terms.update_service_runs(self.facts, self.day)

    @cached_property
    def updates_ended_on(self) -> date | None:
        """The last day of the update service that is over; None where there was none."""
        ended = (term.last_day for term in terms.update_terms(self.facts) if term.last_day < self.day)
        return max(ended, default=None)

    @cached_property
    def supported(self) -> bool:
        """Whether a package serves: within its term and not suspended (UPD-5)."""
        return self.package is not None and self.updates_run

    @cached_property
    def warranted(self) -> bool:
        """Whether the day lies within the warranty's years; the end of life is a bar of its own."""
        return terms.warranty_in_term(self.facts, self.day)
