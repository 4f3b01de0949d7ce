"""Faults opened, changed and closed by what devices tell; the contract's answer written beside them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import transaction

from logix_server.health.facts import FindingTold, FullStateTold
from logix_server.health.judgement import Step, step, step_of_standing
from logix_server.health.ledger import Ledger, ledger_of
from logix_server.health.models import Fault


@transaction.atomic
def apply_findings(told: Sequence[FindingTold]) -> int:
    """Apply findings in this order, in the caller's transaction; returns how many effects were put.

    A handful of queries for any number of findings. Applying the same findings again changes nothing.
    """
    if not told:
        return 0
    ledger = ledger_of(told)
    for finding in told:
        if finding.unit_id in ledger.installations:
            _apply(ledger, finding)
    return ledger.save(max(finding.received_at for finding in told))


def _apply(ledger: Ledger, told: FindingTold) -> None:
    known, fault, cleared_at = ledger.finding(told)
    standing = ledger.standing(told)
    match step(told.event, known, standing is not None):
        case Step.OPEN:
            ledger.open(told)
        case Step.OPEN_AND_RECOVER:
            opened = ledger.open(told)
            if opened is not None:
                ledger.recover(opened, cleared_at or told.observed_at, "cleared")
        case Step.REPEAT if standing is not None:
            ledger.repeat(standing, told)
        case Step.UPDATE if fault is not None:
            ledger.update(fault, told)
        case Step.RECOVER if fault is not None:
            ledger.recover(fault, told.observed_at, "cleared")
        case Step.REMEMBER_CLEARED:
            ledger.remember_cleared(told)


@transaction.atomic
def apply_full_states(told: Sequence[FullStateTold]) -> int:
    """Reconcile each unit's open faults with what stands on it; returns how many effects were put."""
    if not told:
        return 0
    ledger = ledger_of(
        (finding for state in told for finding in state.findings), {state.unit_id for state in told}
    )
    for state in told:
        if state.unit_id in ledger.installations:
            _reconcile(ledger, state)
    return ledger.save(max(state.received_at for state in told))


def _reconcile(ledger: Ledger, state: FullStateTold) -> None:
    for told in state.findings:
        known, _, ended_at = ledger.finding(told)
        standing = ledger.standing(told)
        match step_of_standing(known, standing is not None, ended_at, state.observed_at):
            case Step.OPEN:
                ledger.open(told)
            case Step.UPDATE if standing is not None:
                ledger.update(standing, told)
    told_parts = {(told.part, told.code) for told in state.findings}
    for fault in ledger.open_faults(state.unit_id):
        # One raised after the look is not in it and stands.
        if (fault.part, fault.code) not in told_parts and fault.raised_at <= state.observed_at:
            ledger.recover(fault, state.observed_at, "full-state")


def record_coverage(
    fault_id: int,
    *,
    covered: bool,
    clauses: Sequence[str],
    reason: Mapping[str, str],
    ticket_number: str = "",
) -> None:
    """Write the contract's answer to the fault, in the caller's transaction."""
    Fault.objects.filter(id=fault_id).update(
        covered=covered, clauses=list(clauses), reason=dict(reason), ticket_number=ticket_number
    )


def name_ticket(fault_id: int, ticket_number: str) -> None:
    """The fault goes on under another ticket, in the caller's transaction."""
    Fault.objects.filter(id=fault_id).update(ticket_number=ticket_number)


@transaction.atomic
def end_faults_of(unit_id: int, now: datetime, why: str) -> int:
    """Nothing stands on a unit that is out of service any more; returns how many effects were put."""
    ledger = ledger_of((), {unit_id})
    for fault in ledger.open_faults(unit_id):
        ledger.recover(fault, now, why)
    return ledger.save(now)
