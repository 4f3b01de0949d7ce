"""Everything an installation is entitled to at a moment, and what would change each answer. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from logix_server.contracts.decisions import coverage
from logix_server.contracts.decisions.coverage import Action, Decision
from logix_server.contracts.decisions.remedies import Step, remedy
from logix_server.contracts.decisions.terms import Circumstances, ContractFacts
from logix_server.contracts.working_time.office_hours import Office


@dataclass(frozen=True)
class Entitlement:
    """One action's answer.

    `steps`: the fewest that would turn a no into a yes, None where none would. `opens_at`: when it
    becomes a yes by time alone, where that is its next change.
    """

    action: Action
    decision: Decision
    steps: tuple[Step, ...] | None
    opens_at: datetime | None


def entitlements(
    facts: ContractFacts, at: datetime, known: Circumstances, office: Office
) -> list[Entitlement]:
    """Every action, in the order in which the terms list them."""
    return [entitlement(facts, action, at, known, office) for action in Action]


def entitlement(
    facts: ContractFacts, action: Action, at: datetime, known: Circumstances, office: Office
) -> Entitlement:
    """One action's."""
    decision = coverage.decide(facts, action, at, known, office)
    opens_at = None
    if not decision.allowed and decision.until is not None:
        later = coverage.answer(facts, action, decision.until, known, office)
        opens_at = decision.until if later.allowed else None
    return Entitlement(action, decision, remedy(facts, action, at, known, office), opens_at)
