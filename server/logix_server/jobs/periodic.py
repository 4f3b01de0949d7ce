"""When a periodic job is looked at again. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

#: However often a job fails, it is tried again after so many seconds at the latest.
LONGEST_PAUSE = 600.0
#: Between two looks at a job whose turn it is not: others may die and leave it to us.
LOOK_SECONDS = 5.0


@dataclass(frozen=True)
class Job:
    """Something to do again and again. Seconds.

    `run(now)` returns whether more of the same is waiting. `leased` False: it may run in several
    processes at once.
    """

    name: str
    every: float
    run: Callable[[datetime], bool]
    leased: bool = True
    hold: float = 120.0  # how long a dead process keeps the lease


def pause_after(job: Job, *, ran: bool, more: bool, failures: int) -> float:
    """Seconds until this process looks at `job` again.

    With more waiting it goes on at once; a failing job backs off; one that somebody else runs is looked
    at every few seconds, but never more often than it is due.
    """
    if failures:
        return min(max(job.every, 1.0) * 2.0 ** min(failures - 1, 10), LONGEST_PAUSE)
    if ran and more:
        return 0.0
    return min(job.every, LOOK_SECONDS)
