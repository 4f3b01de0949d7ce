"""The name of an attached file: never a path, nothing that hides its ending. Pure."""

from __future__ import annotations

import unicodedata
from typing import Final

from logix_server.mail import plain

MOST_NAME: Final = 120
_FORBIDDEN: Final = frozenset('<>:"|?*;%')
_MOST_ENDING: Final = 16
NAMELESS: Final = "file"


def cleaned(name: str) -> str:
    """`name` without folders, controls, what turns its order, and signs that some system refuses.

    The ending stays where the name is too long. Never empty: "file" where nothing is left.
    """
    last = name.replace("\\", "/").rsplit("/", 1)[-1][: MOST_NAME * 4]
    shown = plain.one_line(unicodedata.normalize("NFC", last), MOST_NAME * 4)
    kept = "".join("_" if char in _FORBIDDEN else char for char in shown).strip(" .")
    if len(kept) > MOST_NAME:
        end = f".{ending(kept)}" if ending(kept) else ""
        kept = kept[: MOST_NAME - len(end)].rstrip(" .") + end
    return kept or NAMELESS


def ending(name: str) -> str:
    """What stands after the last dot, in small letters; "" where there is none."""
    stem, dot, end = name.rpartition(".")
    return end.lower() if dot and stem and len(end) <= _MOST_ENDING else ""
