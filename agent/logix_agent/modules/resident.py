"""The running agent and its modules: it acts on a valid, newer statement for this device, on nothing else.

A statement is verified by the short-lived process that does all cryptography, kept durably, and only then
carried out; a crash in between is made good at the next start. No silence, no date and no clock changes
anything: a statement is never looked at for its age.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from logix_common.clock import Clock
from logix_common.errors import InvalidInput, LogixError
from logix_common.module_statement import ModuleStatement, parsed

from logix_agent.host.commands import Commands
from logix_agent.host.paths import HostPaths
from logix_agent.link.deadline import woken
from logix_agent.link.disk_thread import Keeper
from logix_agent.modules import descriptions, memory
from logix_agent.modules.applying import Look, Outcome
from logix_agent.modules.facts import ModuleReport, ModuleState, SignedStatement
from logix_agent.modules.memory import Memory

log = logging.getLogger(__name__)

#: What fails is tried again after so many seconds each, then at the next start or statement.
RETRY_SECONDS: Final = (5.0, 30.0, 120.0, 600.0, 1800.0)

VERIFY_AGAIN_SECONDS: Final = (5.0, 60.0)

#: Raises `LogixError` unless a key that the device trusts has signed the statement.
Verify = Callable[[SignedStatement], Awaitable[None]]


@dataclass(frozen=True)
class Parts:
    """What the modules' part works with."""

    paths: HostPaths
    folder: str  # modules.d, as on the machine
    commands: Commands
    file: Path  # the memory
    keep: Keeper
    clock: Clock
    verify: Verify


