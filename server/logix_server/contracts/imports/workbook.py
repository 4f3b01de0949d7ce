"""XLSX (ECMA-376) through openpyxl, bounded: what a workbook may cost is judged before it is parsed.

Values are read, never formulas. A workbook is a ZIP file of XML: `zipfile` gives no more of a part than its
directory declares, and defusedxml, which openpyxl uses where it is installed, refuses entities.
"""

from __future__ import annotations

import io
import warnings
import zipfile
from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final

import openpyxl

from logix_server.contracts.imports.table import MAX_COLUMNS, Collector, Table, Unreadable

MAX_PARTS: Final = 500
MAX_UNPACKED: Final = 64_000_000
#: Beginnings and ends of XML elements in all parts: openpyxl keeps an element of a few bytes in hundreds.
MAX_TAGS: Final = 4_000_000
_CHUNK: Final = 1_000_000
_UNWORKED: Final = "#N/A"


def read_workbook(data: bytes, sheet: str = "") -> Table:
    """The sheet of that name, else the first, as a table. Raises `Unreadable` for all that is none."""
    _expect_bounded(data)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of styles and validations that are not kept
            return _read(data, sheet)
    except Unreadable:
        raise
    except Exception as error:  # openpyxl documents none: KeyError, ParseError, EntitiesForbidden ...
        raise Unreadable(f"cannot be read as a workbook ({type(error).__name__}: {error})"[:300]) from error


def _expect_bounded(data: bytes) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = archive.infolist()
            if len(parts) > MAX_PARTS or sum(part.file_size for part in parts) > MAX_UNPACKED:
                raise Unreadable(f"unpacks to more than {MAX_UNPACKED:,} bytes or {MAX_PARTS} parts")
            tags = sum(_tags(archive, part) for part in parts)
    except Unreadable:
        raise
    except Exception as error:  # of zipfile, zlib, lzma and bz2, each with its own
        raise Unreadable(f"is a broken workbook ({error})"[:300]) from error
    if tags > MAX_TAGS:
        raise Unreadable("holds more cells than any list of devices: copy the rows to a new workbook")


def _tags(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> int:
    with archive.open(part) as stream:
        return sum(chunk.count(b"<") for chunk in iter(lambda: stream.read(_CHUNK), b""))


def _read(data: bytes, sheet: str) -> Table:
    book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
    titles = [one.title for one in book.worksheets]
    if sheet and sheet not in titles:
        raise Unreadable(f"has no sheet {sheet!r}, but {', '.join(titles)}")
    if not titles:
        raise Unreadable("has no sheet")
    chosen = sheet or titles[0]
    collector = Collector()
    formulas = openpyxl.load_workbook(io.BytesIO(data), read_only=True, keep_links=False)
    pairs = zip(_rows(book[chosen]), _rows(formulas[chosen]), strict=True)
    for line, (values, written) in enumerate(pairs, start=1):
        cells = [_text(value, formula) for value, formula in zip(values, written, strict=True)]
        collector.add(line, cells)
    epoch: datetime = book.epoch
    return collector.table(epoch.date())


def _rows(sheet: Any) -> Iterator[tuple[Any, ...]]:
    # The size that a sheet declares is often wrong; one column more than we take shows that there is one.
    sheet.reset_dimensions()
    return iter(sheet.iter_rows(max_col=MAX_COLUMNS + 1))


def _text(cell: Any, written: Any) -> str:
    """A cell as a CSV file would have it. A formula that was never worked out is an error of Excel's."""
    value = cell.value
    if value is None:
        unworked = written.data_type == "f" and cell.data_type != "str"
        return _UNWORKED if unworked else ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime):
        return value.date().isoformat()
    return str(value)
