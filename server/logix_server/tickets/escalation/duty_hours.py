"""When somebody has to be on call for a package: MAT-1, 7x24 or the office's hours."""

from __future__ import annotations

from datetime import datetime

from logix_server.contracts.decisions.terms import Package
from logix_server.contracts.working_time import calendar as working
from logix_server.contracts.working_time.closures import calendar_around, office_now
from logix_server.oncall.rota import Interval
from logix_server.tickets.decisions.sla import calendar_of


def needed(package: str, since: datetime, until: datetime) -> list[Interval]:
    """The spans of [since, until) within the package's support hours."""
    office = calendar_around(since, until, office_now())
    calendar = calendar_of(Package(package), office)
    if calendar.always:
        return [(since, until)]
    spans: list[Interval] = []
    for start, end in working.periods(calendar, since):
        if start >= until:
            break
        spans.append((start, min(end, until)))
    return spans
