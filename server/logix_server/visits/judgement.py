"""Whether somebody goes there. Pure."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Final

from logix_common.findings import N_

from logix_server.contracts.decisions import bars, coverage, terms
from logix_server.contracts.decisions.coverage import Action, Decision
from logix_server.contracts.decisions.reasons import Reason
from logix_server.contracts.decisions.situation import Situation
from logix_server.contracts.decisions.terms import Circumstances, ContractFacts

_AGREED: Final = N_("The maintenance agreement gives this visit.")


class Reach(StrEnum):
    """How the appliance can be reached from here, which on-site support asks first (SUP-5, Reading 18)."""

    OPENED = "opened"  # the customer has opened remote access
    CLOSED = "closed"  # it could be reached, but the customer has not opened access
    UNREACHABLE = "unreachable"  # it cannot be reached at all


_KNOWN: Final = {
    Reach.OPENED: Circumstances(access_opened=True),
    Reach.CLOSED: Circumstances(access_opened=False),
    Reach.UNREACHABLE: Circumstances(access_opened=False, remote_possible=False),
}


def judge(contract: ContractFacts, at: datetime, reach: Reach) -> Decision:
    """On-site support for a fault or a question, where it is needed (MAT-16, SUP-5)."""
    return coverage.decide(contract, Action.ONSITE_VISIT, at, _KNOWN[reach])


def judge_agreed(contract: ContractFacts, at: datetime) -> Decision:
    """A visit that a maintenance agreement gives (SUP-8): bought by itself, whatever package runs.

    For our products alone (SUP-3) and until the end of their life (LIF-3).
    """
    day = terms.local_day(at)
    situation = Situation(terms.as_on(contract, day), Circumstances(), day, True)
    reasons = (*bars.not_ours(situation), *bars.end_of_life(situation))
    if reasons:
        return Decision(False, reasons)
    return Decision(True, (Reason("SUP-8", _AGREED),))


def due_days(starts_on: date, last_day: date, every_months: int, until: date) -> list[date]:
    """The days on which an agreement's visits are due, to `until` inclusive; the first one an interval in.

    A day that a month lacks becomes that month's last day.
    """
    days = []
    for number in range(1, 12 * 100 // every_months):
        day = _months_later(starts_on, number * every_months)
        if day > min(last_day, until):
            break
        days.append(day)
    return days


def _months_later(day: date, months: int) -> date:
    years, month = divmod(day.month - 1 + months, 12)
    first = date(day.year + years, month + 1, 1)
    following = date(first.year + first.month // 12, first.month % 12 + 1, 1)
    return first.replace(day=min(day.day, (following - first).days))
