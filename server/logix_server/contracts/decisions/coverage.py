"""May this be done for this customer at this moment? Facts, action and moment in, decision out. Pure.

An action is a row of `RULES`: the bars it meets, in the order in which they decide, and the grounds of
its yes. `contracts.decisions.bars` and `contracts.decisions.grants` hold what they say.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from logix_common.errors import LogixError

from logix_server.contracts.decisions import bars, grants, matrix, terms
from logix_server.contracts.decisions.bars import Bar, not_in_package
from logix_server.contracts.decisions.grants import Grant, included
from logix_server.contracts.decisions.reasons import Parameter, Reason
from logix_server.contracts.decisions.situation import Situation
from logix_server.contracts.decisions.terms import Circumstances, ContractFacts
from logix_server.contracts.working_time import office_hours
from logix_server.contracts.working_time.holidays_tr import office_calendar
from logix_server.contracts.working_time.office_hours import Office

__all__ = ["NOTHING_KNOWN", "RULES", "Action", "Decision", "Parameter", "Reason", "Rule", "answer", "decide"]


class Action(StrEnum):
    """What may be asked for."""

    TICKET_OPEN = "ticket.open"
    TICKET_HARDWARE_FAULT = "ticket.hardware_fault"
    SESSION_DIAGNOSE = "session.diagnose"
    SESSION_CONFIGURATION_CHECK = "session.configuration_check"
    SESSION_RULES = "session.rules"
    SESSION_MANAGE = "session.manage"
    UPDATE_VERSION = "update.version"
    UPDATE_PATCH = "update.patch"
    BACKUP_RUN = "backup.run"
    BACKUP_READ = "backup.read"
    ENGINEER_DIRECT = "engineer.direct"
    ONSITE_VISIT = "onsite.visit"
    WARRANTY_REPAIR = "warranty.repair"
    WARRANTY_REPLACE_UNIT = "warranty.replace_unit"
    WARRANTY_ADVANCE_REPLACEMENT = "warranty.advance_replacement"
    MODULE_SECURITY = "module.security"
    MODULE_OTHER = "module.other"
    SELL_SUPPORT = "sell.support"
    SELL_EXTENDED_WARRANTY = "sell.extended_warranty"


@dataclass(frozen=True)
class Decision:
    """The answer; `reasons` are in order, the deciding one first.

    `until` is the first instant at which the answer or its clauses would change by time alone,
    exclusive; None if it never does.
    """

    allowed: bool
    reasons: tuple[Reason, ...]
    until: datetime | None = None

    @property
    def clauses(self) -> tuple[str, ...]:
        """The clauses it rests on, each once, the deciding one first."""
        return tuple(dict.fromkeys(reason.clause for reason in self.reasons))


class NotCovered(LogixError):
    """The contract says no to what a person wanted; `reasons` are the decision's."""

    def __init__(self, reasons: tuple[Reason, ...]) -> None:
        super().__init__(", ".join(dict.fromkeys(reason.clause for reason in reasons)))
        self.reasons = reasons


@dataclass(frozen=True)
class Rule:
    """The bars of an action, deciding in this order; the grounds of its yes; whether hours bear on it."""

    bars: tuple[Bar, ...]
    grants: tuple[Grant, ...]
    hours: bool = False

    def answer(self, situation: Situation) -> Decision:
        """Every reason that applies: of the refusal, else of the allowance."""
        against = tuple(reason for bar in self.bars for reason in bar(situation))
        if against:
            return Decision(False, against)
        return Decision(True, tuple(reason for grant in self.grants for reason in grant(situation)))


_SUPPORT: Final = (bars.not_ours, bars.end_of_life, bars.no_support)
_UPDATES: Final = (bars.not_ours, bars.end_of_life)
_HARDWARE: Final = (bars.not_ours, bars.outside_warranty, bars.customers_hardware)
_REPLACEMENT: Final = (bars.warranty_over, bars.cause_not_covered, bars.not_confirmed)


def _of_package(row: matrix.Row, *further: Bar, hours: bool = False) -> Rule:
    """What a running package gives where its row of the matrix includes it."""
    return Rule((*_SUPPORT, not_in_package(row), *further), (included(row), grants.support), hours)


def _with_consent(row: matrix.Row) -> Rule:
    """The same for what also asks that the customer has opened access (SUP-5)."""
    of_package = _of_package(row, bars.no_consent)
    return Rule(of_package.bars, (*of_package.grants, grants.consent))


