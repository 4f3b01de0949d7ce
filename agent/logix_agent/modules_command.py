"""`logix-agent modules`: each module, what is stated of it and why, and how it is."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from typing import Any

from logix_common.errors import InvalidInput
from logix_common.module_statement import ModuleStatement

from logix_agent.config import AgentConfig
from logix_agent.host.commands import commands_for
from logix_agent.host.paths import HostPaths
from logix_agent.link.identity import IdentityStore, NotEnrolled
from logix_agent.modules import control, descriptions, memory
from logix_agent.modules.decision import wanted
from logix_agent.modules.facts import Descriptions, ModuleState, Running, Wanted
from logix_agent.texts import _, language, printable

AS_STATED, OTHERWISE, CANNOT_TELL = 0, 1, 2


@dataclass(frozen=True)
class View:
    """What there is to show. `problem`: why the statement cannot be read, "" where it can."""

    statement: ModuleStatement | None
    states: tuple[ModuleState, ...]
    problem: str = ""

    @property
    def exit_code(self) -> int:
        """0: every module is as stated; 1: one is not, or is badly described; 2: it cannot be told."""
        if self.problem:
            return CANNOT_TELL
        return OTHERWISE if any(_differs(state) for state in self.states) else AS_STATED


async def run(config: AgentConfig, *, as_json: bool) -> int:
    """Print it; the exit code."""
    view = await look(config)
    if as_json:
        sys.stdout.write(json.dumps(as_data(view), ensure_ascii=False, indent=1) + "\n")
    else:
        sys.stdout.write("\n".join(map(printable, lines(view))) + "\n")
    return view.exit_code


async def look(config: AgentConfig) -> View:
    """The modules as they are now. Raises `OSError` where the agent's state may not be read."""
    paths = HostPaths(config.sysroot)
    described = descriptions.read(paths, config.modules_dir)
    problem, statement = "", None
    try:
        statement = memory.load(config.state_dir / memory.FILE).statement
        device_id = IdentityStore(config.state_dir / "identity").device().device_id
        if statement is not None and statement.device_id != device_id:
            statement = None  # of an identity that this appliance had before
    except NotEnrolled:
        statement = None
    except InvalidInput as error:
        problem = str(error)
    return View(statement, await _states(paths, described, statement), problem)


async def _states(
    paths: HostPaths, described: Descriptions, statement: ModuleStatement | None
) -> tuple[ModuleState, ...]:
    commands = commands_for(paths)
    states = [
        ModuleState(
            module.name, module.security, wanted(module, statement), await control.running(commands, module)
        )
        for module in described.modules
    ]
    bad = [ModuleState(bad.name, None, Wanted.UNSAID, Running.UNKNOWN, bad.problem) for bad in described.bad]
    return (*states, *bad)


def _differs(state: ModuleState) -> bool:
    if state.problem:
        return True
    return state.wanted is Wanted.DISABLED and state.running in (Running.YES, Running.PARTLY)


def as_data(view: View) -> dict[str, Any]:
    """For programs. Pure."""
    statement = view.statement
    return {
        "statement": None
        if statement is None
        else {
            "counter": statement.counter,
            "issued_at": statement.issued_at,
            "clauses": list(statement.clauses),
            "reason": dict(statement.reason),
        },
        "problem": view.problem,
        "modules": [
            {
                "name": state.name,
                "security": state.security,
                "wanted": state.wanted.value,
                "running": state.running.value,
                "problem": state.problem,
            }
            for state in view.states
        ],
    }


def lines(view: View) -> list[str]:
    """For a person. Pure but for the language of the environment."""
    said = [_statement_line(view)]
    if view.statement is not None and (reason := view.statement.reason.get(language())):
        said.append(reason)
    if not view.states:
        return [*said, _("No modules are described.")]
    width = max(len(state.name) for state in view.states)
    for state in view.states:
        line = f"  {state.name:<{width}}  {_running(state.running)}; {_wanted(state)}"
        said.append(f"{line}: {state.problem}" if state.problem else line)
    return said


def _statement_line(view: View) -> str:
    if view.problem:
        return _("What was stated cannot be read: {problem}").format(problem=view.problem)
    if view.statement is None:
        return _("No statement has been accepted yet: every module is as it was.")
    text = _("By statement {counter} of {when} ({clauses}):")
    return text.format(
        counter=view.statement.counter,
        when=view.statement.issued_at,
        clauses=", ".join(view.statement.clauses),
    )


def _running(running: Running) -> str:
    return {
        Running.YES: _("runs"),
        Running.NO: _("does not run"),
        Running.PARTLY: _("runs in part"),
        Running.UNKNOWN: _("state not known"),
    }[running]


def _wanted(state: ModuleState) -> str:
    if state.security:
        return _("security module, never disabled")
    return {
        Wanted.RUNS: _("may run"),
        Wanted.DISABLED: _("disabled by the statement"),
        Wanted.UNSAID: _("nothing is stated of it"),
    }[state.wanted]
