"""Words and numbers that every program prints of a management controller's sensors, as plain values."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from logix_agent.probes.readings import clean

#: A sensor's thresholds, from the lowest to the highest.
THRESHOLDS: Final = ("lnr", "lcr", "lnc", "unc", "ucr", "unr")
STATUSES: Final[Mapping[str, str]] = {
    "ok": "ok",
    "nc": "nc",
    "cr": "cr",
    "nr": "nr",
    "lnc": "nc",
    "unc": "nc",
    "lcr": "cr",
    "ucr": "cr",
    "lnr": "nr",
    "unr": "nr",
    "nominal": "ok",
    "warning": "nc",
    "critical": "cr",
    "lower non-critical": "nc",
    "upper non-critical": "nc",
    "lower critical": "cr",
    "upper critical": "cr",
    "lower non-recoverable": "nr",
    "upper non-recoverable": "nr",
}
ABSENT: Final = frozenset(
    {"na", "ns", "n/a", "disabled", "no reading", "not readable", "not present", "unknown"}
)
NUMBER: Final = re.compile(
    r"([+-]?[0-9]{1,12}(?:\.[0-9]{1,9})?)(?:\s+|\Z)(?:\(\+/- [^)]{1,20}\)\s*)?(.{0,40})\Z"
)


def number_of(text: str) -> float | None:
    """A plain number; None for what is none."""
    match = re.match(r"[+-]?[0-9]{1,12}(?:\.[0-9]{1,9})?\Z", text.strip()[:32])
    return float(match.group()) if match else None


def thresholds_of(said: Mapping[str, str]) -> dict[str, float]:
    """The thresholds that are set."""
    return {key: limit for key in THRESHOLDS if (limit := number_of(said.get(key, ""))) is not None}


def states_of(text: str) -> tuple[str, ...]:
    """Discrete states out of "Presence detected, Failure detected" or "'OK' 'Fully Redundant'"."""
    quoted = re.findall(r"'([^']{1,120})'", text[:600])
    words = quoted or re.split(r",\s+|,(?=[A-Z])", text[:600])
    return tuple(told for word in words[:32] if (told := clean(word, 120)) and told.lower() not in ABSENT)


def status_of(states: tuple[str, ...] | None) -> str:
    """The status that threshold events tell, where no column does."""
    words = " ".join(states or ()).lower()
    if "threshold" in words:
        critical = re.search(r"(?<!non-)critical", words)
        return "nr" if "non-recoverable" in words else "cr" if critical else "nc"
    return "ok" if words == "ok" else ""
