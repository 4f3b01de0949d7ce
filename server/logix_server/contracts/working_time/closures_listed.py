"""The days of a year on which the office is closed, as people read them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from logix_server.contracts.decisions import terms
from logix_server.contracts.models import Closure, ClosureWithdrawal
from logix_server.contracts.working_time import closures
from logix_server.contracts.working_time.holidays_tr import Holiday, holidays_of


@dataclass(frozen=True)
class Line:
    """One closure. `what`: its id, or the day of a public holiday: what `closure withdraw` takes."""

    what: str
    starts_at: datetime
    ends_at: datetime
    name: str
    source: str  # "public holiday" or who added it
    estimated: bool = False  # the date is reckoned, not yet announced
    withdrawn: str = ""  # why and by whom


def closures_of(year: int) -> list[Line]:
    """Public holidays and closures of our own that touch `year`, by their beginning."""
    first, after = terms.start_of(date(year, 1, 1)), terms.start_of(date(year + 1, 1, 1))
    worked = {row.holiday: row for row in ClosureWithdrawal.objects.filter(holiday__year=year)}
    half_day_ends = closures.office_hours().half_day_ends
    lines = [_holiday(holiday, half_day_ends, worked.get(holiday.day)) for holiday in holidays_of(year)]
    rows = Closure.objects.filter(starts_at__lt=after, ends_at__gt=first).select_related("withdrawal")
    lines += [_own(row) for row in rows]
    return sorted(lines, key=lambda line: (line.starts_at, line.what))


def _holiday(holiday: Holiday, half_day_ends: int, worked: ClosureWithdrawal | None) -> Line:
    start, end = holiday.closure(half_day_ends)
    source = "public holiday"
    return Line(str(holiday.day), start, end, holiday.name, source, holiday.estimated, _said(worked))


def _own(row: Closure) -> Line:
    withdrawal: ClosureWithdrawal | None = getattr(row, "withdrawal", None)
    return Line(
        str(row.pk), row.starts_at, row.ends_at, row.reason, row.recorded_by, withdrawn=_said(withdrawal)
    )


def _said(withdrawal: ClosureWithdrawal | None) -> str:
    return f"{withdrawal.reason} ({withdrawal.recorded_by})" if withdrawal else ""
