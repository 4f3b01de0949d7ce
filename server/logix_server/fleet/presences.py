"""Which stream stands for a unit, when it was heard, and the gateways' own uptime."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F

from logix_server.audit.actions import record
from logix_server.fleet import doorbell, store
from logix_server.fleet.facts import Seen
from logix_server.fleet.lifecycle import UNIT, UnitState
from logix_server.fleet.models import GatewayRun, Presence, Unit


def seen(heard: Sequence[Seen]) -> None:
    """Flush when streams were last heard; streams that no longer stand for their unit are passed over.

    A unit that was silent is so no longer.
    """
    store.mark_seen(heard)


def closed(stream_ids: Sequence[str], now: datetime) -> None:
    """These streams have ended; one that was replaced meanwhile changes nothing."""
    if stream_ids:
        Presence.objects.filter(stream_id__in=stream_ids, disconnected_at__isnull=True).update(
            disconnected_at=now
        )


def trusts(stream_id: str, version: int) -> None:
    """The device on this stream holds trust bundle `version` now."""
    Presence.objects.filter(stream_id=stream_id).update(trust_version=version)


def start_run(run_id: str, gateway_id: str, now: datetime) -> None:
    """A gateway process starts, before it takes streams: those of its former life are closed.

    The former life ends with its last beat, not now: the time in between nobody listened.
    """
    with transaction.atomic():
        GatewayRun.objects.filter(gateway_id=gateway_id, stopped_at__isnull=True).exclude(
            run_id=run_id
        ).update(stopped_at=F("beat_at"))
        Presence.objects.filter(gateway_id=gateway_id, disconnected_at__isnull=True).update(
            disconnected_at=now
        )
        GatewayRun.objects.create(run_id=run_id, gateway_id=gateway_id, started_at=now, beat_at=now)


def beat(run_id: str, gateway_id: str, now: datetime) -> None:
    """The gateway lives: its uptime reaches to `now`, never back. A run that is unknown begins here."""
    with transaction.atomic():
        run = GatewayRun.objects.filter(run_id=run_id)
        if not run.filter(beat_at__lt=now).update(beat_at=now, stopped_at=None) and not run.exists():
            GatewayRun.objects.create(run_id=run_id, gateway_id=gateway_id, started_at=now, beat_at=now)


def stop_run(run_id: str, now: datetime) -> None:
    """A gateway process ends in order: its uptime ends now and its streams are closed."""
    with transaction.atomic():
        run = GatewayRun.objects.filter(run_id=run_id).first()
        if run is None:
            return
        run.beat_at, run.stopped_at = max(run.beat_at, now), now
        run.save(update_fields=["beat_at", "stopped_at"])
        Presence.objects.filter(gateway_id=run.gateway_id, disconnected_at__isnull=True).update(
            disconnected_at=now
        )


def declare_conflict(
    unit_id: int, detail: Mapping[str, Any], now: datetime, *, old_stream_id: str = ""
) -> bool:
    """Two live streams of one identity: the unit is closed to both until an operator decides.

    With `old_stream_id` (the older stream, which answered its ping) nothing happens unless another
    stream still stands for the unit. True when the unit is in conflict afterwards.
    """
    with transaction.atomic():
        unit = Unit.objects.select_for_update(no_key=True).filter(pk=unit_id).first()
        if unit is None or unit.state not in (UnitState.ACTIVE, UnitState.CONFLICT):
            return False
        if unit.state == UnitState.CONFLICT:
            return True
        standing = Presence.objects.filter(unit_id=unit_id, disconnected_at__isnull=True)
        if old_stream_id and not standing.exclude(stream_id=old_stream_id).exists():
            return False
        unit.state = UNIT.check(UnitState(unit.state), UnitState.CONFLICT).value
        unit.state_at, unit.state_reason = now, "two live streams of one identity"
        unit.save(update_fields=["state", "state_at", "state_reason"])
        record(now, "system:gateway", "unit.conflict", f"unit:{unit.serial}", detail)
        doorbell.ring()
        return True
