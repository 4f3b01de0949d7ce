"""Everything that a run of the job does for pages, with its channels put together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from logix_server.oncall import calling, sending
from logix_server.oncall.calling import Wanted
from logix_server.oncall.climbing import Pace
from logix_server.oncall.pagers.port import Pager

#: Beside twice a request's time: so long a try may be under way before it is taken for dead.
_MARGIN: Final = timedelta(seconds=20)


@dataclass(frozen=True)
class Calls:
    """Channels, pace, the address that links begin with, and who says what is still wanted.

    `request`: the longest that a channel takes.
    """

    pagers: Sequence[Pager]
    pace: Pace
    origin: str
    wanted: Wanted
    request: timedelta = timedelta(seconds=10)

    def run(self, now: datetime) -> bool:
        """Take the steps that are due and send their tries; whether more may be waiting."""
        sending.give_up_stuck(now, now - 2 * self.request - _MARGIN)
        if not calling.waiting(now):
            return False
        stepped = calling.climb(now, self.pagers, self.pace, self.wanted)
        more = sending.send(now, self.pagers, self.origin, self.wanted)
        return more or stepped == calling.PAGES
