"""Run what the outbox holds. The only place, beside `main`, that sees every slice."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

import structlog
from django.db import transaction
from django.db.models import QuerySet
from logix_common.errors import InvalidInput

from logix_server.accounts import people
from logix_server.accounts.privacy import erasure
from logix_server.audit.actions import record
from logix_server.contracts.recording import CONTRACT_CHANGED
from logix_server.contracts.working_time.closures import CALENDAR_CHANGED
from logix_server.effects.models import Effect
from logix_server.fleet.orders import UNFULFILLED
from logix_server.mail import to_people
from logix_server.mail.inbox import MAIL_RECEIVED
from logix_server.mail.sending import MAIL_FAILED
from logix_server.modules import actions as modules
from logix_server.oncall import pages
from logix_server.tickets import actions as tickets
from logix_server.tickets import diagnostics, reminders, upkeep
from logix_server.tickets.announcing import TICKET_CHANGED, TICKET_SAID
from logix_server.tickets.correspondence import failures, filing, telling
from logix_server.tickets.escalation import paging
from logix_server.tickets.opening import TICKET_OPENED

Handler = Callable[[Mapping[str, Any], datetime], None]


def _each(*handlers: Handler) -> Handler:
    """Several slices follow one change; all of it happens, or none."""

    def run(payload: Mapping[str, Any], now: datetime) -> None:
        for handler in handlers:
            handler(payload, now)

    return run


#: kind → what to do. A handler writes to the database only, and knows when it was called twice.
HANDLERS: Final[dict[str, Handler]] = {
    "fault.raised": tickets.on_fault,
    "fault.changed": tickets.on_fault,
    "fault.recovered": tickets.on_fault,
    "unit.silent": tickets.on_silent_unit,
    CONTRACT_CHANGED: _each(upkeep.on_contract_changed, modules.on_contract_changed),
    CALENDAR_CHANGED: upkeep.on_calendar_changed,
    UNFULFILLED: diagnostics.on_unfulfilled,
    TICKET_OPENED: _each(diagnostics.on_ticket_opened, telling.on_ticket_opened),
    TICKET_SAID: _each(telling.on_said, paging.on_ticket_changed),
    TICKET_CHANGED: _each(telling.on_changed, paging.on_ticket_changed),
    MAIL_RECEIVED: filing.on_received,
    MAIL_FAILED: failures.on_mail_failed,
    "contract.reminder": reminders.on_reminder,
    people.INVITED: to_people.on_invited,
    people.RESET_ASKED: to_people.on_reset_asked,
    erasure.ERASED: to_people.on_erased,
    pages.ACKNOWLEDGED: paging.on_acknowledged,
    pages.EXHAUSTED: paging.on_exhausted,
}
#: After so many failures an effect waits for an operator (`logix-server effects retry`).
MAX_ATTEMPTS: Final = 10
FIRST_RETRY: Final = timedelta(seconds=2)
LONGEST_RETRY: Final = timedelta(minutes=10)
_MAX_ERROR: Final = 2_000
_log = structlog.get_logger(__name__)


def run_pending(now: datetime, limit: int = 50) -> int:
    """Run up to `limit` effects that are due, oldest first; returns how many were taken up.

    Each runs in one transaction together with its being marked done, so that what it writes to the
    database happens exactly once. One that fails is tried again later; call again while the answer
    equals `limit`. Several processes may run it at once: each effect is one process's.
    """
    due = list(_due(now).order_by("run_after", "id").values_list("id", flat=True)[:limit])
    for effect_id in due:
        _run(effect_id, now)
    return len(due)


def waiting(now: datetime) -> int:
    """How many effects are due and not done, parked ones left out."""
    return _due(now).count()


def parked() -> int:
    """How many effects failed so often that they wait for an operator."""
    return Effect.objects.filter(done_at__isnull=True, attempts__gte=MAX_ATTEMPTS).count()


def undone(*, parked_only: bool = False, limit: int = 100, offset: int = 0) -> list[dict[str, Any]]:
    """Effects that are not done, oldest first, as plain rows."""
    rows = Effect.objects.filter(done_at__isnull=True).order_by("id")
    if parked_only:
        rows = rows.filter(attempts__gte=MAX_ATTEMPTS)
    return [
        {
            "id": effect.id,
            "kind": effect.kind,
            "payload": effect.payload,
            "created_at": effect.created_at,
            "attempts": effect.attempts,
            "run_after": effect.run_after,
            "parked": effect.attempts >= MAX_ATTEMPTS,
            "error": effect.error,
        }
        for effect in rows[offset : offset + limit]
    ]


@transaction.atomic
def retry(effect_ids: Collection[int] | None, now: datetime, *, by: str) -> int:
    """Give parked effects their tries again, None = all of them; returns how many there were.

    Raises `InvalidInput` where one of `effect_ids` is not parked; then nothing is changed.
    """
    rows = Effect.objects.select_for_update().filter(done_at__isnull=True, attempts__gte=MAX_ATTEMPTS)
    if effect_ids is not None:
        rows = rows.filter(id__in=effect_ids)
    chosen = list(rows.order_by("id").values_list("id", flat=True))
    if missing := set(effect_ids or ()) - set(chosen):
        raise InvalidInput("ids", f"not parked: {sorted(missing)}; see `effects list`")
    Effect.objects.filter(id__in=chosen).update(attempts=0, run_after=now)
    record(now, by, "effects.retry", "effects", {"ids": chosen})
    return len(chosen)


def forget_done(now: datetime, kept: timedelta, limit: int) -> int:
    """Delete up to `limit` effects that were done longer ago than `kept`; returns how many."""
    # The first ones by id are the oldest: no need to search the table for them.
    first = Effect.objects.filter(done_at__isnull=False).order_by("id").values_list("id", "done_at")[:limit]
    old = [effect_id for effect_id, done_at in first if done_at is not None and done_at < now - kept]
    return Effect.objects.filter(id__in=old).delete()[0]


def _due(now: datetime) -> QuerySet[Effect]:
    return Effect.objects.filter(done_at__isnull=True, run_after__lte=now, attempts__lt=MAX_ATTEMPTS)


def _run(effect_id: int, now: datetime) -> None:
    # A transaction an effect, not one for all: short ones hold no lock that another dispatcher waits
    # for crosswise, and keep SQLite's single writer free in between.
    with transaction.atomic():
        claimed = Effect.objects.select_for_update(skip_locked=True).filter(id=effect_id)
        effect = claimed.filter(done_at__isnull=True, run_after__lte=now).first()
        if effect is None:
            return  # another process has it or had it
        try:
            with transaction.atomic():
                HANDLERS[effect.kind](effect.payload, now)
        except Exception as error:  # whatever a handler raises, the effect stays and the others go on
            _note_failure(effect, error, now)
        else:
            effect.done_at, effect.error = now, ""
            effect.save(update_fields=["done_at", "error"])


def _note_failure(effect: Effect, error: Exception, now: datetime) -> None:
    effect.attempts += 1
    effect.error = f"{type(error).__name__}: {error}"[:_MAX_ERROR]
    effect.run_after = now + min(LONGEST_RETRY, FIRST_RETRY * 2 ** (effect.attempts - 1))
    effect.save(update_fields=["attempts", "error", "run_after"])
    parks = effect.attempts >= MAX_ATTEMPTS
    _log.error("effect-failed", effect=effect.id, kind=effect.kind, error=effect.error, parked=parks)
