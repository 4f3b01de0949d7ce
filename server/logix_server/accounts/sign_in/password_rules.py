"""What a password may not be, beside too short and too common. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

MOST: Final = 128  # characters
_LEAST_PIECE: Final = 4
_LEAST_LEFT: Final = 8
_LEAST_DIFFERENT: Final = 5


def pieces(*known: str) -> set[str]:
    """What of names and addresses a guesser tries: their parts of four letters and more."""
    parts = (part for text in known for part in re.split(r"[\W_]+", text.casefold()))
    return {part for part in parts if len(part) >= _LEAST_PIECE}


def like(password: str, known: Iterable[str]) -> bool:
    """Whether little is left of a password without what is known of its owner."""
    rest = password.casefold()
    for piece in sorted(pieces(*known), key=len, reverse=True):
        rest = rest.replace(piece, "")
    return len(rest) < min(_LEAST_LEFT, len(password))


def monotonous(password: str) -> bool:
    """Whether it is few characters over and over."""
    return len(set(password)) < _LEAST_DIFFERENT
