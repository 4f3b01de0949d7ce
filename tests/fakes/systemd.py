"""A machine's units and programs; implements `logix_agent.host.commands.Commands`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from logix_agent.host.commands import CommandResult


class Killed(BaseException):
    """`kill -9` of the agent at this very moment."""


@dataclass
class FakeUnit:
    active: bool = True
    enabled: bool = True
    id: str = ""  # another name: an alias
    required_by: tuple[str, ...] = ()  # these stop with it, and systemctl says so
    takes_along: tuple[str, ...] = ()  # these stop with it, and nothing says so
    loaded: bool = True


@dataclass
class FakeSystemd:
    """Units by name, programs by their first word; `acts` are the commands that change something."""

    units: dict[str, FakeUnit] = field(default_factory=dict)
    programs: dict[str, Callable[[Sequence[str]], CommandResult]] = field(default_factory=dict)
    acts: list[list[str]] = field(default_factory=list)
    fail: dict[str, int] = field(default_factory=dict)  # unit: so often changing it fails
    deaf: bool = False  # systemctl does not answer
    die_before: int | None = None  # the agent is killed before its n-th act
    die_after: int | None = None

    async def run(
        self, argv: Sequence[str], time_limit: float = 15.0, max_output: int = 2 * 1024 * 1024
    ) -> CommandResult:
        if argv[0] != "systemctl":
            program = self.programs.get(argv[0])
            return CommandResult(missing=True) if program is None else self._act(argv, lambda: program(argv))
        if self.deaf:
            return CommandResult(timed_out=True)
        names = list(argv[argv.index("--") + 1 :])
        if argv[1] == "show":
            return CommandResult("\n".join(map(self._shown, names)).encode(), exit_code=0)
        return self._act(argv, lambda: self._systemctl(argv, names))

    def _act(self, argv: Sequence[str], act: Callable[[], CommandResult]) -> CommandResult:
        if self.die_before is not None and len(self.acts) + 1 == self.die_before:
            self.die_before = None
            raise Killed
        self.acts.append(list(argv))
        result = act()
        if self.die_after is not None and len(self.acts) == self.die_after:
            self.die_after = None
            raise Killed
        return result

    def _systemctl(self, argv: Sequence[str], names: list[str]) -> CommandResult:
        for name in names:
            if self.fail.get(name, 0) > 0:
                self.fail[name] -= 1
                return CommandResult(exit_code=1)
            unit = self._unit(name)
            if not unit.loaded:
                return CommandResult(exit_code=5)
            now = "--now" in argv
            if argv[1] == "disable":
                unit.enabled = False
                if now:
                    self._stop(unit)
            elif argv[1] == "enable":
                unit.enabled = True
                unit.active |= now
            elif argv[1] == "start":
                unit.active = True
        return CommandResult(exit_code=0)

    def _stop(self, unit: FakeUnit) -> None:
        unit.active = False
        for name in (*unit.required_by, *unit.takes_along):
            self.units[name].active = False

    def _unit(self, name: str) -> FakeUnit:
        found = self.units.get(name, FakeUnit(False, False, loaded=False))
        return self.units.get(found.id, found)

    def _shown(self, name: str) -> str:
        unit = self._unit(name)
        listed = self.units.get(name)
        return (
            f"Id={(listed.id if listed else '') or name}\n"
            f"LoadState={'loaded' if unit.loaded else 'not-found'}\n"
            f"ActiveState={'active' if unit.active else 'inactive'}\n"
            f"UnitFileState={'enabled' if unit.enabled else 'disabled'}\n"
            f"RequiredBy={' '.join(unit.required_by)}\nBoundBy=\nConsistsOf=\n"
        )
