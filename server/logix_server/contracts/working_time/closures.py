"""The office calendar that this installation goes by: the settings' hours, Türkiye's holidays, our closures.

Closures are written here and nowhere else; each change is audited and has the deadlines of open tickets
recomputed by an effect.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any, Final

import structlog
from django.db import transaction
from logix_common.errors import InvalidInput

from logix_server.audit.actions import record
from logix_server.config import current
from logix_server.contracts.decisions import terms
from logix_server.contracts.models import Closure, ClosureWithdrawal
from logix_server.contracts.working_time import office
from logix_server.contracts.working_time.calendar import Calendar
from logix_server.contracts.working_time.holidays_tr import holidays_of
from logix_server.contracts.working_time.office import Changes, Closing, Hours
from logix_server.contracts.working_time.office_hours import Office
from logix_server.effects import outbox
from logix_server.weekly_hours import minute_of_day, week_of

#: Effect: working time has changed; {}.
CALENDAR_CHANGED: Final = "calendar.changed"
#: A deadline is looked for some two years ahead; no closure may come near that.
LONGEST: Final = timedelta(days=92)
_log = structlog.get_logger(__name__)


def office_calendar(first_year: int, last_year: int) -> Calendar:
    """5x8 with the closures of these years, both included, as things stand now."""
    return office_now()(first_year, last_year)


def office_now() -> Office:
    """The same for whoever asks for several spans of years: closures are read once."""
    hours, changed = office_hours(), changes()
    return lambda first, last: office.calendar_of(hours, changed, first, last)


def calendar_around(first: datetime, last: datetime, asked: Office) -> Calendar:
    """The calendar of a clock that began at `first` and is looked at at `last`.

    A year before, for an evening may fall into another year's UTC; two after: deadlines lie ahead.
    """
    return asked(terms.local_day(first).year - 1, terms.local_day(last).year + 2)


def office_hours() -> Hours:
    """The hours as the settings say."""
    config = current()
    return Hours(week_of(config.office_hours), minute_of_day(config.half_day_ends))


def changes() -> Changes:
    """What administrators changed, as facts."""
    closings = [
        Closing(row.starts_at, row.ends_at, row.recorded_at, _withdrawn_at(row))
        for row in Closure.objects.select_related("withdrawal").order_by("starts_at", "id")
    ]
    worked = ClosureWithdrawal.objects.filter(holiday__isnull=False).order_by("holiday")
    return Changes(
        tuple(closings), tuple((row.holiday, row.recorded_at) for row in worked if row.holiday is not None)
    )


def _withdrawn_at(row: Closure) -> datetime | None:
    withdrawal: ClosureWithdrawal | None = getattr(row, "withdrawal", None)
    return withdrawal.recorded_at if withdrawal else None


def warn_of_gaps(now: datetime) -> int:
    """Log what is not known well enough of this and, from November on, the next year's holidays."""
    found = office.gaps(terms.local_day(now), changes())
    for gap in found:
        _log.warning("holidays-uncertain", year=gap.year, day=gap.day and gap.day.isoformat(), name=gap.name)
    return len(found)


def expect_closure(starts_at: datetime, ends_at: datetime, reason: str, now: datetime) -> None:
    """Raises `InvalidInput` for a closure that cannot be added at `now`."""
    if ends_at <= starts_at:
        raise InvalidInput("ends_at", "expected an end after the beginning")
    if ends_at - starts_at > LONGEST:
        raise InvalidInput("ends_at", f"expected at most {LONGEST.days} days in one closure")
    if ends_at <= now:
        raise InvalidInput("ends_at", "the closure is over; what has passed stays as it was counted")
    _expect_reason(reason)


def expect_withdrawal(closure: Closure | None, reason: str, now: datetime) -> None:
    """Raises `InvalidInput` for a closure of ours that cannot be withdrawn at `now`."""
    if closure is None:
        raise InvalidInput("closure", "there is none of this number; see `closure list`")
    if ClosureWithdrawal.objects.filter(closure=closure).exists():
        raise InvalidInput("closure", "is withdrawn already")
    if closure.ends_at <= now:
        raise InvalidInput("closure", "is over; what has passed stays as it was counted")
    _expect_reason(reason)


def expect_work(day: date, reason: str, now: datetime) -> None:
    """Raises `InvalidInput` for a day that is no holiday to be worked on, as seen at `now`."""
    if not any(holiday.day == day for holiday in holidays_of(day.year)):
        raise InvalidInput("holiday", f"{day} is no public holiday of Türkiye; see `closure list`")
    if terms.end_of(day) <= now:
        raise InvalidInput("holiday", f"{day} is over; what has passed stays as it was counted")
    if ClosureWithdrawal.objects.filter(holiday=day).exists():
        raise InvalidInput("holiday", f"{day} is worked on already; add a closure to have it off")
    _expect_reason(reason)


def _expect_reason(text: str) -> None:
    if not 0 < len(text.strip()) <= 200:
        raise InvalidInput("reason", "expected 1 to 200 characters")


@transaction.atomic
def add_closure(starts_at: datetime, ends_at: datetime, reason: str, *, now: datetime, actor: str) -> Closure:
    """Nobody works from `starts_at` to `ends_at`; of one that has begun, what is left of it.

    Raises `InvalidInput` as `expect_closure` does.
    """
    expect_closure(starts_at, ends_at, reason, now)
    closure = Closure.objects.create(
        starts_at=starts_at, ends_at=ends_at, reason=reason.strip(), recorded_at=now, recorded_by=actor
    )
    detail = {"starts_at": starts_at.isoformat(), "ends_at": ends_at.isoformat(), "reason": closure.reason}
    record(now, actor, "closure.add", f"closure:{closure.pk}", detail)
    outbox.put(CALENDAR_CHANGED, {}, now)
    return closure


@transaction.atomic
def withdraw_closure(closure_id: int, reason: str, *, now: datetime, actor: str) -> ClosureWithdrawal:
    """A closure of our own holds no longer. Raises `InvalidInput` where it is not there, gone or over."""
    closure = Closure.objects.select_for_update(no_key=True).filter(pk=closure_id).first()
    expect_withdrawal(closure, reason, now)
    return _withdraw({"closure": closure}, f"closure:{closure_id}", reason, now, actor)


@transaction.atomic
def work_on_holiday(day: date, reason: str, *, now: datetime, actor: str) -> ClosureWithdrawal:
    """The office works on a public holiday or through a half day; a closure of that day ends it again.

    Raises `InvalidInput` where `day` is no holiday, is over, or is worked on already.
    """
    expect_work(day, reason, now)
    return _withdraw({"holiday": day}, f"holiday:{day}", reason, now, actor)


def _withdraw(
    what: Mapping[str, Any], subject: str, reason: str, now: datetime, actor: str
) -> ClosureWithdrawal:
    row = ClosureWithdrawal.objects.create(**what, reason=reason.strip(), recorded_at=now, recorded_by=actor)
    record(now, actor, "closure.withdraw", subject, {"reason": row.reason})
    outbox.put(CALENDAR_CHANGED, {}, now)
    return row
