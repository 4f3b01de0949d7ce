"""One look at all modules: what each is to be, what was done, how each is now.

Whatever is asked, no security module goes off: one that stopped with another is started again, and the
other one with it. A module that fails leaves the others to go on.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace

from logix_common.module_statement import ModuleStatement

from logix_agent.host.commands import Commands
from logix_agent.modules import control
from logix_agent.modules.control import Unit
from logix_agent.modules.decision import Step, names_security, step, wanted
from logix_agent.modules.facts import Description, Descriptions, ModuleState, Running, Wanted, WasOn
from logix_agent.modules.memory import Memory

log = logging.getLogger(__name__)

#: Keeps the memory durably; raises `OSError`.
Keep = Callable[[Memory], Awaitable[None]]
NOTHING = WasOn()


@dataclass
class Outcome:
    """What a look has brought. `failed`: modules that are to be tried again."""

    memory: Memory
    states: tuple[ModuleState, ...] = ()
    failed: set[str] = field(default_factory=set)
    turns_off: bool = False  # some module is to be off


@dataclass
class Look:
    """The modules of a machine and the door to it. `refused` lasts until the next statement."""

    described: Descriptions
    commands: Commands
    keep: Keep
    refused: dict[str, str] = field(default_factory=dict)

    async def apply(
        self, memory: Memory, statement: ModuleStatement | None, *, may_turn_off: bool
    ) -> Outcome:
        """Bring every module to what `statement` says, None = ask only."""
        outcome = Outcome(memory)
        await self._make_good(outcome)
        problems: dict[str, str] = {}
        for module in self.described.modules:
            was = outcome.memory.off.get(module.name)
            todo = step(module, statement, turned_off=was is not None, forgotten=memory.forgotten)
            if todo is Step.NOTHING:
                continue
            outcome.turns_off |= todo is Step.OFF
            try:
                if todo is Step.ON:
                    problem = await self._on(module, None if memory.forgotten else was, outcome)
                elif may_turn_off:
                    problem = await self._off(module, outcome)
                else:
                    problem = "left on: the statement cannot be kept on the disk"
            except OSError as error:  # nothing is turned off that could be forgotten
                problem = f"cannot be remembered: {error}"
            if problem:
                problems[module.name] = problem
                log.error(
                    "a module is not as stated", extra={"name_of_module": module.name, "problem": problem}
                )
                if module.name not in self.refused:
                    outcome.failed.add(module.name)
        await self._clear_guard(outcome)
        outcome.states = await self._states(statement, problems)
        return outcome

    async def _off(self, module: Description, outcome: Outcome) -> str:
        looked = await self._looked(module)
        if isinstance(looked, str):
            return looked
        security, units = looked
        now_on = control.was_on(units.values())
        if await self._is_off(module, now_on, outcome):
            return ""
        before = outcome.memory.off.get(module.name, NOTHING)
        both = WasOn(_union(before.enabled, now_on.enabled), _union(before.active, now_on.active))
        # Before acting: a crash must not lose what ran, nor a security unit that stopped along.
        await self._note(outcome, module.name, both, [name for name, unit in security.items() if unit.active])
        problem = await control.turn_off(self.commands, module)
        stopped = await self._not_running([name for name, unit in security.items() if unit.active])
        if stopped:
            return await self._undo(module, both, stopped)
        if not problem and await control.running(self.commands, module) in (Running.YES, Running.PARTLY):
            problem = "it still runs"
        if not problem:
            log.warning("a module was turned off by a statement", extra={"name_of_module": module.name})
        return problem

    async def _looked(self, module: Description) -> tuple[dict[str, Unit], dict[str, Unit]] | str:
        """The security modules' units and the module's own, or why it must stay on."""
        if module.name in self.refused:
            return self.refused[module.name]
        security = await control.ask_units(self.commands, self.described.security_units)
        units = await control.ask_units(self.commands, module.units)
        if isinstance(security, str):
            return security
        if isinstance(units, str):
            return units
        danger = control.endangered(units.values(), security.values())
        return self._refuse(module, danger) if danger else (security, units)

    async def _is_off(self, module: Description, now_on: WasOn, outcome: Outcome) -> bool:
        """Whether there is nothing to turn off; a module that was off before us stays so at a renewal."""
        known = module.name in outcome.memory.off
        if module.units:
            off = now_on == NOTHING
        elif module.state:
            off = await control.running(self.commands, module) is Running.NO
        else:  # nobody can say how it is: done once, unless that was interrupted
            return known and not outcome.memory.pending
        if off and module.units and not known:
            await self._note(outcome, module.name, NOTHING)
        return off

    async def _on(self, module: Description, was: WasOn | None, outcome: Outcome) -> str:
        problem = await control.turn_on(self.commands, module, was)
        if problem:
            return problem
        log.info("a module was turned on again", extra={"name_of_module": module.name})
        left = {name: each for name, each in outcome.memory.off.items() if name != module.name}
        outcome.memory = replace(outcome.memory, off=left)
        await self.keep(outcome.memory)
        return ""

    async def _note(self, outcome: Outcome, name: str, was: WasOn, guard: Sequence[str] = ()) -> None:
        held = outcome.memory
        guarded = _union(held.guard, tuple(guard))
        outcome.memory = replace(held, off={**held.off, name: was}, guard=guarded)
        await self.keep(outcome.memory)

    async def _make_good(self, outcome: Outcome) -> None:
        """Start what an earlier life has seen stop and could not start again."""
        for unit in await self._not_running(outcome.memory.guard):
            log.error("a security unit stopped with a module; started again", extra={"unit": unit})
            await control.start_again(self.commands, [unit])

    async def _clear_guard(self, outcome: Outcome) -> None:
        if not outcome.memory.guard:
            return
        stopped = await self._not_running(outcome.memory.guard)
        outcome.failed.update(stopped)
        if not stopped:
            outcome.memory = replace(outcome.memory, guard=())
            with contextlib.suppress(OSError):  # then they are looked at once more
                await self.keep(outcome.memory)

    def _refuse(self, module: Description, why: str) -> str:
        self.refused[module.name] = f"left on: {why}"
        return self.refused[module.name]

    async def _not_running(self, names: Sequence[str]) -> list[str]:
        """Which of these units do not run; those that cannot be asked count too."""
        units = await control.ask_units(self.commands, names)
        return list(names) if isinstance(units, str) else [name for name in names if not units[name].active]

    async def _undo(self, module: Description, was: WasOn, stopped: list[str]) -> str:
        await control.turn_on(self.commands, module, was)
        problem = await control.start_again(self.commands, stopped)
        told = f"security unit {stopped[0]} stopped with it and was started again"
        return self._refuse(module, f"{told}; {problem}" if problem else told)

    async def _states(
        self, statement: ModuleStatement | None, problems: dict[str, str]
    ) -> tuple[ModuleState, ...]:
        named = names_security(self.described.modules, statement) if statement else []
        for name in named:
            problems.setdefault(name, "the statement would disable a security module: left on")
            log.error("a statement names a security module; it stays on", extra={"name_of_module": name})
        states = [
            ModuleState(
                module.name,
                module.security,
                wanted(module, statement),
                await control.running(self.commands, module),
                problems.get(module.name, ""),
            )
            for module in self.described.modules
        ]
        return (*states, *bad_states(self.described))


def bad_states(described: Descriptions) -> tuple[ModuleState, ...]:
    """Files that cannot be used, as modules of which nothing is known."""
    return tuple(
        ModuleState(bad.name, None, Wanted.UNSAID, Running.UNKNOWN, bad.problem) for bad in described.bad
    )


def _union(first: tuple[str, ...], second: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*first, *second)))
