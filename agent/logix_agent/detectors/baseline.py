"""Early signs against what they counted before: old history is no news, growth is. Pure.

The first count of a part that an agent sees is its baseline: nobody can say when those errors happened.
A part that was judged sound has the baseline 0, and so has what appears in a log that was read before. A
count below its baseline was set back (a reboot, a
driver loaded anew, another part) and starts a new one.
"""

from __future__ import annotations

import math
from collections.abc import Container, Mapping
from typing import Final

from logix_agent.detectors.tracks import Key
from logix_agent.facts import Sighting

MAX_BASELINES: Final = 4_096
#: Seconds without growth after which a raised early sign is over, and only watched again.
QUIET: Final = 7 * 86_400.0


def count_of(sighting: Sighting) -> float:
    """What a sighting counts; 1 for what either is so or is not."""
    if sighting.count is None or not math.isfinite(sighting.count):
        return 1.0
    return sighting.count


def before(sighting: Sighting, baseline: float | None) -> float | None:
    """The baseline that a sighting is held against; None = this is the first sight of what it counts."""
    return 0.0 if baseline is None and sighting.live else baseline


def is_news(sighting: Sighting, baseline: float | None) -> bool:
    """Whether a sighting tells more than was known: anything that is no early sign does."""
    return not sighting.early or (baseline is not None and count_of(sighting) > baseline)


def after_sighting(baseline: float | None, sighting: Sighting, *, raised: bool) -> float:
    """The baseline from now on; what was raised counts from its last count, so that growth shows."""
    count = count_of(sighting)
    return count if raised or baseline is None or count < baseline else baseline


def bounded(baselines: Mapping[Key, float], needed: Container[Key]) -> dict[Key, float]:
    """The newest, and those of faults that are tracked."""
    if len(baselines) <= MAX_BASELINES:
        return dict(baselines)
    excess = len(baselines) - MAX_BASELINES
    dropped = [key for key in baselines if key not in needed][:excess]
    gone = frozenset(dropped)
    return {key: value for key, value in baselines.items() if key not in gone}
