"""Faults opened, changed and closed by what devices tell; rollups and retention of reports."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from logix_server.health.facts import FindingTold, FullStateTold


def apply_findings(told: Sequence[FindingTold]) -> int:
    """Apply findings in this order, in the caller's transaction; returns how many effects were put.

    A handful of queries for any number of findings. Applying the same findings again changes nothing.
    """
    raise NotImplementedError


def apply_full_states(told: Sequence[FullStateTold]) -> int:
    """Reconcile each unit's open faults with what stands on it; returns how many effects were put."""
    raise NotImplementedError


def record_coverage(
    fault_id: int,
    *,
    covered: bool,
    clauses: Sequence[str],
    reason: Mapping[str, str],
    ticket_number: str = "",
) -> None:
    """Write the contract's answer to the fault."""
    raise NotImplementedError


def roll_up(now: datetime, limit: int = 500) -> int:
    """Roll up to `limit` finished hours that have new reports; returns how many. 0 = nothing left."""
    raise NotImplementedError


def prune(now: datetime, report_days: int, rollup_days: int, limit: int = 200) -> int:
    """Delete what is past its time for up to `limit` units; returns rows deleted. 0 = nothing left."""
    raise NotImplementedError
