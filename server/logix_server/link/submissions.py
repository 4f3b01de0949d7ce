"""What one batch of a device asks to be stored, as facts. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field

from logix_server.fleet.facts import InventoryTold
from logix_server.health.facts import FindingTold, FullStateTold, ReportRow


@dataclass(slots=True)
class Spool:
    """One spool of a live stream and the newest sequence that the stream knows to be applied."""

    spool_id: str  # hexadecimal
    applied: int


@dataclass(frozen=True, slots=True)
class Rejected:
    """An entry that cannot be applied: counted, recorded, acknowledged."""

    sequence: int
    where: str
    what: str


@dataclass(slots=True)
class Submission:
    """Entries of one unit, in the order it wrote them; empty where all were applied before."""

    unit_id: int
    spool: Spool
    sequence: int  # acknowledged once all below is committed
    gap: bool = False
    reports: list[ReportRow] = field(default_factory=list)
    events: list[FindingTold | FullStateTold] = field(default_factory=list)
    inventories: list[InventoryTold] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)
    record_rejects: bool = True  # False once this stream has filled its share of the audit
