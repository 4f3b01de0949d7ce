"""Who may be called about a ticket right now (MAT-11), and by which clause, or why nobody."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from logix_server.accounts.access import Viewer
from logix_server.contracts.decisions import coverage, terms
from logix_server.contracts.decisions.coverage import Action, Decision
from logix_server.contracts.queries import contract_facts
from logix_server.contracts.working_time.closures import office_now
from logix_server.oncall import queries
from logix_server.oncall.queries import Duty
from logix_server.tickets.reach import ticket_of


@dataclass(frozen=True)
class DirectAccess:
    """The contract's answer, and with a yes who is on call, first to last; () = the rota has a gap."""

    decision: Decision
    people: tuple[Duty, ...] = ()


def who_may_be_called(viewer: Viewer, number: str, at: datetime) -> DirectAccess:
    """Whom the customer of a ticket may call at `at`. Raises `NotFound` as `tickets.reach` does."""
    ticket = ticket_of(viewer, number)
    facts = contract_facts(ticket.installation_id, ticket.unit.model)
    decision = coverage.decide(facts, Action.ENGINEER_DIRECT, at, office=office_now())
    package = terms.running_package(facts, terms.local_day(at))
    if not decision.allowed or package is None:
        return DirectAccess(decision)
    return DirectAccess(decision, tuple(queries.on_call(package.package.value, at)))
