"""When somebody has to be on call for a package: MAT-1, 7x24 or the office's hours."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from logix_server.contracts.decisions.terms import Package
from logix_server.contracts.working_time import calendar as working
from logix_server.contracts.working_time.closures import calendar_around, office_now
from logix_server.escalation_rules import PACKAGES
from logix_server.oncall.rota import Interval, RotaFacts, gaps, serving
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


def gaps_ahead(
    rotas: Sequence[RotaFacts], now: datetime, span: timedelta
) -> list[tuple[str, datetime, datetime]]:
    """When nobody will be on call although somebody should: package, from, until.

    Asked of Profesyonel, and of the other packages that a rota serves at all.
    """
    return [
        (package, start, end)
        for package in PACKAGES
        if package == Package.PROFESYONEL or serving(rotas, package)
        for start, end in gaps(rotas, package, needed(package, now, now + span))
    ]
