"""Issue module statements, and keep what units tell of them.

A statement is issued only where its content is another than that of the newest one; counter, row, audit
and doorbell are one transaction. The signing key is needed here alone, so in the jobs role and on the
command line; what else happens only asks for a review.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, Final

import structlog
from django.db import transaction

from logix_server.audit.actions import Entry, record, record_many
from logix_server.config import current
from logix_server.fleet import doorbell
from logix_server.fleet.models import Unit
from logix_server.modules import queries, statements
from logix_server.modules.facts import Due, ModulesTold
from logix_server.modules.judgement import State, too_many
from logix_server.modules.models import ModuleReport, ModuleReview, ModuleStatement
from logix_server.modules.queries import Case
from logix_server.pki.models import StatementKey
from logix_server.pki.queries import statement_keys_in_use
from logix_server.pki.statement_keys import Signer, signer

ACTOR: Final = "system:jobs"
#: Units a transaction: short ones keep SQLite's single writer free in between.
_ISSUED_AT_ONCE: Final = 100
log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Reviewed:
    """What a review did; `held`: units whose modules would go off, but too many at once."""

    issued: int
    held: tuple[str, ...] = ()


def ask_review(installation_id: int, now: datetime) -> None:
    """Something changed at this installation; a row of the caller's transaction."""
    ModuleReview.objects.create(installation_id=installation_id, asked_at=now)


def on_contract_changed(payload: Mapping[str, Any], now: datetime) -> None:
    """Effect "contract.changed": {"installation_id"}; its unit's statement is looked at again."""
    ask_review(int(payload["installation_id"]), now)


def review_asked(now: datetime, limit: int = 500) -> bool:
    """Periodic job: review what changed; whether more of it waits."""
    asked = list(ModuleReview.objects.order_by("id").values_list("id", "installation_id")[:limit])
    if not asked:
        return False
    review(now, installation_ids=sorted({installation_id for _, installation_id in asked}))
    # Only after it: a crash in between reviews twice. What was asked meanwhile has rows of its own.
    ModuleReview.objects.filter(id__in=[review_id for review_id, _ in asked]).delete()
    return len(asked) == limit


def review_all(now: datetime) -> None:
    """Periodic job: terms end and grace runs out by time alone."""
    review(now)


def review(
    now: datetime, *, installation_ids: Sequence[int] | None = None, released_by: str = ""
) -> Reviewed:
    """Issue the statements that are out of date, of these installations or of all.

    Where too many units would lose modules within a day none of those is issued, unless a person
    releases them (`released_by`); everything else is.
    """
    due = queries.due(now, installation_ids)
    if not due:
        return Reviewed(0)
    if not statement_keys_in_use():
        log.error("no key to sign module statements with; add one with `logix-server pki statement-key`")
        return Reviewed(0)
    held = () if released_by else _held(due, now)
    waits = set(held)
    chosen = [each.unit_id for each in due if each.serial not in waits]
    issued = 0
    for start in range(0, len(chosen), _ISSUED_AT_ONCE):
        chunk = chosen[start : start + _ISSUED_AT_ONCE]
        issued += _issue(chunk, now, may_turn_off=not held, by=released_by or ACTOR)
    return Reviewed(issued, held)


def release(reason: str, by: str, now: datetime) -> Reviewed:
    """A person has looked: issue also what the brake held back."""
    # Audited first, and on its own: thousands of statements in one transaction would hold up the gateways.
    record(now, by, "modules.release", "modules", {"reason": reason, "due": len(queries.due(now))})
    return review(now, released_by=by)


def _held(due: Sequence[Due], now: datetime) -> tuple[str, ...]:
    off = tuple(each.serial for each in due if each.turns_off)
    if not off:
        return ()
    config = current()
    count = len(off) + queries.turned_off_lately(now)
    most = config.module_mass_count, config.module_mass_fraction
    if not too_many(count, queries.units_in_service(), *most):
        return ()
    log.error(
        "too many units would lose modules at once: held back until `logix-server modules release`",
        units=len(off),
        first=off[:20],
    )
    return off


def _issue(unit_ids: Sequence[int], now: datetime, *, may_turn_off: bool, by: str) -> int:
    """Issue in one transaction, decided anew under the units' locks; how many."""
    with transaction.atomic():
        stated = queries.stated_units().filter(pk__in=unit_ids).order_by("pk")
        list(stated.select_for_update(no_key=True).values_list("pk", flat=True))
        cases = [case for case in queries.cases(list(stated.select_related("presence")), now) if case.due]
        chosen = [case for case in cases if may_turn_off or not case.turns_off]
        if not chosen:
            return 0
        keys = statement_keys_in_use()
        signers = cache(signer)
        rows = [_row(case, signers(_key_for(case.unit, keys)), now) for case in chosen]
        ModuleStatement.objects.bulk_create(rows)
        record_many(_entry(case, row, by) for case, row in zip(chosen, rows, strict=True))
        doorbell.ring()
        return len(rows)


def _key_for(unit: Unit, keys: Sequence[StatementKey]) -> str:
    """The newest key that the unit's trust bundle holds; the oldest in use where it holds none of them."""
    presence = getattr(unit, "presence", None)
    known = [key for key in keys if presence and key.since_version <= presence.trust_version]
    return (known[-1] if known else keys[0]).key_id


def _row(case: Case, by: Signer, now: datetime) -> ModuleStatement:
    unit, stand = case.unit, case.stand
    counter = max(case.newest.counter if case.newest else 0, case.told_counter) + 1
    off = stand.state is State.DISABLED
    last_disabling = counter if off else case.last_disabling
    payload = statements.payload(case.content, unit.device_id, counter, last_disabling, now)
    return ModuleStatement(
        unit=unit,
        device_id=unit.device_id,
        counter=counter,
        state=stand.state.value,
        turns_off=case.turns_off,
        lapse_seen_on=stand.lapse_seen_on,
        digest=case.content.digest,
        payload=payload,
        signature=by.sign(payload),
        key_id=by.key_id,
        issued_at=now,
    )


def _entry(case: Case, row: ModuleStatement, by: str) -> Entry:
    detail = {
        "counter": row.counter,
        "state": row.state,
        "clauses": list(case.stand.clauses),
        "turns_off": row.turns_off,
        "key": row.key_id,
    }
    return Entry(row.issued_at, by, "modules.state", f"unit:{case.unit.serial}", detail)


def told(report: ModulesTold, now: datetime) -> None:
    """A unit says what it accepted and how its modules are; what it said before is written over.

    A unit that has accepted a newer statement than we know of, or has none, is reviewed.
    """
    with transaction.atomic():
        unit = Unit.objects.only("device_id", "installation_id").get(pk=report.unit_id)
        row = ModuleReport.objects.filter(unit_id=report.unit_id).first()
        values = {
            "device_id": unit.device_id,
            "counter": report.counter,
            "problem": report.problem,
            "modules": report.modules,
        }
        if row is None or any(getattr(row, name) != value for name, value in values.items()):
            ModuleReport.objects.update_or_create(unit_id=report.unit_id, defaults=values | {"told_at": now})
        newest = ModuleStatement.objects.filter(device_id=unit.device_id).order_by("-id")
        counter = newest.values_list("counter", flat=True).first()
        if counter is not None and report.counter <= counter:
            return
        if not ModuleReview.objects.filter(installation_id=unit.installation_id).exists():
            ask_review(unit.installation_id, now)
