"""Which module statement should stand for a unit, and when so many go off at once that a person looks. Pure.

A lapse is not told by mistake: modules go on for the days of grace, counted from the end of the update
service or from the day on which the server first saw that it had ended, whichever is later. A renewal
that was recorded late, or withdrawn and recorded anew, thus turns nothing off.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from logix_common.findings import N_

from logix_server.contracts.decisions import coverage, terms
from logix_server.contracts.decisions.coverage import Action
from logix_server.contracts.decisions.reasons import Reason
from logix_server.contracts.decisions.terms import ContractFacts, Vendor

_IN_GRACE = N_(
    "The update service ended on %(day)s; unless it is renewed, all modules except those that provide"
    " security services are disabled from %(from_day)s on."
)
_NEVER_BEGAN = N_("No update service that has ended is on record for this product, so nothing is disabled.")
_NOT_OURS = N_("This is not a Logix product; none of its modules is disabled.")


class State(StrEnum):
    """What a statement says of the modules that are not security modules."""

    RUNS = "runs"
    GRACE = "grace"  # they run; the lapse is seen and told
    DISABLED = "disabled"


@dataclass(frozen=True)
class Stand:
    """The statement that should stand. `lapse_seen_on`: the day on which the lapse was first seen."""

    state: State
    reasons: tuple[Reason, ...]
    lapse_seen_on: date | None = None

    @property
    def clauses(self) -> tuple[str, ...]:
        """The clauses it rests on, each once, the deciding one first."""
        return tuple(dict.fromkeys(reason.clause for reason in self.reasons))


def judge(facts: ContractFacts, at: datetime, grace_days: int, lapse_seen_on: date | None) -> Stand:
    """What should be stated at the moment `at`; `lapse_seen_on` as the newest statement kept it.

    Only an update service that once ran and has ended disables anything (UPD-6): a product that is not
    ours, or for which nothing is on record yet, keeps its modules.
    """
    answer = coverage.answer(facts, Action.MODULE_OTHER, at)  # until when is asked by nobody here
    if answer.allowed:
        return Stand(State.RUNS, answer.reasons)
    if facts.vendor is not Vendor.LOGIX:
        return Stand(State.RUNS, (Reason("SUP-3", _NOT_OURS),))
    day = terms.local_day(at)
    ended = max((term.last_day for term in terms.update_terms(facts) if term.last_day < day), default=None)
    if ended is None:
        return Stand(State.RUNS, (Reason("UPD-6", _NEVER_BEGAN),))
    seen_on = min(lapse_seen_on or day, day)
    from_day = _later(max(_later(ended, 1), seen_on), grace_days)
    if day >= from_day:
        return Stand(State.DISABLED, answer.reasons, seen_on)
    told = Reason("UPD-6", _IN_GRACE, {"day": ended, "from_day": from_day})
    return Stand(State.GRACE, (told,), seen_on)


def too_many(turned_off: int, in_service: int, most_count: int, most_fraction: float) -> bool:
    """Whether so many units would lose modules within a day that a person must look first.

    A wrong clock of ours, or an import with the wrong dates, looks like everybody lapsing at once.
    """
    return turned_off > max(most_count, int(in_service * most_fraction))


def _later(day: date, days: int) -> date:
    try:
        return day + timedelta(days=days)
    except OverflowError:
        return date.max
