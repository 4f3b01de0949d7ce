"""Turn a module on and off, and ask how it is: by systemd units or by programs, through the one door.

Units are disabled as well as stopped, so that it holds over a restart (systemctl(1)).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from logix_agent.host.commands import CommandResult, Commands
from logix_agent.modules.facts import Description, Running, WasOn

#: A service may take its time to stop; systemd itself gives it 90 s (systemd-system.conf(5)).
_ACT_SECONDS: Final = 120.0
_ASK_SECONDS: Final = 20.0
_MAX_ANSWER: Final = 512 * 1024
_PROPERTIES: Final = "Id,LoadState,ActiveState,UnitFileState,RequiredBy,BoundBy,ConsistsOf"
_ACTIVE: Final = frozenset({"active", "activating", "reloading", "refreshing"})
_ENABLED: Final = frozenset({"enabled", "enabled-runtime", "linked", "linked-runtime"})


@dataclass(frozen=True, slots=True)
class Unit:
    """What systemd says of a unit. `takes_along`: units that stop when this one does."""

    name: str  # as it was asked for
    id: str
    loaded: bool
    active: bool
    enabled: bool
    takes_along: frozenset[str]


async def ask_units(commands: Commands, names: Sequence[str]) -> dict[str, Unit] | str:
    """The units by the names asked for, or why that cannot be told."""
    if not names:
        return {}
    argv = ["systemctl", "show", f"--property={_PROPERTIES}", "--", *names]
    answer = await commands.run(argv, _ASK_SECONDS, _MAX_ANSWER)
    if answer.exit_code is None:
        return _failure("systemctl show", answer)
    return parse_units(answer.stdout.decode("utf-8", "replace"), names)


def parse_units(text: str, names: Sequence[str]) -> dict[str, Unit] | str:
    """systemctl's blocks, one a unit in the order asked, or why they are not that. Pure."""
    blocks = [block for block in text.strip().split("\n\n") if block.strip()]
    if len(blocks) != len(names):
        return f"systemctl told of {len(blocks)} units where {len(names)} were asked for"
    found = {}
    for name, block in zip(names, blocks, strict=True):
        values = dict(line.partition("=")[::2] for line in block.splitlines())
        if not values.get("Id") or "ActiveState" not in values:
            return f"systemctl told nothing of {name}"
        along = " ".join(values.get(key, "") for key in ("RequiredBy", "BoundBy", "ConsistsOf"))
        found[name] = Unit(
            name=name,
            id=values["Id"],
            loaded=values.get("LoadState") not in ("not-found", "bad-setting", "error"),
            active=values["ActiveState"] in _ACTIVE,
            enabled=values.get("UnitFileState", "") in _ENABLED,
            takes_along=frozenset(along.split()),
        )
    return found


async def running(commands: Commands, module: Description) -> Running:
    """How the module is now."""
    if module.units:
        units = await ask_units(commands, module.units)
        if isinstance(units, str):
            return Running.UNKNOWN
        active = [unit.active for unit in units.values()]
        return Running.YES if all(active) else Running.PARTLY if any(active) else Running.NO
    if not module.state:
        return Running.UNKNOWN
    answer = await commands.run(module.state, _ASK_SECONDS, 64 * 1024)
    if answer.exit_code is None:
        return Running.UNKNOWN
    return Running.YES if answer.exit_code == 0 else Running.NO


def endangered(units: Iterable[Unit], security: Iterable[Unit]) -> str:
    """Why stopping `units` would stop something of a security module; "" where it would not. Pure."""
    protected = {name for unit in security for name in (unit.name, unit.id)}
    for unit in units:
        if unit.id in protected or unit.name in protected:
            return f"{unit.name} is a security module's unit {unit.id}"
        if taken := sorted(unit.takes_along & protected):
            return f"{taken[0]} of a security module stops with {unit.name}"
    return ""


def was_on(units: Iterable[Unit]) -> WasOn:
    """What of these units runs or would run after a restart. Pure."""
    listed = list(units)
    return WasOn(
        tuple(unit.name for unit in listed if unit.enabled),
        tuple(unit.name for unit in listed if unit.active),
    )


async def turn_off(commands: Commands, module: Description) -> str:
    """Turn a module off; why it did not go off, "" when it did."""
    if module.units:
        return await _act(commands, [("systemctl", "disable", "--now", "--", *module.units)])
    return await _act(commands, module.off)


async def turn_on(commands: Commands, module: Description, was: WasOn | None) -> str:
    """Turn a module on: what `was` on of it, all of it where that is not known. Why not, or ""."""
    if not module.units:
        return await _act(commands, module.on)
    if was is None:
        return await _act(commands, [("systemctl", "enable", "--now", "--", *module.units)])
    enabled = [unit for unit in was.enabled if unit in module.units]
    active = [unit for unit in was.active if unit in module.units]
    steps: list[tuple[str, ...]] = []
    if enabled:
        steps.append(("systemctl", "enable", "--", *enabled))
    if active:
        steps.append(("systemctl", "start", "--", *active))
    return await _act(commands, steps)


async def start_again(commands: Commands, units: Sequence[str]) -> str:
    """Start units that must run."""
    return await _act(commands, [("systemctl", "start", "--", *units)])


async def _act(commands: Commands, steps: Iterable[Sequence[str]]) -> str:
    for words in steps:
        answer = await commands.run(words, _ACT_SECONDS, 64 * 1024)
        if answer.exit_code != 0:
            return _failure(" ".join(words)[:200], answer)
    return ""


def _failure(what: str, answer: CommandResult) -> str:
    if answer.missing:
        return f"{what}: no such program in the search path"
    if answer.timed_out:
        return f"{what}: did not end in time"
    if answer.truncated:
        return f"{what}: said too much and was ended"
    return f"{what}: ended with {answer.exit_code}"
