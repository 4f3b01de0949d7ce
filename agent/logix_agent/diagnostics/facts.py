"""What is asked for, and what is gathered. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Asked:
    """For which ticket; the codes of its faults and the parts that have them, parallel."""

    ticket: str = ""
    codes: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()


#: Of an order that wants no diagnostics.
NOTHING_ASKED: Final = Asked()


@dataclass(frozen=True, slots=True)
class Question:
    """One program to ask. `name`: where its answer lies in the bundle; `wakes`: no disk may sleep then."""

    name: str
    argv: tuple[str, ...]
    wakes: bool = False


@dataclass(frozen=True, slots=True)
class Part:
    """One file of the bundle, its secrets removed; `problem` says why it is less than it should be."""

    name: str
    source: str  # the command line or path it comes from
    text: str
    exit_code: int | None = None
    seconds: float = 0.0
    truncated: bool = False
    problem: str = ""
    redactions: int = 0


@dataclass(frozen=True, slots=True)
class Bundle:
    """A finished one; `sha256` in hexadecimal."""

    size: int
    sha256: str
