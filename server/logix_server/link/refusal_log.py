"""Refusals in the log, bounded: a flood of refused connections must not fill the disk."""

from __future__ import annotations

import structlog
from logix_common.clock import Clock
from logix_common.errors import Refused

from logix_server.link.tally import SECONDS, Tally

log = structlog.get_logger(__name__)


class RefusalLog:
    """One line for a reason and peer in a minute, and one with the count of those that followed."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._tally = Tally()

    def note(self, what: str, peer: str, refusal: Refused) -> None:
        """`what` was refused to `peer`; notes on the exception are for the log alone (PEP 678)."""
        if self._tally.count(refusal.reason, peer, self._clock.monotonic()):
            notes = ", ".join(getattr(refusal, "__notes__", ()))
            log.info(what, peer=peer, reason=refusal.reason, detail=refusal.detail, notes=notes)

    def flush(self) -> None:
        """Say the counts of the minutes that are over."""
        for reason, peer, times in self._tally.over(self._clock.monotonic()):
            log.info("refused more often", peer=peer, reason=reason, times=times, seconds=SECONDS)
