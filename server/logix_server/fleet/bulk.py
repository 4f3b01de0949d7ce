"""Many installations and units at once, as `fleet.units` writes one: each with its audit record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db import transaction
from logix_common.identifiers import new_device_id

from logix_server.accounts.models import Organisation
from logix_server.audit.actions import Entry, record_many
from logix_server.fleet.models import Installation, Unit

_BATCH: Final = 1_000


@dataclass(frozen=True)
class NewUnit:
    """A unit to be registered at an installation; `place` is how people call that."""

    serial: str
    model: str
    installation_id: int
    place: str


@transaction.atomic
def open_installations(places: Sequence[tuple[str, str]], by: str, now: datetime) -> None:
    """Open installations: (customer, name) each. The caller has judged each.

    Raises Django's `IntegrityError` where one was opened meanwhile.
    """
    wanted = {customer for customer, _ in places}
    customers: dict[str, int] = {}
    for start in range(0, len(wanted), _BATCH):
        some = sorted(wanted)[start : start + _BATCH]
        customers |= dict(Organisation.objects.filter(name__in=some).values_list("name", "id"))
    rows = Installation.objects.bulk_create(
        [
            Installation(customer_id=customers[customer], name=name, created_at=now)
            for customer, name in places
        ],
        batch_size=_BATCH,
    )
    record_many(
        Entry(now, by, "installation.open", f"installation:{row.pk}", {"name": f"{customer} / {name}"})
        for row, (customer, name) in zip(rows, places, strict=True)
    )


@transaction.atomic
def register_units(units: Sequence[NewUnit], by: str, now: datetime) -> None:
    """Register units, without tokens. The caller has judged each.

    Raises Django's `IntegrityError` where a serial was taken meanwhile.
    """
    rows = [
        Unit(
            device_id=new_device_id(),
            serial=one.serial,
            model=one.model,
            installation_id=one.installation_id,
            state=Unit.State.REGISTERED,
            state_at=now,
            registered_at=now,
        )
        for one in units
    ]
    Unit.objects.bulk_create(rows, batch_size=_BATCH)
    record_many(
        Entry(
            now,
            by,
            "unit.register",
            f"unit:{row.serial}",
            {"device_id": row.device_id, "model": row.model, "installation": one.place},
        )
        for row, one in zip(rows, units, strict=True)
    )


@transaction.atomic
def correct_models(models: Mapping[str, str], by: str, now: datetime) -> None:
    """The model of units by serial, where it was written down wrongly."""
    serials = list(models)
    for start in range(0, len(serials), _BATCH):
        rows = list(Unit.objects.filter(serial__in=serials[start : start + _BATCH]).order_by("id"))
        for row in rows:
            row.model = models[row.serial]
        Unit.objects.bulk_update(rows, ["model"])
    record_many(
        Entry(now, by, "unit.change", f"unit:{serial}", {"model": model}) for serial, model in models.items()
    )
