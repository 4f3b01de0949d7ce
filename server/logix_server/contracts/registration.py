"""Register an appliance: unit, installation and purchase in one transaction, with its first token."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction
from logix_common.errors import InvalidInput

from logix_server.accounts.models import Organisation
from logix_server.accounts.queries import organisation_by_name
from logix_server.contracts.actions import record_purchase
from logix_server.contracts.decisions.terms import Hardware, local_day
from logix_server.contracts.models import Purchase
from logix_server.fleet import actions as fleet
from logix_server.fleet.models import Installation, Unit
from logix_server.fleet.units import enrolment_bundle


@dataclass(frozen=True)
class Registration:
    """What is said of an appliance when it is sold; `installation` "" names the place by the serial."""

    serial: str
    model: str
    customer: str
    purchased_on: date | None
    hardware: str
    installation: str = ""


def _expect_free(installation: Installation) -> None:
    """One unit in service a place: contract and warranty are those of the place."""
    Installation.objects.select_for_update(no_key=True).get(pk=installation.pk)
    standing = installation.units.exclude(state=Unit.State.DECOMMISSIONED).first()
    if standing is not None:
        raise InvalidInput(
            "installation",
            f"{installation} has unit {standing.serial}; decommission that one, or name another installation",
        )


def register_device(told: Registration, by: str, now: datetime) -> tuple[Unit, dict[str, Any]]:
    """The new unit and its one-time enrolment bundle.

    At a new installation the purchase is recorded; at one whose former unit is decommissioned the
    unit is a replacement: contract and warranty run on from what was bought then, and a day of
    purchase is refused. Raises `InvalidInput`.
    """
    if told.purchased_on is not None and told.purchased_on > local_day(now):
        raise InvalidInput("purchased", f"{told.purchased_on} is in the future")
    with transaction.atomic():
        customer = organisation_by_name(told.customer, Organisation.Kind.CUSTOMER)
        name = told.installation or told.serial
        installation, _ = fleet.open_installation(customer, name, by, now)
        _expect_free(installation)
        unit = fleet.register_unit(told.serial, told.model, installation, by, now)
        bought = Purchase.objects.filter(installation=installation).exists()
        if bought and told.purchased_on is not None:
            raise InvalidInput(
                "purchased", f"{installation} is bought already; leave it out to replace its unit"
            )
        if not bought:
            if told.purchased_on is None:
                raise InvalidInput("purchased", f"{installation} is new: name the day of purchase")
            hardware = Hardware(told.hardware)
            record_purchase(installation.pk, told.purchased_on, hardware, now=now, actor=by)
        token = fleet.create_token(unit, by, now)
        return unit, enrolment_bundle(unit, token)
