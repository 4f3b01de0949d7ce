"""A module as the appliance describes it, and what is known of it. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Description:
    """One file of `modules.d`.

    `security` None: the file does not say how the module is turned on and off; it is never touched.
    """

    name: str
    security: bool | None
    units: tuple[str, ...] = ()  # systemd units
    on: tuple[tuple[str, ...], ...] = ()  # programs with their arguments, run in this order
    off: tuple[tuple[str, ...], ...] = ()
    state: tuple[str, ...] = ()  # a program that ends with 0 while the module runs

    @property
    def controlled(self) -> bool:
        """Whether a statement can turn this module off: it says how, and is no security module."""
        return self.security is False


@dataclass(frozen=True, slots=True)
class BadFile:
    """A file of `modules.d` that cannot be used: its module is left as it is."""

    name: str
    problem: str


@dataclass(frozen=True, slots=True)
class Descriptions:
    """All of `modules.d`.

    `guarded`: units of files that cannot be used, whose modules may be security modules.
    """

    modules: tuple[Description, ...] = ()
    bad: tuple[BadFile, ...] = ()
    guarded: tuple[str, ...] = ()

    @property
    def security_units(self) -> tuple[str, ...]:
        """Every unit that must not stop because a module is turned off."""
        own = (unit for module in self.modules if module.security for unit in module.units)
        return tuple(dict.fromkeys((*own, *self.guarded)))


class Running(StrEnum):
    """How a module is, as asked of the machine."""

    YES = "yes"
    NO = "no"
    PARTLY = "partly"
    UNKNOWN = "unknown"


class Wanted(StrEnum):
    """What the last valid statement says of a module; security modules always run."""

    RUNS = "runs"
    DISABLED = "disabled"
    UNSAID = "unsaid"


@dataclass(frozen=True, slots=True)
class ModuleState:
    """One module for the server and for people."""

    name: str
    security: bool | None
    wanted: Wanted
    running: Running
    problem: str = ""


@dataclass(frozen=True, slots=True)
class WasOn:
    """What of a module we have turned off, so that exactly that is turned on again."""

    enabled: tuple[str, ...] = ()  # units that the next boot would have started
    active: tuple[str, ...] = ()  # units that ran


@dataclass(frozen=True, slots=True)
class SignedStatement:
    """A module statement as it came."""

    payload: bytes
    signature: bytes
    key_id: str


@dataclass(frozen=True, slots=True)
class ModuleReport:
    """What the server is told: the newest statement accepted, why the last one was not, how modules are."""

    counter: int
    problem: str
    modules: tuple[ModuleState, ...]
