"""Bytes of a file to a table: CSV or XLSX, told apart by what is in it, not by its name."""

from __future__ import annotations

from typing import Final

from logix_server.contracts.imports.csv_table import read_csv
from logix_server.contracts.imports.table import MAX_BYTES, Table, Unreadable

_ZIP: Final = b"PK\x03\x04"
_OLE: Final = b"\xd0\xcf\x11\xe0"


def read_table(data: bytes, sheet: str = "") -> Table:
    """The table in a file; `sheet` names one of a workbook, "" = the first. Raises `Unreadable`."""
    if len(data) > MAX_BYTES:
        raise Unreadable(f"is larger than {MAX_BYTES:,} bytes")
    if data.startswith(_OLE):
        raise Unreadable("is an old .xls workbook, or one with a password: save it as .xlsx without")
    if data.startswith(_ZIP):
        from logix_server.contracts.imports.workbook import read_workbook

        return read_workbook(data, sheet)
    if sheet:
        raise Unreadable(f"is no workbook, it has no sheet {sheet!r}")
    return read_csv(data)
