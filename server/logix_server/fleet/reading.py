"""Devices as people see them: found and authorised in one query."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db.models import Q, QuerySet

from logix_server.accounts.access import NotFound, Viewer, scope
from logix_server.fleet.models import Unit

CUSTOMER: Final = "installation__customer"
_LONGEST_SERIAL: Final = 64


@dataclass(frozen=True)
class DeviceFilter:
    """What a list of devices is narrowed to; "" = not by this."""

    text: str = ""  # part of a serial, a customer's or a place's name
    customer: str = ""
    standing: str = ""  # "silent", or a state of `Unit.State`


@dataclass(frozen=True)
class DeviceRow:
    """A device in a list."""

    serial: str
    model: str
    customer: str
    place: str
    state: str  # Unit.State
    connected: bool
    silent: bool
    last_seen_at: datetime | None

    @property
    def well(self) -> bool:
        """In service and heard."""
        return self.state == Unit.State.ACTIVE and self.connected and not self.silent


def devices(viewer: Viewer, wanted: DeviceFilter, *, limit: int, offset: int) -> tuple[list[DeviceRow], int]:
    """One page of the devices that `viewer` may see, by customer, place and serial; and their number."""
    rows = _units(viewer)
    if wanted.text:
        words = ("serial", "installation__name", f"{CUSTOMER}__name")
        rows = rows.filter(Q(*((f"{word}__icontains", wanted.text) for word in words), _connector=Q.OR))
    if wanted.customer:
        rows = rows.filter(**{f"{CUSTOMER}__name": wanted.customer})
    if wanted.standing == "silent":
        rows = rows.filter(presence__silent_since__isnull=False, state=Unit.State.ACTIVE)
    elif wanted.standing:
        rows = rows.filter(state=wanted.standing)
    ordered = rows.order_by(f"{CUSTOMER}__name", "installation__name", "serial")
    return [row_of(unit) for unit in ordered[offset : offset + limit]], rows.count()


def device(viewer: Viewer, serial: str) -> Unit:
    """The unit of that serial with place, customer and presence. Raises `NotFound`."""
    # Longer ones are not looked for, and "\0" is nothing that PostgreSQL could look for.
    known = len(serial) <= _LONGEST_SERIAL and "\0" not in serial
    unit = _units(viewer).filter(serial=serial).first() if known else None
    if unit is None:
        raise NotFound(f"{serial[:_LONGEST_SERIAL]!r}: no device of that serial")
    return unit


def row_of(unit: Unit) -> DeviceRow:
    """A unit that was read with place, customer and presence, as a list shows it."""
    presence = getattr(unit, "presence", None)
    return DeviceRow(
        unit.serial,
        unit.model,
        unit.installation.customer.name,
        unit.installation.name,
        unit.state,
        presence is not None and presence.disconnected_at is None,
        presence is not None and presence.silent_since is not None,
        presence.last_seen_at if presence else None,
    )


def _units(viewer: Viewer) -> QuerySet[Unit]:
    return Unit.objects.filter(scope(viewer, CUSTOMER)).select_related("installation__customer", "presence")
