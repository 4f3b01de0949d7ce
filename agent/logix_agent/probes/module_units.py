"""The units of the product's modules (`modules.d`) by `systemctl show` (systemctl(1), systemd.exec(5))."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from logix_common.errors import InvalidInput

from logix_agent.host.commands import Commands
from logix_agent.host.paths import HostPaths
from logix_agent.modules import descriptions, memory
from logix_agent.probes.readings import CannotTell, clean
from logix_agent.probes.unit_readings import ModuleReading, ModuleUnits, UnitState

MAX_UNITS: Final = 256
MAX_ANSWER: Final = 256 * 1024
_PROPERTIES: Final = "Id,LoadState,ActiveState,SubState,Result,NRestarts"


async def read(
    paths: HostPaths, commands: Commands, folder: str, state_dir: Path, limit: float
) -> ModuleReading | CannotTell:
    """Every module that runs by units; absent where none is described."""
    described, off = await asyncio.to_thread(_described, paths, folder, state_dir)
    names = list(dict.fromkeys(unit for units in described.values() for unit in units))[:MAX_UNITS]
    if not names:
        return CannotTell(f"{folder}: no module that runs by systemd units", absent=True)
    argv = ["systemctl", "show", f"--property={_PROPERTIES}", "--", *names]
    answer = await commands.run(argv, limit, MAX_ANSWER)
    if answer.missing:
        return CannotTell("systemctl is not installed", absent=True)
    if answer.exit_code is None:
        return CannotTell("systemctl did not answer in time, or not to the end")
    states = parse(answer.stdout.decode("utf-8", "replace"), names)
    if not states:
        return CannotTell("systemctl tells of none of the modules' units")
    return ModuleReading(
        tuple(
            ModuleUnits(name, tuple(states[unit] for unit in units if unit in states), name in off)
            for name, units in described.items()
        )
    )


def _described(
    paths: HostPaths, folder: str, state_dir: Path
) -> tuple[dict[str, tuple[str, ...]], frozenset[str]]:
    """The units of each module, and the modules that were turned off; blocking."""
    modules = descriptions.read(paths, folder).modules
    try:
        off = frozenset(memory.load(state_dir / memory.FILE).off)
    except (OSError, InvalidInput):  # the modules' own part says so
        off = frozenset()
    return {module.name: module.units for module in modules if module.units}, off


def parse(text: str, names: Sequence[str]) -> dict[str, UnitState]:
    """The units by the names asked for, which may be aliases; what is not loaded is left out. Pure, total."""
    blocks = [_values(block) for block in text.strip().split("\n\n")[: len(names)] if block.strip()]
    in_order = len(blocks) == len(names)
    by_id = {values.get("Id", ""): values for values in blocks}
    found = {}
    for place, name in enumerate(names):
        values = by_id.get(name) or (blocks[place] if in_order else {})
        if values.get("LoadState", "loaded") in ("loaded", "masked") and values.get("ActiveState"):
            found[name] = UnitState(
                clean(name, 128),
                clean(values["ActiveState"], 32),
                clean(values.get("SubState", ""), 32),
                clean(values.get("Result", ""), 32),
                clean(values.get("NRestarts", ""), 16),
            )
    return found


def _values(block: str) -> dict[str, str]:
    return {
        key.strip(): value.strip()
        for key, _, value in (line.partition("=") for line in block.splitlines()[:16])
    }
