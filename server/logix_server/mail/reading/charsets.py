"""Bytes to words, where the charset is missing, wrong or unknown. Pure.

Turkish mail is the rule here: ISO-8859-9 is read as Windows-1254, which holds it all (as the WHATWG Encoding
Standard has it), and so is Latin-1 with the bytes that are Turkish letters in the one and Icelandic ones
in the other.
"""

from __future__ import annotations

import codecs
import re
from email.header import decode_header
from typing import Final

_TURKISH: Final = "cp1254"
_AS_TURKISH: Final = frozenset(
    {"iso8859-9", "iso-8859-9", "latin5", "latin-5", "windows-1254", "cp1254", "x-cp1254"}
)
_WESTERN: Final = frozenset({"iso8859-1", "cp1252", "ascii"})
_ONE_BYTE: Final = _WESTERN | {_TURKISH}
#: ğ, Ğ, ı, İ, ş, Ş in ISO-8859-9; ð, Ð, ý, Ý, þ, Þ in ISO-8859-1.
_TURKISH_BYTES: Final = re.compile(rb"[\xf0\xd0\xfd\xdd\xfe\xde]")
#: Text encodings of Python that no mail may choose: they are no charsets, or hide what they say.
_REFUSED: Final = frozenset(
    {"utf-7", "idna", "punycode", "unicode-escape", "raw-unicode-escape", "undefined", "mbcs", "oem"}
)
_MOST_HEADER: Final = 8_000


def decoded(content: bytes, charset: str) -> str:
    """The words of `content`; never raises. `charset` is as declared, "" where it is not."""
    name = _codec(charset)
    if name in _WESTERN and _TURKISH_BYTES.search(content):
        name = _TURKISH
    # What is UTF-8 is hardly ever anything else; what is said to be a one-byte charset often is UTF-8.
    first = "utf-8" if name in _ONE_BYTE else name
    for attempt in (first or "utf-8", name or "utf-8", "utf-8", _TURKISH):
        try:
            return content.decode(attempt)
        except (UnicodeError, LookupError, ValueError, TypeError, AssertionError):
            continue
    return content.decode(_TURKISH, "replace")


def header_words(value: object) -> str:
    """A header as it is read, encoded words and bare eight-bit letters resolved; never raises."""
    text = bare(str(value)[:_MOST_HEADER])
    try:
        pieces = decode_header(text)
    except Exception:  # whatever a forged header breaks in there, it stays readable as it stands
        return text
    return "".join(
        decoded(piece, charset or "") if isinstance(piece, bytes) else piece for piece, charset in pieces
    )


def bare(text: str) -> str:
    """A header with the eight-bit letters that nobody declared, which the library keeps as surrogates."""
    if not any("\ud800" <= char <= "\udfff" for char in text):
        return text
    return decoded(text.encode("utf-8", "surrogateescape"), "")


def _codec(charset: str) -> str:
    """Python's name for a declared charset; "" for none that text comes in."""
    name = charset.strip().strip("\"'").lower()[:40]
    if name in _AS_TURKISH:
        return _TURKISH
    try:
        found = codecs.lookup(name) if name.isascii() and "\x00" not in name else None
    except (LookupError, ValueError):
        return ""
    if (
        found is None
        or not getattr(found, "_is_text_encoding", True)
        or found.name.replace("_", "-") in _REFUSED
    ):
        return ""
    return _TURKISH if found.name == "iso8859-9" else found.name
