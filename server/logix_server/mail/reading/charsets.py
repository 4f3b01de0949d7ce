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
#: ğ, Ğ, ı, İ, ş, Ş in ISO-8859-9; ð, Ð, ý, Ý, þ, Þ in ISO-8859-1.
_TURKISH_BYTES: Final = re.compile(rb"[\xf0\xd0\xfd\xdd\xfe\xde]")
#: Text encodings of Python that no mail may choose: they are no charsets, or hide what they say.
_REFUSED: Final = frozenset(
    {"utf-7", "idna", "punycode", "unicode_escape", "raw_unicode_escape", "undefined", "mbcs", "oem"}
)
_MOST_HEADER: Final = 8_000


def decoded(content: bytes, charset: str) -> str:
    """The words of `content`; never raises. `charset` is as declared, "" where it is not."""
    name = _codec(charset)
    if name in _WESTERN and _TURKISH_BYTES.search(content):
        name = "utf-8"  # and where it is none, Turkish
    for attempt in (name or "utf-8", "utf-8", _TURKISH):
        try:
            return content.decode(attempt)
        except (UnicodeError, LookupError, ValueError, TypeError, AssertionError):
            continue
    return content.decode(_TURKISH, "replace")


def header_words(value: object) -> str:
    """A header as it is read, encoded words and bare eight-bit letters resolved; never raises."""
    text = str(value)[:_MOST_HEADER]
    raw = text.encode("utf-8", "surrogateescape")
    if any(byte > 0x7F for byte in raw):
        text = decoded(raw, "")  # eight-bit letters that nobody declared
    try:
        pieces = decode_header(text)
    except Exception:  # whatever a forged header breaks in there, it stays readable as it stands
        return text
    return "".join(
        decoded(piece, charset or "") if isinstance(piece, bytes) else piece for piece, charset in pieces
    )


def _codec(charset: str) -> str:
    """Python's name for a declared charset; "" for none that text comes in."""
    name = charset.strip().strip("\"'").lower()[:40]
    if name in _AS_TURKISH:
        return _TURKISH
    try:
        found = codecs.lookup(name) if name.isascii() and "\x00" not in name else None
    except (LookupError, ValueError):
        return ""
    if found is None or not getattr(found, "_is_text_encoding", True) or found.name in _REFUSED:
        return ""
    return _TURKISH if found.name == "iso8859-9" else found.name
