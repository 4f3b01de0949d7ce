"""One transition table a lifecycle; an unlisted pair raises."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Generic, TypeVar

from logix_common.errors import IllegalTransition

StateT = TypeVar("StateT", bound=Enum)


@dataclass(frozen=True)
class Transitions(Generic[StateT]):
    """Which state may follow which; a state may always stay as it is only where the table says so."""

    name: str
    allowed: Mapping[StateT, Collection[StateT]]

    def check(self, current: StateT, new: StateT) -> StateT:
        """Return `new`, or raise `IllegalTransition` naming the lifecycle and both states."""
        if new not in self.allowed.get(current, ()):
            raise IllegalTransition(f"{self.name}: {current.value} -> {new.value} is not allowed")
        return new

    def before(self, new: StateT, among: Collection[StateT] | None = None) -> list[StateT]:
        """The states that `new` may follow: where one statement moves many rows, it takes only these.

        `among` narrows them; raises `IllegalTransition` where `new` may not follow one of those.
        """
        if among is not None:
            for state in among:
                self.check(state, new)
            return list(among)
        return [state for state, following in self.allowed.items() if new in following]
