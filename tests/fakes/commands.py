"""Programs that answer from a table; implements `logix_agent.host.commands.Commands`."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from logix_agent.host.commands import CommandResult


class FakeCommands:
    """`answer` decides on the words asked; every question is kept in `asked`."""

    def __init__(self, answer: Callable[[Sequence[str]], CommandResult]) -> None:
        self._answer = answer
        self.asked: list[list[str]] = []

    async def run(
        self, argv: Sequence[str], time_limit: float = 15.0, max_output: int = 2 * 1024 * 1024
    ) -> CommandResult:
        self.asked.append(list(argv))
        return self._answer(argv)
