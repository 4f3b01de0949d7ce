"""Findings on the wire to findings as facts: a part of the codec."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from logix_common.clock import from_microseconds
from logix_common.errors import InvalidInput
from logix_common.findings import (
    MAX_EVIDENCE,
    MAX_OPEN_FINDINGS,
    MAX_RELATED,
    MAX_TEXT,
    Event,
    Evidence,
    Severity,
)
from logix_common.wire.v1 import link_pb2 as pb

from logix_server.health.facts import FindingTold, FullStateTold
from logix_server.link import texts

_MAX_PART: Final = 200
_COMPONENT: Final = re.compile(r"[a-z0-9][a-z0-9-]*")
_CODE: Final = re.compile(r"[a-z0-9][a-z0-9.-]*")
_EVENTS: Final = {
    pb.FINDING_EVENT_RAISED: Event.RAISED,
    pb.FINDING_EVENT_CHANGED: Event.CHANGED,
    pb.FINDING_EVENT_CLEARED: Event.CLEARED,
}


@dataclass(frozen=True, slots=True)
class Moment:
    """Whose entry it is and when it happened, by both clocks."""

    unit_id: int
    observed_us: int
    device_us: int
    skew_us: int
    received_at: datetime


def finding_told(where: str, finding: pb.Finding, moment: Moment) -> FindingTold:
    """The facts of one finding event.

    What identifies it must fit; evidence is cut to what is stored, because a fault matters more than its
    words. A component or code newer than this server is taken as it is.
    """
    event = _EVENTS.get(finding.event)
    if event is None:
        raise InvalidInput(f"{where}.event", f"expected raised, changed or cleared, got {finding.event}")
    if len(finding.finding_id) != 16:
        raise InvalidInput(f"{where}.finding_id", f"expected 16 bytes, got {len(finding.finding_id)}")
    if not Severity.STOPPED <= finding.severity <= Severity.FROM_TIME_TO_TIME:
        raise InvalidInput(f"{where}.severity", f"expected 1, 2 or 3, got {finding.severity}")
    return FindingTold(
        unit_id=moment.unit_id,
        finding_id=finding.finding_id.hex(),
        event=event,
        component=texts.key(f"{where}.component", finding.component, 32, _COMPONENT),
        part=texts.key(f"{where}.part", finding.part, _MAX_PART),
        code=texts.key(f"{where}.code", finding.code, 64, _CODE),
        severity=finding.severity,
        evidence=tuple(_evidence(line) for line in finding.evidence[:MAX_EVIDENCE]),
        related_parts=tuple(
            texts.key(f"{where}.related_parts", part, _MAX_PART)
            for part in finding.related_parts[:MAX_RELATED]
        ),
        slot=texts.prose(finding.identity.slot, 64),
        serial=texts.prose(finding.identity.serial, 128),
        model=texts.prose(finding.identity.model, 128),
        observed_at=from_microseconds(moment.observed_us),
        device_at=from_microseconds(moment.device_us),
        skew_us=moment.skew_us,
        received_at=moment.received_at,
        watched=finding.watched,
        urgent=finding.urgent,
    )


def full_state_told(state: pb.FullState, moment: Moment) -> FullStateTold:
    """All findings that stand. One that does not hold refuses the whole: left out, it would look cleared."""
    if len(state.open_findings) > MAX_OPEN_FINDINGS:
        raise InvalidInput("full_state.open_findings", f"expected at most {MAX_OPEN_FINDINGS}")
    return FullStateTold(
        unit_id=moment.unit_id,
        observed_at=from_microseconds(moment.observed_us),
        received_at=moment.received_at,
        findings=tuple(
            finding_told(f"full_state.open_findings[{index}]", finding, moment)
            for index, finding in enumerate(state.open_findings)
        ),
    )


def _evidence(line: pb.Evidence) -> Evidence:
    return Evidence(
        source=texts.prose(line.source, MAX_TEXT),
        name=texts.prose(line.name, MAX_TEXT),
        value=texts.prose(line.value, MAX_TEXT),
        limit=texts.prose(line.limit, MAX_TEXT),
        line=texts.prose(line.line, MAX_TEXT),
    )
