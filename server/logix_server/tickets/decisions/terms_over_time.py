"""What a ticket's clocks stand on, from the opening to now, by what was known at each moment. Pure.

A package or update service that begins or ends by itself does so at 00:00 of its day (Reading 8). One
that is recorded late holds from its recording: what was suspended stayed so until the renewal was made
(UPD-5), and a deadline of yesterday is not judged by what is recorded today.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from logix_server.contracts.decisions import terms
from logix_server.contracts.decisions.terms import ContractFacts, Package


@dataclass(frozen=True)
class Terms:
    """What a ticket's response clock stands on at a moment."""

    package: Package | None
    suspended: bool


@dataclass(frozen=True)
class Known:
    """What was known of the contract from `since` on, until the next one."""

    since: datetime
    facts: ContractFacts


@dataclass(frozen=True)
class TermsChange:
    """From `at` on these terms hold."""

    at: datetime
    terms: Terms


def terms_in_force(contract: ContractFacts, at: datetime) -> Terms:
    """The package that counts at `at` and whether it is suspended (UPD-5)."""
    day = terms.local_day(at)
    package = terms.running_package(contract, day)
    return Terms(package.package if package else None, terms.suspended(contract, day))


def changes(known: Sequence[Known], told: Terms, until: datetime) -> Iterator[TermsChange]:
    """What has changed since the beginning of `known`, where `told` was said to hold, up to `until`.

    Ascending; the first may be at that very beginning, where what was told then was not what held.
    """
    for index, version in enumerate(known):
        end = known[index + 1].since if index + 1 < len(known) else None
        for at in (version.since, *terms.boundaries(version.facts, version.since)):
            if at > until or (end is not None and at >= end):
                break
            holds = terms_in_force(version.facts, at)
            if holds != told:
                yield TermsChange(at, holds)
                told = holds
