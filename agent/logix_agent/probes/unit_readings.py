"""What systemd tells of the modules' units, as plain facts. Nothing here is judged or read."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class UnitState:
    """A unit; `active`, `sub` and `result` in systemd's own words ("failed", "auto-restart", "exit-code")."""

    name: str
    active: str
    sub: str = ""
    result: str = ""
    restarts: str = ""  # how often systemd started it again by itself


@dataclass(frozen=True, slots=True)
class ModuleUnits:
    """A module that runs by units. `stopped`: a statement of the vendor's has turned it off."""

    name: str
    units: tuple[UnitState, ...] = ()
    stopped: bool = False


@dataclass(frozen=True, slots=True)
class ModuleReading:
    """All modules of `modules.d` that say by which units they run."""

    modules: tuple[ModuleUnits, ...]
