"""Notices ahead of an ending: rows for customer and dealer, written once and only while it is so."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Final

from logix_server.audit.actions import record
from logix_server.contracts import wording
from logix_server.contracts.decisions import reminders
from logix_server.contracts.decisions.reminders import ENDED
from logix_server.contracts.decisions.terms import local_day
from logix_server.contracts.reminding import ACTOR, place_of
from logix_server.tickets.models import Notice

ENDS: Final = "contract-ends"
HAS_ENDED: Final = "contract-ended"


def on_reminder(payload: Mapping[str, Any], now: datetime) -> None:
    """Effect "contract.reminder": {"installation_id", "what", "last_day", "step"}.

    What was renewed or announced anew since the reminder fell due is not told; nor is an ending ahead
    once it has come, for which there is a reminder of its own.
    """
    place = place_of(payload["installation_id"])
    if place is None:
        return
    identity = (payload["what"], date.fromisoformat(payload["last_day"]), payload["step"])
    reminder = reminders.still_true(identity, place.facts, local_day(now), place.circumstances)
    if reminder is None:
        return
    ending, unit = reminder.ending, place.unit
    text = wording.sentences([reminders.sentence(reminder, unit.serial, unit.model)])
    name = f"{ending.what.value}:{unit.installation_id}:{ending.last_day.isoformat()}:{reminder.step}"
    rows = [
        Notice(
            key=f"ending:{name}:{organisation_id}",
            organisation_id=organisation_id,
            kind=HAS_ENDED if reminder.step == ENDED else ENDS,
            text=text,
            clauses=list(ending.clauses),
            created_at=now,
        )
        for organisation_id in (unit.customer_id, unit.dealer_id)
        if organisation_id is not None
    ]
    Notice.objects.bulk_create(rows, ignore_conflicts=True)
    detail = {
        "what": ending.what.value,
        "last_day": ending.last_day.isoformat(),
        "step": reminder.step,
        "clauses": list(ending.clauses),
    }
    record(now, ACTOR, "contract.reminder", f"installation:{unit.installation_id}", detail)