class Modules:
    """`run` never ends by itself. `changed` is called whenever there is something new to tell."""

    def __init__(self, device_id: str, parts: Parts, changed: Callable[[], None] = lambda: None) -> None:
        self._device_id = device_id
        self._parts = parts
        self._changed = changed
        self._wake = asyncio.Event()
        #: Set while nothing is under way and nothing waits to be carried out.
        self.resting = asyncio.Event()
        self._taking = asyncio.Lock()
        self._changing = asyncio.Lock()
        self._kept = True  # the memory holds the newest statement
        self._fresh = False  # a statement came since the last look
        self._verified = False  # the statement in the memory, in this life
        self._rejected: SignedStatement | None = None
        self._refused: dict[str, str] = {}
        self._states: tuple[ModuleState, ...] = ()
        self.problem = ""
        try:
            self._memory = memory.load(parts.file)
        except (OSError, InvalidInput) as error:
            self._memory, self.problem = Memory(), f"what was stated cannot be read: {error}"
            log.error("the modules' memory cannot be read", extra={"error": str(error)})

    @property
    def counter(self) -> int:
        """Of the newest statement accepted; 0 = none."""
        return self._memory.counter(self._device_id)

    def report(self) -> ModuleReport | None:
        """What to tell the server; None where there is nothing."""
        if not self._states and not self.counter and not self.problem:
            return None
        return ModuleReport(self.counter, self.problem, self._states)

    async def take(self, signed: SignedStatement) -> None:
        """A statement has come. One that is not valid, newer and ours changes nothing but `problem`."""
        async with self._taking:
            try:
                statement = await self._checked(signed)
            except (LogixError, OSError, TimeoutError) as error:
                self._rejected = signed
                self.problem = f"a statement was not accepted: {error}"[:500]
                log.error("a module statement was not accepted", extra={"error": str(error)})
                self._changed()
                return
            if statement is not None:
                await self._accept(statement, signed)

    async def try_again(self) -> None:
        """The device trusts other keys now: look again at a statement that was not accepted."""
        rejected, self._rejected = self._rejected, None
        if rejected is not None:
            await self.take(rejected)

    async def run(self) -> None:
        """Carry out what was accepted, now and whenever another statement was."""
        tries = 0
        while True:
            self.resting.clear()
            self._wake.clear()
            fresh, self._fresh = self._fresh, False
            outcome = await self._look(fresh)
            tries = 1 if fresh else tries + 1
            if not self._wake.is_set():
                self.resting.set()
            if not outcome.failed or tries > len(RETRY_SECONDS):
                await self._wake.wait()
                tries = 0
                continue
            await woken(self._parts.clock, RETRY_SECONDS[tries - 1], self._wake)

    async def _checked(self, signed: SignedStatement) -> ModuleStatement | None:
        """The statement, None where it is the one that we have. Raises `LogixError`."""
        if self._memory.signed == signed and self.counter:
            return None
        await self._verified_in_time(signed)
        statement = parsed(signed.payload)
        if statement.device_id != self._device_id:
            raise InvalidInput("module statement: device_id", "is for another device")
        if statement.counter <= self.counter:
            raise InvalidInput(
                "module statement: counter",
                f"expected more than {self.counter}, got {statement.counter}: it is an old one",
            )
        return statement

    async def _verified_in_time(self, signed: SignedStatement) -> None:
        """Verify; a machine that was only too busy for it is asked again."""
        for seconds in (*VERIFY_AGAIN_SECONDS, None):
            try:
                return await self._parts.verify(signed)
            except (OSError, TimeoutError):
                if seconds is None:
                    raise
            await self._parts.clock.sleep(seconds)
        return None

    async def _accept(self, statement: ModuleStatement, signed: SignedStatement) -> None:
        # Modules may be off because of statements that we have no memory of (a reinstalled agent).
        missed = self.counter == 0 and statement.counter > 1 and statement.last_disabling > 0
        changes: dict[str, Any] = {
            "statement": statement,
            "signed": signed,
            "pending": True,
            "forgotten": self._memory.forgotten or missed,
        }
        try:
            await self._change(**changes)
            self._kept = True
        except OSError as error:
            log.error("a module statement cannot be kept; it turns nothing off", extra={"error": str(error)})
            self._memory, self._kept = replace(self._memory, **changes), False
        self._verified, self._rejected, self.problem = True, None, ""
        log.info("a module statement was accepted", extra={"counter": statement.counter})
        self._fresh = True
        self.resting.clear()
        self._wake.set()

    async def _look(self, fresh: bool) -> Outcome:
        """One look at the modules: bring each to what is stated, and see how it is."""
        described = await asyncio.to_thread(descriptions.read, self._parts.paths, self._parts.folder)
        if fresh:
            self._refused = {}
        if not self._kept:
            with contextlib.suppress(OSError):
                await self._change()
                self._kept = True
        held, statement = self._memory, await self._standing()
        look = Look(described, self._parts.commands, self._keep_off, self._refused)
        outcome = await look.apply(held, statement, may_turn_off=self._kept)
        await self._settle(outcome, held)
        if fresh or outcome.states != self._states:
            self._states = outcome.states
            self._changed()
        return outcome

    async def _standing(self) -> ModuleStatement | None:
        """The statement to go by, verified anew in each life where anything follows from it."""
        held = self._memory
        if held.statement is None or held.signed is None or not self.counter:
            return None
        follows = held.statement.others is False or not all(held.statement.named.values())
        if self._verified or not (follows or held.off or held.guard or held.pending or held.forgotten):
            return held.statement
        try:
            await self._parts.verify(held.signed)
        except (LogixError, OSError, TimeoutError) as error:
            self.problem = f"the statement that was kept is not valid: {error}"[:500]
            log.error("the module statement that was kept is not valid", extra={"error": str(error)})
            return None
        self._verified = True
        return held.statement

    async def _settle(self, outcome: Outcome, held: Memory) -> None:
        """Note that a statement was carried out to its end, unless another one came meanwhile."""
        if outcome.failed or self._memory.signed != held.signed or not self._verified:
            return
        forgotten = self._memory.forgotten and outcome.turns_off
        if self._memory.pending or self._memory.forgotten != forgotten:
            try:
                await self._change(pending=False, forgotten=forgotten)
            except OSError as error:  # then it is carried out once more at the next start
                log.warning("the modules' memory cannot be written", extra={"error": str(error)})

    async def _keep_off(self, noted: Memory) -> None:
        """What was turned off, beside whatever statement is the newest now."""
        await self._change(off=noted.off, guard=noted.guard)

    async def _change(self, **changes: Any) -> None:
        """Change the memory once the disk has taken it; raises `OSError`, and it is as before."""
        async with self._changing:
            changed, file = replace(self._memory, **changes), self._parts.file
            await self._parts.keep(lambda: memory.save(file, changed))
            self._memory = changed
