"""Words that came from outside, made harmless for one line or one text. Pure."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

#: Turn the order of what is shown (Unicode Standard Annex 9): a name or subject may pretend with them.
_BIDI: Final = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_INVISIBLE: Final = frozenset("\u200b\u2060\ufeff\u00ad")
_ADDRESS: Final = re.compile(
    r"[a-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@(?=.{1,189}\Z)[a-z0-9]([a-z0-9-]{0,62})(\.[a-z0-9-]{1,63})*\Z"
)


def one_line(text: str, most: int) -> str:
    """`text` on one line of at most `most` characters, without controls and what turns its order."""
    kept = "".join(
        " " if _breaks(char) else char for char in text[: most * 4] if _shown(char) or _breaks(char)
    )
    words = " ".join(kept.split())
    return words if len(words) <= most else words[: most - 1].rstrip() + "…"


def lines(text: str) -> str:
    """`text` with its lines, ended by "\\n" each, without other controls and what turns its order."""
    joined = text.replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n").replace("\u2029", "\n")
    return "".join(char for char in joined if char in "\n\t" or _shown(char))


def address_or_none(text: str) -> str | None:
    """A plain mail address in small letters; None for anything else (RFC 5321, without quoted forms)."""
    plain = text.strip()
    # Before small letters: some that are not ASCII become so by them. "=?" is read as a word in code.
    if not plain.isascii() or "=?" in plain:
        return None
    address = plain.lower()
    return address if _ADDRESS.match(address) else None


def _breaks(char: str) -> bool:
    return char in "\r\n\t\v\f\u2028\u2029\u0085"


def _shown(char: str) -> bool:
    # Cs: halves of a pair that no database takes.
    return char not in _BIDI and char not in _INVISIBLE and unicodedata.category(char) not in ("Cc", "Cs")
