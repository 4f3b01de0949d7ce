"""Findings and reports as facts: what `link` hands to this slice."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from logix_common.findings import Event, Evidence


@dataclass(frozen=True)
class FindingTold:
    """One finding event of one unit; all text bounded by the codec."""

    unit_id: int
    finding_id: str  # hexadecimal
    event: Event
    component: str
    part: str
    code: str
    severity: int  # 1, 2, 3
    evidence: tuple[Evidence, ...]
    related_parts: tuple[str, ...]
    slot: str
    serial: str
    model: str
    observed_at: datetime  # reckoned by the server's clock
    device_at: datetime  # the device's own clock
    skew_us: int
    received_at: datetime
    watched: bool = False  # an early sign that may be old history: on record, without consequences
    urgent: bool = False  # redundancy is lost on a system that runs (PRI-4): the level stays, it cannot wait


@dataclass(frozen=True)
class FullStateTold:
    """All findings that stand on a unit; what is open beside them has cleared."""

    unit_id: int
    observed_at: datetime
    received_at: datetime
    findings: tuple[FindingTold, ...]


class ReportRow(NamedTuple):
    """One packed health report, ready to store; times in µs. A tuple: one is made for every report."""

    unit_id: int
    observed_us: int
    received_us: int
    device_us: int
    packed: bytes