RULES: Final[Mapping[Action, Rule]] = {
    Action.TICKET_OPEN: _of_package(matrix.TICKETS),
    Action.TICKET_HARDWARE_FAULT: Rule(  # Reading 6: neither the cause nor its confirmation is asked
        (bars.not_ours, bars.end_of_life, bars.customers_hardware, bars.neither_covers),
        (grants.support, grants.warranty),
    ),
    Action.SESSION_DIAGNOSE: _with_consent(matrix.FAULT_FINDING),
    Action.SESSION_CONFIGURATION_CHECK: _with_consent(matrix.CONFIGURATION_CHECK),
    Action.SESSION_RULES: _with_consent(matrix.RULES),
    Action.SESSION_MANAGE: _with_consent(matrix.MANAGEMENT),
    Action.UPDATE_VERSION: Rule(  # Reading 12: the update service only, no package
        (*_UPDATES, bars.no_updates), (grants.upgrades, grants.update_service, included(matrix.UPGRADES))
    ),
    Action.UPDATE_PATCH: Rule(
        (*_UPDATES, bars.no_patches, bars.retired_version), (grants.fixes, included(matrix.PATCHES))
    ),
    Action.BACKUP_RUN: _of_package(matrix.BACKUP),
    Action.BACKUP_READ: Rule((bars.not_ours,), (grants.stored_backups,)),  # Readings 5 and 24
    Action.ENGINEER_DIRECT: _of_package(matrix.ENGINEERS, bars.outside_hours, hours=True),
    Action.ONSITE_VISIT: _with_consent(matrix.ON_SITE),
    Action.WARRANTY_REPAIR: Rule((*_HARDWARE, *_REPLACEMENT), (grants.warranty, grants.confirmed)),
    Action.WARRANTY_REPLACE_UNIT: Rule(
        (*_HARDWARE, *_REPLACEMENT), (grants.warranty, grants.whole_unit, grants.confirmed)
    ),
    Action.WARRANTY_ADVANCE_REPLACEMENT: Rule(
        (*_HARDWARE, bars.no_support, not_in_package(matrix.ADVANCE), *_REPLACEMENT),
        (included(matrix.ADVANCE), grants.no_waiting, grants.support, grants.warranty, grants.confirmed),
    ),
    Action.MODULE_SECURITY: Rule((), (grants.security_modules,)),  # Reading 10
    Action.MODULE_OTHER: Rule((bars.not_ours, bars.modules_off), (grants.all_modules, grants.update_service)),
    Action.SELL_SUPPORT: Rule(  # Reading 17
        (bars.not_ours, bars.end_of_life, bars.nothing_sold), (grants.packages_sold, grants.update_service)
    ),
    Action.SELL_EXTENDED_WARRANTY: Rule(
        (
            *(bars.not_ours, bars.end_of_life, bars.customers_hardware),
            *(bars.no_longer_sold, bars.nothing_to_extend),
        ),
        (grants.extension_sold,),
    ),
}
NOTHING_KNOWN: Final = Circumstances()


def decide(
    facts: ContractFacts,
    action: Action,
    at: datetime,
    circumstances: Circumstances = NOTHING_KNOWN,
    office: Office = office_calendar,
) -> Decision:
    """Answer `action` at the moment `at`, with every reason that applies, and until when it holds.

    `office` gives the 5x8 calendar of a span of years; it bears on `engineer.direct` only.
    """
    now = answer(facts, action, at, circumstances, office)

    def differs(instant: datetime) -> bool:
        then = answer(facts, action, instant, circumstances, office)
        return (then.allowed, then.clauses) != (now.allowed, now.clauses)

    steps = terms.boundaries(facts, at, circumstances)
    until = _first_change(at, steps, differs, office if RULES[action].hours else None)
    return Decision(now.allowed, now.reasons, until)


def answer(
    facts: ContractFacts,
    action: Action,
    at: datetime,
    circumstances: Circumstances = NOTHING_KNOWN,
    office: Office = office_calendar,
) -> Decision:
    """The same without asking until when."""
    rule = RULES[action]
    working = not rule.hours or office_hours.is_open(office, at)
    day = terms.local_day(at)
    return rule.answer(Situation(terms.as_on(facts, day), circumstances, day, working))


def _first_change(
    at: datetime, steps: list[datetime], differs: Callable[[datetime], bool], office: Office | None
) -> datetime | None:
    """The first instant after `at` that `differs`.

    Between two steps the facts stand still and the answer hangs on the hours alone, so the first
    opening or closing after a step speaks for all up to the next step.
    """
    since = at
    for step in (*steps, None):
        change = office_hours.next_change(office, since) if office else None
        if change is not None and (step is None or change < step) and differs(change):
            return change
        if step is None or differs(step):
            return step
        since = step
    return None
