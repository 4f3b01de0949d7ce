"""Words as they are searched for, the same on every database. Pure.

Turkish is written with letters that many keyboards lack, and grows its words at the end: "disklerinde"
is to be found by "disk", and "sicaklik" is to find "sıcaklık". So letters lose their marks, and a longer
word is looked for by its beginning (for Turkish a cut beginning finds about as well as a stemmer does:
Can et al., "Information retrieval on Turkish texts", JASIST 59(3), 2008).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import Final

#: Turkish has two letters i: both are one here, whatever language a text is in.
_SAME: Final = str.maketrans({"ı": "i", "İ": "i", "I": "i", "ß": "ss", "æ": "ae", "ø": "o", "đ": "d"})
_WORD: Final = re.compile(r"[a-z0-9]+")
_MOST_WORDS: Final = 16
_LONGEST: Final = 64
#: A beginning is never cut shorter than this; what is cut off is at most a suffix of three letters.
_SHORTEST, _SUFFIX = 4, 3


def fold(text: str) -> str:
    """`text` in small letters without marks."""
    marked = unicodedata.normalize("NFKD", text.translate(_SAME)).casefold().translate(_SAME)
    return "".join(sign for sign in marked if not unicodedata.combining(sign))


def words(text: str) -> Iterator[str]:
    """The words of a text, folded, in their order."""
    return (found[:_LONGEST] for found in _WORD.findall(fold(text)))


def beginnings(question: str) -> list[str]:
    """What the words of an answer must begin with, each once; of a long question the first words."""
    cut = (word[: max(_SHORTEST, len(word) - _SUFFIX)] for word in words(question[:1_000]))
    return list(dict.fromkeys(cut))[:_MOST_WORDS]
