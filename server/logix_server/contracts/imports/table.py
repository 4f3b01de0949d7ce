"""What a file holds before anybody asks what it means: a header and rows of text, with positions. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from logix_common.errors import InvalidInput

#: A file that is larger is no export of devices. 10,000 rows of all columns take about 2 MB.
MAX_BYTES: Final = 16_000_000
MAX_ROWS: Final = 20_000
MAX_COLUMNS: Final = 100
MAX_CELL: Final = 1_000
#: Day 0 of the serial dates of a spreadsheet (ECMA-376 part 1, 18.17.4.1), but for those made with 1904.
EPOCH: Final = date(1899, 12, 30)


class Unreadable(InvalidInput):
    """A file that cannot be taken apart into rows; `line` 0 = as a whole."""

    def __init__(self, what: str, line: int = 0) -> None:
        super().__init__(f"line {line}" if line else "file", what)
        self.line = line


@dataclass(frozen=True)
class Problem:
    """Why a row cannot be imported. `line`: as an editor or spreadsheet counts, 0 = the file as a whole.

    `column`: the heading as it stands in the file, "" = the row as a whole.
    """

    line: int
    column: str
    value: str
    reason: str


@dataclass(frozen=True)
class Row:
    """`line`: where the row begins. As many cells as the header has, without white space around them."""

    line: int
    cells: tuple[str, ...]


@dataclass(frozen=True)
class Table:
    """A header and rows that are not blank; `problems`: rows that do not fit the header.

    `epoch`: day 0 of serial dates.
    """

    header: tuple[str, ...]
    header_line: int
    rows: tuple[Row, ...]
    problems: tuple[Problem, ...] = ()
    epoch: date = EPOCH


class Collector:
    """Takes lines of cells, the header first, and bounds them. Blank lines do not count."""

    def __init__(self) -> None:
        self._header: tuple[str, ...] = ()
        self._header_line = 0
        self._rows: list[Row] = []
        self._problems: list[Problem] = []

    def add(self, line: int, cells: Sequence[str]) -> None:
        """The next line. Raises `Unreadable` where the file as a whole exceeds a bound."""
        if any(cells[MAX_COLUMNS:]):
            raise Unreadable(f"more than {MAX_COLUMNS} columns", line)
        tidy = [" ".join(cell.split()) for cell in cells[:MAX_COLUMNS]]
        while tidy and not tidy[-1]:
            tidy.pop()
        if not tidy:
            return
        if not self._header_line:
            self._header, self._header_line = tuple(tidy), line
            return
        if len(self._rows) + len(self._problems) >= MAX_ROWS:
            raise Unreadable(f"more than {MAX_ROWS:,} rows: import the file in parts", line)
        self._judge(line, tidy)

    def _judge(self, line: int, tidy: list[str]) -> None:
        width, long = len(self._header), [cell for cell in tidy if len(cell) > MAX_CELL]
        if len(tidy) > width:
            reason = f"{len(tidy)} cells, but {width} headings: a separator within a name?"
            self._problems.append(Problem(line, "", "", reason))
        elif long:
            reason = f"a cell of more than {MAX_CELL:,} characters"
            self._problems.append(Problem(line, "", long[0], reason))
        else:
            self._rows.append(Row(line, tuple(tidy) + ("",) * (width - len(tidy))))

    def table(self, epoch: date = EPOCH) -> Table:
        """All that was taken. Raises `Unreadable` where there was nothing."""
        if not self._header_line:
            raise Unreadable("is empty: expected a header and a row for each device")
        return Table(self._header, self._header_line, tuple(self._rows), tuple(self._problems), epoch)
