"""The end of the fault: something was repaired, a part was replaced, or another unit took the place.

A new unit takes the installation over: contract, the rest of the warranty, tickets and history stay where
they are, because they are the installation's. The old unit goes out of service in the same transaction:
its certificates hold no more. Its row stays, so that its serial leads to all of this.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from logix_common.errors import InvalidInput

from logix_server.fleet.models import Unit
from logix_server.fleet.units import create_token, decommission, enrolment_bundle, register_unit
from logix_server.health.actions import end_faults_of
from logix_server.replacements.lifecycle import ReplacementState
from logix_server.replacements.models import Replacement
from logix_server.replacements.steps import locked, move, text


@dataclass(frozen=True)
class Fitted:
    """A unit in another's place, with what it enrols with (once, for a day)."""

    unit: Unit
    bundle: dict[str, Any]


@transaction.atomic
def fit_part(number: str, *, repaired: bool, new_serial: str, why: str, actor: str, now: datetime) -> None:
    """The part was replaced, or repaired and is in its place again.

    Raises `InvalidInput` where the whole unit is to be replaced and was not repaired.
    """
    serial, said = text("serial", new_serial, most=64), text("why", why)
    replacement = locked(number)
    if replacement.whole_unit and not repaired:
        raise InvalidInput(number, "is of the whole unit: name the new unit, or say that it was repaired")
    outcome = Replacement.Outcome.REPAIRED if repaired else Replacement.Outcome.PART_REPLACED
    replacement.outcome, replacement.new_serial = outcome, serial
    detail = {"outcome": outcome.value, "new_serial": serial, "why": said}
    move(replacement, ReplacementState.FITTED, detail, actor=actor, now=now)


@transaction.atomic
def fit_unit(number: str, serial: str, *, model: str = "", actor: str, now: datetime) -> Fitted:
    """Another unit takes the faulty one's place at its installation, 1:1 (WAR-8).

    `model` "" = the same; another one only where the customer agreed to it (WAR-9 offers it). Raises
    `InvalidInput` for a serial that is taken and for a replacement of a part, `IllegalTransition` before
    its time.
    """
    replacement = locked(number)
    if not replacement.whole_unit:
        raise InvalidInput(number, f"is of {replacement.part}, not of the whole unit")
    old = Unit.objects.select_for_update(no_key=True).get(pk=replacement.unit_id)
    new = register_unit(serial, model or old.model, replacement.installation, actor, now)
    replacement.outcome = Replacement.Outcome.UNIT_REPLACED
    replacement.new_serial, replacement.new_unit = new.serial, new
    detail = {"outcome": replacement.outcome, "new_serial": new.serial, "old_serial": old.serial}
    move(replacement, ReplacementState.FITTED, detail, actor=actor, now=now)
    if old.state != Unit.State.DECOMMISSIONED:
        decommission(old, f"replaced by {new.serial} ({number})", actor, now)
    end_faults_of(old.pk, now, "unit-replaced")
    return Fitted(new, enrolment_bundle(new, create_token(new, actor, now)))
