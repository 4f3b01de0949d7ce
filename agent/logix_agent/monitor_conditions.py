"""Faults of the agent itself (its spool cannot be written), which its own parts tell the monitor."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from logix_agent.detectors.judgement import Judgement
from logix_agent.detectors.tracks import Key
from logix_agent.facts import Sighting

#: Parts whose conditions are set from outside.
OWN_PARTS: Final = frozenset({"system:spool"})


class Conditions:
    """What stands now, by a name of the teller's, and what has ended since the agent began."""

    def __init__(self) -> None:
        self._current: dict[str, Sighting] = {}
        self._ended: dict[str, Sighting] = {}

    def set(self, name: str, sighting: Sighting | None) -> None:
        """A condition, or None when it is over."""
        if sighting is not None:
            self._current[name] = sighting
        elif name in self._current:
            self._ended[name] = self._current.pop(name)

    def judgement(self, tracked: Iterable[Key]) -> Judgement:
        """The conditions as verdicts; one of `tracked` that was never set since the start is sound."""
        current = {(condition.part, condition.code) for condition in self._current.values()}
        over = {(condition.part, condition.code) for condition in self._ended.values()}
        left = {key for key in tracked if key[0] in OWN_PARTS}
        return Judgement(tuple(self._current.values()), frozenset((over | left) - current))
