"""What is said of refusals, which a flood brings about at will. Pure: the caller says what time it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

#: A reason and peer is said once in so long; what comes meanwhile is counted.
SECONDS: Final = 60.0
#: At most so many reasons and peers are told apart at once; further ones are counted by their reason.
TOLD_APART: Final = 100
OTHERS: Final = "others"


@dataclass
class _Counted:
    since: float
    unsaid: int


class Tally:
    """Counts by reason and peer."""

    def __init__(self) -> None:
        self._counted: dict[tuple[str, str], _Counted] = {}

    def count(self, reason: str, peer: str, now: float) -> bool:
        """One more; whether it is to be said now, as the first of its minute."""
        key = (reason, peer)
        if key not in self._counted and len(self._counted) >= TOLD_APART:
            key = (reason, OTHERS)
        counted = self._counted.get(key)
        if counted is None:
            told = key[1] != OTHERS
            self._counted[key] = _Counted(now, 0 if told else 1)
            return told
        counted.unsaid += 1
        return False

    def over(self, now: float) -> list[tuple[str, str, int]]:
        """(reason, peer, how many were not said) of every minute that is over; empty ones are left out."""
        ended = [key for key, counted in self._counted.items() if now - counted.since >= SECONDS]
        counts = [(*key, self._counted.pop(key).unsaid) for key in ended]
        return [each for each in counts if each[2]]
