"""Module statements and what devices tell of them, as facts. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple


class SignedStatement(NamedTuple):
    """A statement as it is sent."""

    unit_id: int
    counter: int
    payload: bytes
    signature: bytes
    key_id: str


@dataclass(frozen=True)
class ModulesTold:
    """What a unit says of its modules; `modules` is plain JSON, bounded by the codec."""

    unit_id: int
    counter: int  # of the newest statement that it has accepted; 0 = none
    problem: str  # why it did not accept the last one
    modules: list[dict[str, Any]]


class Due(NamedTuple):
    """A unit whose statement is out of date; `turns_off`: the new one would disable what runs now."""

    unit_id: int
    serial: str
    turns_off: bool
    state: str
    clauses: tuple[str, ...]
