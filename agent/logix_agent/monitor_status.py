"""What the status file says of the machine: findings, watched and suppressed ones, doubts, probes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any

from logix_agent.facts import FindingEvent
from logix_agent.monitor import Monitor


def told_of(monitor: Monitor) -> dict[str, Any]:
    """All of it, ready for JSON."""
    standing, window = monitor.open_findings(), monitor.maintenance
    return {
        "findings": _short(finding for finding in standing if not finding.watched),
        "watched": _short(finding for finding in standing if finding.watched),
        "suppressed": _short(monitor.suppressed()),
        "maintenance": asdict(window) if window else None,
        "cannot_tell": list(monitor.cannot_tell),
        "probes": [
            {
                "name": probe.name,
                "result": probe.result,
                "reason": probe.reason,
                "milliseconds": round(probe.seconds * 1_000, 1),
                "finished_boottime_us": round(probe.finished_at * 1_000_000),
            }
            for probe in monitor.probes()
        ],
    }


def differs(status: Mapping[str, Any], written: Mapping[str, Any]) -> bool:
    """Whether a status is worth writing at once: that probes have run again is not."""
    return {**status, "probes": None} != {**written, "probes": None}


def _short(findings: Iterable[FindingEvent]) -> list[dict[str, Any]]:
    return [
        {"code": finding.code, "part": finding.part, "severity": int(finding.severity)}
        for finding in findings
    ]
