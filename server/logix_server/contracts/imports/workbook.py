"""XLSX (ECMA-376) through openpyxl, bounded: what a workbook may cost is judged before it is parsed.

Values are read, never formulas. A workbook is a ZIP file of XML: `zipfile` gives no more of a part than its
directory declares, and defusedxml, which openpyxl uses where it is installed, refuses entities.
"""

from __future__ import annotations

import io
import re
import warnings
import zipfile
from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final

import openpyxl

from logix_server.contracts.imports.table import MAX_COLUMNS, Collector, Table, Unreadable

MAX_PARTS: Final = 500
MAX_UNPACKED: Final = 32_000_000
#: Beginnings and ends of XML elements in all parts: openpyxl keeps an element of a few bytes in hundreds.
MAX_TAGS: Final = 2_500_000
_FORMULA: Final = re.compile(rb"<(?:\w+:)?f[\s/>]")
_UNWORKED: Final = "#N/A"


def read_workbook(data: bytes, sheet: str = "") -> Table:
    """The sheet of that name, else the first, as a table. Raises `Unreadable` for all that is none."""
    formulas = _expect_bounded(data)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of styles and validations that are not kept
            return _read(data, sheet, formulas=formulas)
    except Unreadable:
        raise
    except Exception as error:  # openpyxl documents none: KeyError, ParseError, EntitiesForbidden ...
        cause = error.__cause__ or error
        what = " ".join(f"cannot be read as a workbook ({type(cause).__name__}: {cause})".split())
        raise Unreadable(what[:300]) from error


def _expect_bounded(data: bytes) -> bool:
    """Count before anything is parsed; whether any sheet may have formulas."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = archive.infolist()
            if len(parts) > MAX_PARTS or sum(part.file_size for part in parts) > MAX_UNPACKED:
                raise Unreadable(f"unpacks to more than {MAX_UNPACKED:,} bytes or {MAX_PARTS} parts")
            tags, formulas = 0, False
            for part in parts:
                text = archive.read(part)
                tags += text.count(b"<")
                formulas = formulas or _FORMULA.search(text) is not None
    except Unreadable:
        raise
    except Exception as error:  # of zipfile, zlib, lzma and bz2, each with its own
        raise Unreadable(f"is a broken workbook ({error})"[:300]) from error
    if tags > MAX_TAGS:
        raise Unreadable("holds more cells than any list of devices: copy the rows to a new workbook")
    return formulas


def _read(data: bytes, sheet: str, *, formulas: bool) -> Table:
    book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
    titles = [one.title for one in book.worksheets]
    if sheet and sheet not in titles:
        raise Unreadable(f"has no sheet {sheet!r}, but {', '.join(titles)}")
    if not titles:
        raise Unreadable("has no sheet")
    chosen = book[sheet or titles[0]]
    collector = Collector()
    rows = _worked_out(data, chosen) if formulas else _rows(chosen, values_only=True)
    last: tuple[Any, ...] = ()
    for line, row in enumerate(rows, start=1):
        if row is not last:  # the same row again fills a gap: there may be a million of them
            collector.add(line, [_text(value) for value in row])
        last = row
    epoch: datetime = book.epoch
    return collector.table(epoch.date())


def _rows(sheet: Any, *, values_only: bool) -> Iterator[tuple[Any, ...]]:
    # The size that a sheet declares is often wrong; one column more than we take shows that there is one.
    sheet.reset_dimensions()
    return iter(sheet.iter_rows(max_col=MAX_COLUMNS + 1, values_only=values_only))


def _worked_out(data: bytes, sheet: Any) -> Iterator[tuple[Any, ...]]:
    """The values of a sheet with formulas; one that was never worked out is an error, as Excel shows it."""
    book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, keep_links=False)
    written = _rows(book[sheet.title], values_only=False)
    last: tuple[Any, ...] = ()
    found: tuple[Any, ...] = ()
    for cells, sources in zip(_rows(sheet, values_only=False), written, strict=True):
        if cells is not last:
            found = tuple(map(_value, cells, sources))
        last = cells
        yield found


def _value(cell: Any, written: Any) -> Any:
    # "" as the outcome of a formula is marked as text; without a mark there is no outcome.
    unworked = cell.value is None and written.data_type == "f" and cell.data_type != "str"
    return _UNWORKED if unworked else cell.value


def _text(value: Any) -> str:
    """A value as a CSV file would have it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime):
        return value.date().isoformat()
    return str(value)
