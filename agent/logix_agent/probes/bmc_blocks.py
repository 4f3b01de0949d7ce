"""Sensors as `ipmitool sensor get` and `sdr get` print them: a block of "name : value" lines each."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from logix_agent.probes.bmc_states import type_by_name
from logix_agent.probes.bmc_values import NUMBER, STATUSES, thresholds_of
from logix_agent.probes.readings import clean
from logix_agent.probes.sensor_readings import BmcSensor

_BLOCK: Final[Mapping[str, str]] = {
    "lower non-recoverable": "lnr",
    "lower critical": "lcr",
    "lower non-critical": "lnc",
    "upper non-critical": "unc",
    "upper critical": "ucr",
    "upper non-recoverable": "unr",
}


def block_line(line: str) -> tuple[str, str] | None:
    """A line of `sensor get`: "Lower Critical : 500.000"."""
    if "|" in line or not re.match(r"[A-Z][A-Za-z -]{2,40}(\([A-Za-z]+\))?\s*:\s", line + " "):
        return None
    name, _, text = line.partition(":")
    return re.sub(r"\s*\([^)]*\)\s*\Z", "", name.strip()).lower(), text.strip()


def of_block(block: Mapping[str, list[str]]) -> list[BmcSensor]:
    """The sensor that a block tells; none where it names none."""
    names = block.get("sensor id", [])
    if not names:
        return []
    name = clean(re.sub(r"\s*\(0x[0-9a-fA-F]+\)\s*\Z", "", names[0]), 64)
    kind = clean(re.sub(r"\s*\(0x[0-9a-fA-F]+\)\s*\Z", "", (block.get("sensor type") or [""])[0]), 48)
    reading = (block.get("sensor reading") or [""])[0]
    match = NUMBER.match(reading[:80])
    told = thresholds_of({key: (block.get(label) or [""])[0] for label, key in _BLOCK.items()})
    status = (block.get("status") or [""])[0].lower()
    states = tuple(clean(state, 80) for state in block.get("states", [])[:32] if state)
    return [
        BmcSensor(
            name,
            kind or type_by_name(name),
            float(match.group(1)) if match else None,
            clean(match.group(2), 32) if match else "discrete",
            STATUSES.get(status, ""),
            told,
            states,
            readable=bool(match or states),
            line=clean(f"{name}: {reading or ', '.join(states)} {status}", 300),
        )
    ]
