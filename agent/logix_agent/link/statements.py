"""What the link needs of the part that acts on module statements."""

from __future__ import annotations

from typing import Protocol

from logix_agent.modules.facts import ModuleReport, SignedStatement


class Statements(Protocol):
    """What is used of `logix_agent.modules.resident.Modules`; see there."""

    @property
    def counter(self) -> int: ...
    def report(self) -> ModuleReport | None: ...
    async def take(self, signed: SignedStatement) -> None: ...
    async def try_again(self) -> None: ...
