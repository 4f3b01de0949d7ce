"""What is to be done with a module by a statement. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum

from logix_common.module_statement import ModuleStatement

from logix_agent.modules.facts import Description, Wanted


class Step(Enum):
    """What to do with a module now."""

    NOTHING = "nothing"
    OFF = "off"
    ON = "on"


def wanted(module: Description, statement: ModuleStatement | None) -> Wanted:
    """What holds for `module`. Whatever a statement says, a security module runs (UPD-6, Reading 10)."""
    if module.security:
        return Wanted.RUNS
    if statement is None or module.security is None:
        return Wanted.UNSAID
    runs = statement.runs(module.name)
    if runs is None:
        return Wanted.UNSAID
    return Wanted.RUNS if runs else Wanted.DISABLED


def step(
    module: Description, statement: ModuleStatement | None, *, turned_off: bool, forgotten: bool
) -> Step:
    """What to do with `module`.

    A module is turned on only where it was a statement that turned it off (`turned_off`), or where that
    may have been and our memory of it is lost (`forgotten`): what the customer has switched off stays so.
    """
    if not module.controlled:
        return Step.NOTHING
    want = wanted(module, statement)
    if want is Wanted.DISABLED:
        return Step.OFF
    if want is Wanted.RUNS and (turned_off or forgotten):
        return Step.ON
    return Step.NOTHING


def names_security(modules: Iterable[Description], statement: ModuleStatement) -> list[str]:
    """Security modules that the statement would disable by name: a mistake of the vendor's, to be told."""
    return [
        module.name for module in modules if module.security and statement.named.get(module.name) is False
    ]
