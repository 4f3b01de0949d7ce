"""Have customers and dealers told of what ends: what is due is recorded, and told by an effect."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from itertools import islice
from typing import Final

from django.db import transaction

from logix_server.contracts.decisions import reminders
from logix_server.contracts.decisions.reminders import TOLD_AFTER, Steps
from logix_server.contracts.decisions.terms import local_day
from logix_server.contracts.expiry import Standing, standing_places
from logix_server.contracts.models import Reminder
from logix_server.effects import outbox

#: Effect: {"installation_id", "what", "last_day", "step"}; tell of that ending where it is still so.
DUE: Final = "contract.reminder"
ACTOR: Final = "system:jobs"
_BATCH: Final = 500
Identity = tuple[int, str, date, int]


def remind(now: datetime, steps: Steps) -> int:
    """Record every reminder that is due and was not, each with its effect; returns how many.

    A batch of places is one transaction: killed anywhere, the next run goes on where this one was.
    """
    return sum(_remind(batch, now, steps) for batch in _batches(standing_places()))


def place_of(installation_id: int) -> Standing | None:
    """What stands at one installation now; None where nothing is in service."""
    return next(standing_places(installation_id=installation_id), None)


@transaction.atomic
def _remind(places: list[Standing], now: datetime, steps: Steps) -> int:
    today = local_day(now)
    due: list[Identity] = [
        (place.unit.installation_id, *reminder.identity)
        for place in places
        for reminder in reminders.due(place.facts, today, steps, place.circumstances)
    ]
    if not due:
        return 0
    rows = Reminder.objects.filter(
        installation_id__in={one[0] for one in due}, last_day__gte=today - TOLD_AFTER - timedelta(days=1)
    )
    told = set(rows.values_list("installation_id", "what", "last_day", "step"))
    new = [one for one in due if one not in told]
    # Two processes at once record the same: the second one's rows and effects are dropped.
    Reminder.objects.bulk_create(
        [
            Reminder(
                installation_id=installation_id,
                what=what,
                last_day=last_day,
                step=step,
                recorded_at=now,
                recorded_by=ACTOR,
            )
            for installation_id, what, last_day, step in new
        ],
        ignore_conflicts=True,
    )
    outbox.put_many([_effect(one) for one in new], now)
    return len(new)


def _effect(identity: Identity) -> outbox.NewEffect:
    installation_id, what, last_day, step = identity
    return outbox.NewEffect(
        DUE,
        {
            "installation_id": installation_id,
            "what": what,
            "last_day": last_day.isoformat(),
            "step": step,
        },
        key=f"reminder:{installation_id}:{what}:{last_day.isoformat()}:{step}",
    )


def _batches(places: Iterable[Standing]) -> Iterator[list[Standing]]:
    left = iter(places)
    while batch := list(islice(left, _BATCH)):
        yield batch
