"""Visits and agreements read. `viewer` None = an operator at this machine."""

from __future__ import annotations

from django.db.models import F

from logix_server.accounts.access import NotFound, Viewer, scope
from logix_server.visits.lifecycle import ENDED
from logix_server.visits.models import MaintenanceAgreement, Visit, VisitStep


def visits(
    viewer: Viewer | None,
    *,
    open_only: bool = False,
    ticket_number: str = "",
    limit: int = 50,
    offset: int = 0,
) -> list[Visit]:
    """Visits of the customers that `viewer` may see, the next one first, those without a time last."""
    rows = Visit.objects.select_related("ticket", "agreement", "installation__customer")
    if viewer is not None:
        rows = rows.filter(scope(viewer, "installation__customer"))
    if open_only:
        rows = rows.exclude(state__in=ENDED)
    if ticket_number:
        rows = rows.filter(ticket__number=ticket_number)
    return list(rows.order_by(F("starts_at").asc(nulls_last=True), "pk")[offset : offset + limit])


def visit(viewer: Viewer | None, number: str) -> Visit:
    """One visit. Raises `NotFound`."""
    rows = Visit.objects.select_related("ticket", "agreement", "installation__customer").filter(number=number)
    found = (rows if viewer is None else rows.filter(scope(viewer, "installation__customer"))).first()
    if found is None:
        raise NotFound(f"{number}: no such visit; they look like VIS-000123")
    return found


def steps_of(found: Visit) -> list[VisitStep]:
    """What happened to it, oldest first."""
    return list(found.steps.order_by("at", "pk"))


def agreements(
    viewer: Viewer | None, *, customer: str = "", limit: int = 50, offset: int = 0
) -> list[MaintenanceAgreement]:
    """Maintenance agreements, the latest first."""
    rows = MaintenanceAgreement.objects.select_related("installation__customer")
    if viewer is not None:
        rows = rows.filter(scope(viewer, "installation__customer"))
    if customer:
        rows = rows.filter(installation__customer__name=customer)
    return list(rows.order_by("-starts_on", "-pk")[offset : offset + limit])
