"""The places at which a device stands now, as people see them: found and authorised in one query."""

from __future__ import annotations

from typing import Final

from django.db.models import OuterRef, Q, QuerySet, Subquery

from logix_server.accounts.access import NotFound, Viewer, scope
from logix_server.fleet.models import Unit

_CUSTOMER: Final = "installation__customer"
_WORDS: Final = ("serial", "model", "installation__name", f"{_CUSTOMER}__name")
_MOST_WORDS: Final = 8


def places(viewer: Viewer, text: str, *, limit: int, offset: int = 0) -> tuple[list[Unit], int]:
    """What stands at each place that `viewer` may see, by customer, place and serial; and how many there are.

    `text`: each of its words is part of a serial, model, place or customer; "" = all.
    """
    rows = _standing(viewer)
    for word in text.replace("\0", " ").split()[:_MOST_WORDS]:
        rows = rows.filter(Q(*((f"{field}__icontains", word) for field in _WORDS), _connector=Q.OR))
    ordered = rows.order_by(f"{_CUSTOMER}__name", "installation__name", "serial")
    return list(ordered[offset : offset + limit]), rows.count()


def standing_at(viewer: Viewer, serial: str) -> Unit:
    """The device that stands now where the unit of that serial stands or once stood. Raises `NotFound`."""
    known = len(serial) <= 64 and "\0" not in serial
    place = Unit.objects.filter(serial=serial).values("installation_id")
    unit = _standing(viewer).filter(installation_id__in=place).first() if known else None
    if unit is None:
        raise NotFound(serial[:64])
    return unit


def _standing(viewer: Viewer) -> QuerySet[Unit]:
    """The newest unit of each place."""
    newest = Unit.objects.filter(installation=OuterRef("installation")).order_by("-id").values("id")[:1]
    rows = Unit.objects.filter(scope(viewer, _CUSTOMER), id=Subquery(newest))
    return rows.select_related("installation__customer")
