"""CSV as spreadsheets and databases export it: encoding and separator are found out, sizes bounded. Pure.

RFC 4180, with `;` or a tab for `,`, and the line `sep=;` that Excel writes and understands.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterator
from typing import Final

from logix_server.contracts.imports.columns import column_of
from logix_server.contracts.imports.table import Collector, Table, Unreadable

_SEPARATORS: Final = ";,\t"
MAX_LINE: Final = 32_000
#: Lines of one record: a quote that is never closed must not swallow the file.
MAX_RECORD_LINES: Final = 100
_HINT = re.compile(r"sep=(.)\s*\Z", re.IGNORECASE)
#: Turkish letters as UTF-8 has them, and as Windows-1254 has them; no byte of the one is in the other.
_UTF8_LETTERS = re.compile(rb"[\xc3-\xc5][\x80-\xbf]")
_1254_LETTERS = re.compile(rb"[\xc7\xd0\xd6\xdc-\xde\xe7\xf0\xf6\xfc-\xfe]")
_FORBIDDEN = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]")


def read_csv(data: bytes) -> Table:
    """The table in `data`. Raises `Unreadable` with the line, for any bytes that are none."""
    text = _decoded(data)
    control = _FORBIDDEN.search(text)
    if control:
        raise Unreadable("holds control characters: is it a CSV file?", _line_of(text, control.start()))
    first, _, rest = text.partition("\n")
    hint = _HINT.match(first)
    skipped = 1 if hint else 0
    separator = hint.group(1) if hint else _separator(text)
    return _parsed(rest if hint else text, separator, skipped)


def _decoded(data: bytes) -> str:
    """UTF-8 with or without its mark, UTF-16 with it, else Windows-1254, of which ISO-8859-9 is a part."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        try:
            return data.decode("utf-16")
        except UnicodeDecodeError as error:
            raise Unreadable(f"is not UTF-16 as it says ({error.reason})") from error
    marked = data.startswith(codecs.BOM_UTF8)
    data = data.removeprefix(codecs.BOM_UTF8)
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        broken, line = error, data.count(b"\n", 0, error.start) + 1
    if marked or len(_UTF8_LETTERS.findall(data)) > len(_1254_LETTERS.findall(data)):
        raise Unreadable(f"is UTF-8 with a broken letter (byte {data[broken.start]:#04x})", line)
    try:
        return data.decode("cp1254")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        what = f"is neither UTF-8 nor Windows-1254 (byte {data[error.start]:#04x})"
        raise Unreadable(what, line) from error


def _line_of(text: str, position: int) -> int:
    return text.count("\n", 0, position) + 1


def _separator(text: str) -> str:
    """The one that makes most known headings of the first line; of several, the one most often there."""
    header = next((line for line in text[:MAX_LINE].splitlines() if line.strip(_SEPARATORS + '" ')), "")

    def known(separator: str) -> tuple[int, int]:
        headings = header.split(separator)
        return sum(column_of(heading.strip(' "')) is not None for heading in headings), len(headings)

    return max(_SEPARATORS, key=known)


def _parsed(text: str, separator: str, skipped: int) -> Table:
    collector, lines = Collector(), _Lines(text)
    reader = csv.reader(lines, delimiter=separator, strict=True)
    line = 1
    try:
        for cells in reader:
            collector.add(line + skipped, cells)
            line, lines.record = reader.line_num + 1, 0
    except csv.Error as error:
        raise Unreadable(f"the quotes do not match ({error})", line + skipped) from error
    except Unreadable as error:
        raise Unreadable(error.what, error.line or line + skipped) from error
    return collector.table()


class _Lines:
    """Lines of a text, each of bounded length, a bounded number to a record."""

    def __init__(self, text: str) -> None:
        self._lines = io.StringIO(text, newline="")
        self.record = 0  # lines of the record at hand

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._lines.readline(MAX_LINE + 1)
        if not line:
            raise StopIteration
        if len(line) > MAX_LINE:
            raise Unreadable(f"a line of more than {MAX_LINE:,} characters")
        self.record += 1
        if self.record > MAX_RECORD_LINES:
            raise Unreadable(f"a quote is opened here and not closed within {MAX_RECORD_LINES} lines")
        return line
