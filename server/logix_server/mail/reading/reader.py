"""A raw mail read: one function that answers for whatever comes. Pure."""

from __future__ import annotations

import re
from email import message_from_bytes
from email.policy import compat32
from typing import Final

from logix_common.errors import LogixError

from logix_server.mail.reading import html_text
from logix_server.mail.reading.headers import headers_of
from logix_server.mail.reading.mail_read import MailRead
from logix_server.mail.reading.parts import Parts, leaves
from logix_server.mail.reading.quoting import fold

#: Beyond these a mail is nobody's letter, and reading it would cost too much.
MOST_HEADER_BYTES: Final = 256 * 1024
MOST_HEADERS: Final = 1_000
MOST_PARTS: Final = 300
MOST_NESTED: Final = 25
MOST_LINES: Final = 1_000_000
#: Lines that may end a part; a part needs no header of its own.
MOST_BORDERS: Final = 20_000
#: Of a header with parameters, which the library takes apart by the square of its length.
MOST_PARAMETERS: Final = 100
MOST_PARAMETER_BYTES: Final = 8_000
_END_OF_HEADERS: Final = re.compile(rb"\n\n")
_TYPES: Final = re.compile(rb"^content-type[ \t]*:", re.IGNORECASE | re.MULTILINE)
_NESTS: Final = re.compile(rb"[ \t\n]*(?:multipart|message)[ \t\n]*/", re.IGNORECASE)
_WITH_PARAMETERS: Final = re.compile(
    rb"^content-(?:type|disposition)[ \t]*:[^\n]*(?:\n[ \t][^\n]*)*", re.IGNORECASE | re.MULTILINE
)


class Unreadable(LogixError):
    """A mail that is not taken apart: forged to cost, or broken beyond reading."""


def read(raw: bytes) -> MailRead:
    """Take a mail apart. Raises `Unreadable`, and nothing else, whatever `raw` holds."""
    _require_readable(raw)
    try:
        return _read(raw)
    except Unreadable:
        raise
    except (RecursionError, MemoryError) as error:
        raise Unreadable("nested too deeply") from error
    except Exception as error:  # the library's own faults with forged mails are many; none may end us
        raise Unreadable(f"{type(error).__name__}: {error}"[:200]) from error


def headers_alone(raw: bytes) -> bytes:
    """The headers of a mail that is too large to be read, as a mail of their own."""
    text = _lines(raw)
    return text[: _end_of_headers(text)][:MOST_HEADER_BYTES] + b"\n\n"


def _require_readable(raw: bytes) -> None:
    text = _lines(raw)
    end = _end_of_headers(text)
    if end > MOST_HEADER_BYTES or text.count(b"\n", 0, end) > MOST_HEADERS:
        raise Unreadable("too many headers")
    if text.count(b"\n") > MOST_LINES:
        raise Unreadable("too many lines")
    types = [found.end() for found in _TYPES.finditer(text)]
    if len(types) > MOST_PARTS or text.count(b"\n--") > MOST_BORDERS:
        raise Unreadable("too many parts")
    # Each nesting makes every line go through one more reader.
    if sum(bool(_NESTS.match(text, end)) for end in types) > MOST_NESTED:
        raise Unreadable("nested too deeply")
    for header in _WITH_PARAMETERS.finditer(text):
        if len(header[0]) > MOST_PARAMETER_BYTES or header[0].count(b";") > MOST_PARAMETERS:
            raise Unreadable("a header of too many parameters")


def _lines(raw: bytes) -> bytes:
    """The mail with the line ends that the library sees: a bare CR is one, too."""
    return raw.replace(b"\r\n", b"\n").replace(b"\r", b"\n")


def _read(raw: bytes) -> MailRead:
    mail = message_from_bytes(raw, policy=compat32)
    headers = headers_of(mail)
    parts = Parts()
    for part in leaves(mail):
        parts.take(part)
    folded = fold(parts.words())
    return MailRead(
        headers=headers,
        text=folded.said,
        signature=folded.signature,
        quoted=folded.quoted,
        html=html_text.harmless(parts.html[0]) if parts.html else "",
        files=tuple(parts.files),
        left_out=tuple(parts.left_out),
        cut=parts.cut,
    )


def _end_of_headers(raw: bytes) -> int:
    found = _END_OF_HEADERS.search(raw)
    return found.start() if found else len(raw)
