"""Faults read for people."""

from __future__ import annotations

from django.db.models import QuerySet
from logix_common.errors import InvalidInput

from logix_server.health.models import Fault


def faults(
    *,
    serial: str = "",
    open_only: bool = False,
    refused_only: bool = False,
    limit: int = 100,
    offset: int = 0,
) -> list[Fault]:
    """Faults, newest first."""
    rows = _faults().order_by("-raised_at", "-id")
    if serial:
        rows = rows.filter(unit__serial=serial)
    if open_only:
        rows = rows.filter(state=Fault.State.OPEN)
    if refused_only:
        rows = rows.filter(covered=False)
    return list(rows[offset : offset + limit])


def fault_by_id(fault_id: int) -> Fault:
    """One fault. Raises `InvalidInput` where there is none."""
    found = _faults().filter(id=fault_id).first()
    if found is None:
        raise InvalidInput(f"fault {fault_id}", "is not on record; `fault list` shows the numbers")
    return found


def _faults() -> QuerySet[Fault]:
    return Fault.objects.select_related("unit", "installation__customer")
