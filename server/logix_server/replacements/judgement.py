"""What the contract makes of a fault that an engineer has looked at. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from logix_server.contracts.decisions import coverage
from logix_server.contracts.decisions.coverage import Action
from logix_server.contracts.decisions.reasons import Reason
from logix_server.contracts.decisions.terms import Circumstances, ContractFacts, FaultCause
from logix_server.replacements.lifecycle import Course


@dataclass(frozen=True)
class Judged:
    """`allowed`: whether a part or the unit is replaced; with it the course, and why no better one."""

    allowed: bool
    course: Course
    reasons: tuple[Reason, ...]
    #: Why nobody waits, or why the faulty one comes first (MAT-14).
    course_reasons: tuple[Reason, ...] = ()

    @property
    def clauses(self) -> tuple[str, ...]:
        """The clauses of the answer and of the course, each once."""
        return tuple(dict.fromkeys(one.clause for one in (*self.reasons, *self.course_reasons)))


_REPAIR: Final = {False: Action.WARRANTY_REPAIR, True: Action.WARRANTY_REPLACE_UNIT}


def judge(
    contract: ContractFacts, at: datetime, *, whole_unit: bool, confirmed: bool, cause: FaultCause | None
) -> Judged:
    """Whether the warranty gives a replacement, and which comes first: the new one, or the faulty one.

    `confirmed`: an engineer found the fault and that something must be replaced (WAR-7); `cause` is what
    it came from (WAR-5). Advance replacement asks for Profesyonel beside the warranty (WAR-11, MAT-14).
    """
    known = Circumstances(fault_confirmed=confirmed, fault_cause=cause)
    answer = coverage.decide(contract, _REPAIR[whole_unit], at, known)
    if not answer.allowed:
        return Judged(False, Course.RETURN_FIRST, answer.reasons)
    advance = coverage.decide(contract, Action.WARRANTY_ADVANCE_REPLACEMENT, at, known)
    course = Course.ADVANCE if advance.allowed else Course.RETURN_FIRST
    return Judged(True, course, answer.reasons, advance.reasons)
