"""Rows of a table to what each says, cell by cell: what is wrong is collected, never guessed. Pure."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from typing import Any, Final

from logix_server.contracts.imports import values
from logix_server.contracts.imports.columns import Column, column_of, folded, nearest_heading
from logix_server.contracts.imports.table import Problem, Row, Table

Parser = Callable[[str], Any]

#: What only a device has: such a cell needs a serial beside it.
DEVICE_COLUMNS: Final = (
    *(Column.MODEL, Column.VENDOR, Column.HARDWARE, Column.PURCHASED_ON, Column.PACKAGE, Column.PACKAGE_FROM),
    *(Column.PACKAGE_YEARS, Column.UPDATE_RENEWED_FROM, Column.UPDATE_YEARS, Column.EXTENDED_WARRANTY_FROM),
)
#: A cell in the first needs one in the second.
NEEDS: Final = (
    (Column.DEALER_EMAIL, Column.DEALER),
    (Column.PACKAGE, Column.PACKAGE_FROM),
    (Column.PACKAGE, Column.PACKAGE_YEARS),
    (Column.PACKAGE_FROM, Column.PACKAGE),
    (Column.PACKAGE_FROM, Column.PACKAGE_YEARS),
    (Column.PACKAGE_YEARS, Column.PACKAGE),
    (Column.PACKAGE_YEARS, Column.PACKAGE_FROM),
    (Column.UPDATE_YEARS, Column.UPDATE_RENEWED_FROM),
    (Column.VENDOR, Column.MODEL),
    *((column, Column.SERIAL) for column in DEVICE_COLUMNS),
)


@dataclass(frozen=True)
class Entry:
    """What one row says: a value for each cell that is filled in and right. `sound`: every cell is."""

    line: int
    told: Mapping[Column, Any]
    sound: bool = True


@dataclass
class Sheet:
    """The rows of a file, what is wrong with them, and how its headings are written."""

    headings: dict[Column, str]
    entries: list[Entry] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def blame(self, line: int, column: Column, value: object, reason: str) -> None:
        """A problem at a column, named as in the file."""
        self.problems.append(Problem(line, self.headings.get(column, column.value), str(value), reason))


def read_rows(
    table: Table, today: date, is_mail: Callable[[str], bool], ignored: Collection[str] = ()
) -> Sheet:
    """Every row of `table`, and every cell that is wrong. `ignored`: headings to pass over."""
    sheet = Sheet({}, problems=list(table.problems))
    places = _columns(table, sheet, {folded(heading) for heading in ignored})
    parsers = _parsers(table.epoch, today, is_mail)
    if not any(problem.line == table.header_line for problem in sheet.problems):
        sheet.entries.extend(_entry(row, places, parsers, sheet) for row in table.rows)
    return sheet


def _columns(table: Table, sheet: Sheet, ignored: Collection[str]) -> list[Column | None]:
    """The column at each place of the header; None = passed over. Wrong headings become problems."""
    found: list[Column | None] = []
    for number, heading in enumerate(table.header, start=1):
        column = column_of(heading)
        if folded(heading) in ignored and heading:
            column = None
        elif column is None:
            sheet.problems.append(Problem(table.header_line, heading, heading, _unknown(heading, number)))
        elif column in sheet.headings:
            reason = f"is there twice: {sheet.headings[column]!r} is the column {column} already"
            sheet.problems.append(Problem(table.header_line, heading, heading, reason))
        else:
            sheet.headings[column] = heading
        found.append(column)
    if Column.CUSTOMER not in sheet.headings:
        reason = "no such column: expected at least customer (müşteri)"
        sheet.problems.append(Problem(table.header_line, "customer", "", reason))
    return found


def _unknown(heading: str, number: int) -> str:
    if not heading:
        return f"column {number} has no heading"
    near = nearest_heading(heading)
    advice = f"did you mean {near!r}?" if near else "pass over it with --ignore-column"
    return f"unknown column; {advice}"


def _parsers(epoch: date, today: date, is_mail: Callable[[str], bool]) -> dict[Column, Parser]:
    day, past = partial(values.day, epoch=epoch), partial(values.past_day, epoch=epoch, today=today)
    mail = partial(values.mail, is_mail=is_mail)
    return {
        Column.DEALER: values.name,
        Column.DEALER_EMAIL: mail,
        Column.CUSTOMER: values.name,
        Column.CUSTOMER_EMAIL: mail,
        Column.LANGUAGE: values.language,
        Column.INSTALLATION: values.name,
        Column.SERIAL: values.serial,
        Column.MODEL: partial(values.name, most=values.MAX_MODEL),
        Column.VENDOR: values.vendor,
        Column.HARDWARE: values.hardware,
        Column.PURCHASED_ON: past,
        Column.PACKAGE: values.package,
        Column.PACKAGE_FROM: day,
        Column.PACKAGE_YEARS: partial(values.years, allowed=(1, 3), clause="SUP-2"),
        Column.UPDATE_RENEWED_FROM: day,
        Column.UPDATE_YEARS: partial(
            values.years, allowed=range(1, values.MAX_UPDATE_YEARS + 1), clause="UPD-1"
        ),
        Column.EXTENDED_WARRANTY_FROM: day,
    }


def _entry(row: Row, places: list[Column | None], parsers: Mapping[Column, Parser], sheet: Sheet) -> Entry:
    before = len(sheet.problems)
    cells = {column: cell for column, cell in zip(places, row.cells, strict=True) if column and cell}
    told: dict[Column, Any] = {}
    for column, cell in cells.items():
        try:
            if values.EXCEL_ERROR.match(cell):
                raise values.Wrong("the spreadsheet shows an error in place of a value")
            told[column] = parsers[column](cell)
        except values.Wrong as error:
            sheet.blame(row.line, column, cell, str(error))
    for column, reason in _missing(cells):
        sheet.blame(row.line, column, "", reason)
    return Entry(row.line, told, sound=len(sheet.problems) == before)


def _missing(cells: Mapping[Column, str]) -> Iterator[tuple[Column, str]]:
    if Column.CUSTOMER not in cells:
        yield Column.CUSTOMER, "is empty: expected the customer's name"
    wanted: dict[Column, Column] = {}
    for column, needed in NEEDS:
        if column in cells and needed not in cells:
            wanted.setdefault(needed, column)
    for needed, column in wanted.items():
        yield needed, f"is empty: expected beside {column}"
