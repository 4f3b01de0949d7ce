"""What would turn a no into a yes: the fewest steps, each one tried on the facts. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from enum import StrEnum
from itertools import combinations
from typing import Final

from logix_common.findings import N_

from logix_server.contracts.decisions import coverage, terms
from logix_server.contracts.decisions.coverage import Action
from logix_server.contracts.decisions.terms import Circumstances, ContractFacts, Package, PackageTerm, Term
from logix_server.contracts.working_time.office_hours import Office

Known = tuple[ContractFacts, Circumstances]


class Step(StrEnum):
    """What can be done, the nearest at hand first."""

    OPEN_ACCESS = "open-access"
    CONFIRM_FAULT = "confirm-fault"
    UPGRADE = "upgrade-version"
    RENEW_UPDATES = "renew-update-service"
    BUY_TEMEL = "buy-temel"
    BUY_STANDART = "buy-standart"
    BUY_PROFESYONEL = "buy-profesyonel"
    EXTEND_WARRANTY = "extend-warranty"


TEXTS: Final = {
    Step.OPEN_ACCESS: N_("The customer opens remote access to the appliance."),
    Step.CONFIRM_FAULT: N_("A technical engineer confirms the fault, which may be done remotely."),
    Step.UPGRADE: N_("The appliance is upgraded to a current version."),
    Step.RENEW_UPDATES: N_("The update service is renewed."),
    Step.BUY_TEMEL: N_("The Temel package is bought."),
    Step.BUY_STANDART: N_("The Standart package is bought."),
    Step.BUY_PROFESYONEL: N_("The Profesyonel package is bought."),
    Step.EXTEND_WARRANTY: N_("The Extended Hardware Warranty is bought."),
}
#: What is settled when it comes to it; with these alone to take, the contract itself says yes.
OF_THE_MOMENT: Final = frozenset({Step.OPEN_ACCESS, Step.CONFIRM_FAULT})
NOTHING: Final = N_("Nothing changes this.")
BY_TIME: Final = N_("It changes by itself on %(moment)s.")
_PACKAGES: Final = {
    Step.BUY_TEMEL: Package.TEMEL,
    Step.BUY_STANDART: Package.STANDART,
    Step.BUY_PROFESYONEL: Package.PROFESYONEL,
}
_MOST_STEPS: Final = 5  # renew, buy, extend, open access, confirm


def remedy(
    facts: ContractFacts, action: Action, at: datetime, known: Circumstances, office: Office
) -> tuple[Step, ...] | None:
    """The fewest steps after which `action` is allowed at `at`; () where it is, None where none help.

    Nothing is proposed that may not be sold (UPD-5, LIF-2, LIF-3), and what a fault was caused by, the
    end of a life or another maker's product are nobody's to change.
    """
    if coverage.answer(facts, action, at, known, office).allowed:
        return ()
    for steps in _ways():
        after = _after(steps, facts, at, known)
        if after is not None and coverage.answer(after[0], action, at, after[1], office).allowed:
            return steps
    return None


def _ways() -> Iterator[tuple[Step, ...]]:
    """Every set of steps, fewest first, with one package at most."""
    for length in range(1, _MOST_STEPS + 1):
        for steps in combinations(Step, length):
            if sum(step in _PACKAGES for step in steps) <= 1:
                yield steps


def _after(steps: tuple[Step, ...], facts: ContractFacts, at: datetime, known: Circumstances) -> Known | None:
    """What would hold after these steps; None where one of them is not to be had."""
    day = terms.local_day(at)
    for step in steps:
        match step:
            case Step.OPEN_ACCESS:
                known = replace(known, access_opened=True)
            case Step.CONFIRM_FAULT:
                known = replace(known, fault_confirmed=True)
            case Step.UPGRADE:
                known = replace(known, version_released_on=None, successor_released_on=None)
            case Step.RENEW_UPDATES:
                facts = replace(facts, update_renewals=(*facts.update_renewals, Term(day, 1)))
            case Step.EXTEND_WARRANTY:
                if not _sold(facts, Action.SELL_EXTENDED_WARRANTY, at):
                    return None
                facts = replace(facts, extended_warranty=True)
            case _:
                if not _sold(facts, Action.SELL_SUPPORT, at):
                    return None
                facts = replace(facts, packages=(*facts.packages, PackageTerm(day, 1, _PACKAGES[step])))
    return facts, known


def _sold(facts: ContractFacts, action: Action, at: datetime) -> bool:
    return coverage.answer(facts, action, at).allowed
