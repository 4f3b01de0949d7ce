"""What probes read of memory errors, as plain facts. Nothing here is judged or read."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class MemoryCounters:
    """Errors of one place in memory since the counters were last set to nothing (at boot, as a rule).

    `place`: "mc0/csrow0/ch0", "mc0/dimm3"; a whole row or controller is "mc0/csrow0", "mc0". None = not told.
    `label`: what the board prints beside the socket.
    """

    place: str
    label: str = ""
    corrected: int | None = None
    uncorrected: int | None = None
    source: str = ""
    line: str = ""
    model: str = ""
    module: bool = True  # False: a controller, or a row of several modules


@dataclass(frozen=True, slots=True)
class MemoryReading:
    """Every place that counts errors. No error is in two of them: what a controller counts beyond its
    modules stands under the controller."""

    counters: tuple[MemoryCounters, ...]
