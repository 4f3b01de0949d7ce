"""Findings as `link` hands them over."""

from __future__ import annotations

from datetime import datetime, timedelta

from logix_common.findings import Event, Evidence
from logix_server.health.facts import FindingTold, FullStateTold

from tests.server.rows import NOW

COMPONENTS = {"disk": "disk", "raid": "raid", "fs": "filesystem", "agent": "system"}


def finding(
    unit_id: int,
    finding_id: str,
    event: Event = Event.RAISED,
    *,
    part: str = "disk:S1",
    code: str = "disk.pending-sectors",
    severity: int = 2,
    seconds: float = 0,
    at: datetime = NOW,
    value: str = "8",
    related: tuple[str, ...] = (),
    urgent: bool = False,
) -> FindingTold:
    """One finding event, `seconds` after `at`."""
    moment = at + timedelta(seconds=seconds)
    return FindingTold(
        unit_id=unit_id,
        finding_id=finding_id,
        event=event,
        component=COMPONENTS[part.split(":", maxsplit=1)[0]],
        part=part,
        code=code,
        severity=severity,
        evidence=(Evidence("smartctl /dev/sda", "Current_Pending_Sector", value, "0"),),
        related_parts=related,
        slot="sda",
        serial="S1",
        model="ST1000",
        observed_at=moment,
        device_at=moment - timedelta(hours=1),
        skew_us=-3_600_000_000,
        received_at=moment,
        urgent=urgent,
    )


def full_state(unit_id: int, *findings: FindingTold, seconds: float = 0) -> FullStateTold:
    """All that stands on a unit."""
    moment = NOW + timedelta(seconds=seconds)
    return FullStateTold(unit_id, moment, moment, findings)
