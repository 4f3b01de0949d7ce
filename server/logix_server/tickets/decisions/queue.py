"""In which order tickets are answered (SUP-7): by level, then by the customer's package. Pure.

SUP-7 says no more; within one level and package what is urgent (PRI-4) comes first, then what is due.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from logix_server.contracts.decisions.terms import RANK, Package

_NEVER: Final = datetime.max.replace(tzinfo=UTC)
Place = tuple[int, int, bool, datetime, datetime]


def place(
    level: int,
    package: Package | None,
    deadline: datetime | None,
    opened_at: datetime,
    *,
    urgent: bool = False,
) -> Place:
    """What tickets are sorted by, the first to be answered first.

    The most critical level, then the highest package, then what is urgent, then the nearest deadline;
    those without a committed time after those with one (Reading 2), the older first. `package` None:
    none runs, or it is suspended.
    """
    rank = -1 if package is None else RANK[package]
    return level, -rank, not urgent, deadline or _NEVER, opened_at
