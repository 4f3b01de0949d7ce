"""Replacements read. `viewer` None = an operator at this machine."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db.models import Q, QuerySet

from logix_server.accounts.access import NotFound, Viewer, scope
from logix_server.fleet.models import Unit
from logix_server.replacements.lifecycle import ENDED
from logix_server.replacements.models import Replacement, ReplacementStep


@dataclass(frozen=True)
class Filter:
    """Which replacements: `serial` is of a faulty or a new unit; `late_on`: owed back before that day."""

    open_only: bool = False
    ticket_number: str = ""
    serial: str = ""
    state: str = ""
    late_on: date | None = None


def seen_by(viewer: Viewer | None) -> QuerySet[Replacement]:
    """The replacements of the customers that `viewer` may see."""
    rows = Replacement.objects.select_related("ticket", "unit", "new_unit", "installation__customer")
    return rows if viewer is None else rows.filter(scope(viewer, "installation__customer"))


def replacements(
    viewer: Viewer | None, wanted: Filter, *, limit: int = 50, offset: int = 0
) -> list[Replacement]:
    """Replacements, those under way the longest first."""
    rows = _wanted(viewer, wanted)
    return list(rows.order_by("requested_at", "pk")[offset : offset + limit])


def count(viewer: Viewer | None, wanted: Filter) -> int:
    """How many `replacements` there are on all pages."""
    return _wanted(viewer, wanted).count()


def _wanted(viewer: Viewer | None, wanted: Filter) -> QuerySet[Replacement]:
    rows = seen_by(viewer)
    if wanted.open_only:
        rows = rows.exclude(state__in=ENDED)
    if wanted.ticket_number:
        rows = rows.filter(ticket__number=wanted.ticket_number)
    if wanted.serial:
        rows = rows.filter(Q(unit__serial=wanted.serial) | Q(new_serial=wanted.serial))
    if wanted.state:
        rows = rows.filter(state=wanted.state)
    if wanted.late_on:
        rows = rows.filter(return_due_on__lt=wanted.late_on, state__in=["shipped", "fitted"])
    return rows


def replacement(viewer: Viewer | None, number: str) -> Replacement:
    """One replacement. Raises `NotFound`."""
    found = seen_by(viewer).filter(number=number).first()
    if found is None:
        raise NotFound(f"{number}: no such replacement; they look like RMA-000123")
    return found


def steps_of(found: Replacement) -> list[ReplacementStep]:
    """What happened to it, oldest first."""
    return list(found.steps.order_by("at", "pk"))


def lineage(viewer: Viewer | None, serial: str) -> list[Replacement]:
    """The unit replacements at the installation where this unit stands or stood, oldest first.

    However old the serial is, it leads to the unit that stands there now.
    """
    place = Unit.objects.filter(serial=serial).values("installation_id")
    rows = seen_by(viewer).filter(installation_id__in=place, new_unit__isnull=False)
    return list(rows.order_by("state_at", "pk"))
