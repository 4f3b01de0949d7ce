"""Visits and agreements read. `viewer` None = an operator at this machine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from django.db.models import F, QuerySet

from logix_server.accounts.access import NotFound, Viewer, scope
from logix_server.visits.lifecycle import ENDED
from logix_server.visits.models import MaintenanceAgreement, Visit, VisitStep


@dataclass(frozen=True)
class Filter:
    """Which visits."""

    open_only: bool = False
    ticket_number: str = ""
    state: str = ""
    customer: str = ""


EVERY: Final = Filter()


def seen_by(viewer: Viewer | None) -> QuerySet[Visit]:
    """The visits to the customers that `viewer` may see."""
    rows = Visit.objects.select_related("ticket", "agreement", "installation__customer")
    return rows if viewer is None else rows.filter(scope(viewer, "installation__customer"))


def visits(viewer: Viewer | None, wanted: Filter = EVERY, *, limit: int = 50, offset: int = 0) -> list[Visit]:
    """Visits, the next one first, those without a time last."""
    rows = _wanted(viewer, wanted).order_by(
        F("starts_at").asc(nulls_last=True), F("due_on").asc(nulls_last=True), "pk"
    )
    return list(rows[offset : offset + limit])


def count(viewer: Viewer | None, wanted: Filter) -> int:
    """How many `visits` there are on all pages."""
    return _wanted(viewer, wanted).count()


def _wanted(viewer: Viewer | None, wanted: Filter) -> QuerySet[Visit]:
    rows = seen_by(viewer)
    if wanted.open_only:
        rows = rows.exclude(state__in=ENDED)
    if wanted.ticket_number:
        rows = rows.filter(ticket__number=wanted.ticket_number)
    if wanted.state:
        rows = rows.filter(state=wanted.state)
    if wanted.customer:
        rows = rows.filter(installation__customer__name__icontains=wanted.customer)
    return rows


def visit(viewer: Viewer | None, number: str) -> Visit:
    """One visit. Raises `NotFound`."""
    found = seen_by(viewer).filter(number=number).first()
    if found is None:
        raise NotFound(f"{number}: no such visit; they look like VIS-000123")
    return found


def steps_of(found: Visit) -> list[VisitStep]:
    """What happened to it, oldest first."""
    return list(found.steps.order_by("at", "pk"))


def agreements(
    viewer: Viewer | None, *, customer: str = "", limit: int = 50, offset: int = 0
) -> list[MaintenanceAgreement]:
    """Maintenance agreements, the latest first; `customer`: of those whose name holds it."""
    rows = _agreements(viewer, customer).order_by("-starts_on", "-pk")
    return list(rows[offset : offset + limit])


def count_agreements(viewer: Viewer | None, *, customer: str = "") -> int:
    """How many `agreements` there are on all pages."""
    return _agreements(viewer, customer).count()


def _agreements(viewer: Viewer | None, customer: str) -> QuerySet[MaintenanceAgreement]:
    rows = MaintenanceAgreement.objects.select_related("installation__customer")
    if viewer is not None:
        rows = rows.filter(scope(viewer, "installation__customer"))
    return rows.filter(installation__customer__name__icontains=customer) if customer else rows
