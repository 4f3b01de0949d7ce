"""Judge who is silent, and tell one incident from many silent units."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from logix_common.clock import to_microseconds
from logix_common.errors import InvalidInput

from logix_server.audit.actions import record
from logix_server.config import ServerConfig, current
from logix_server.effects import outbox
from logix_server.fleet.models import GatewayRun, Incident, Presence, Unit
from logix_server.fleet.silence import (
    Interval,
    Judgement,
    OpenIncident,
    Silent,
    Thresholds,
    cutoff,
    judge_incidents,
    to_report,
)

MASS_SILENCE: Final = "mass-silence"
WINDOW: Final = timedelta(minutes=15)
#: Runs that ended longer ago than this decide on nothing: silence is reported after a day of uptime.
RUNS_KEPT: Final = timedelta(days=400)


def judge_silence(now: datetime) -> int:
    """Periodic job: mark silent units, put "unit.silent" effects, open and close incidents.

    The effect's payload is {"unit_id": int, "last_seen_at": ISO 8601 UTC}; it is put once a silence.
    Units that are not in service (revoked, decommissioned, in conflict) are passed over. Returns how
    many units were newly judged silent.
    """
    config = current()
    with transaction.atomic():
        runs = _runs()
        marked = _mark(cutoff(runs, now, config.silent_after_seconds), now)
        incidents = _judge_incidents(config, now)
        _report(cutoff(runs, now, config.silent_ticket_after_seconds), incidents, now)
        return marked


def _runs() -> list[Interval]:
    newest = GatewayRun.objects.order_by("-beat_at").values_list("beat_at", flat=True).first()
    if newest is None:
        return []
    rows = GatewayRun.objects.filter(beat_at__gt=newest - RUNS_KEPT)
    return [Interval(*row) for row in rows.values_list("started_at", "beat_at")]


def _mark(before: datetime | None, now: datetime) -> int:
    if before is None:
        return 0
    active = Unit.objects.filter(state=Unit.State.ACTIVE).values("id")
    return Presence.objects.filter(
        last_seen_at__lte=before, silent_since__isnull=True, unit_id__in=active
    ).update(silent_since=now)


def _open_incidents() -> list[OpenIncident]:
    rows = Incident.objects.filter(kind=MASS_SILENCE, closed_at__isnull=True).order_by("id")
    return [OpenIncident(row.pk, row.opened_at, _unit_ids(row)) for row in rows]


def _unit_ids(incident: Incident) -> frozenset[int]:
    return frozenset(incident.detail.get("unit_ids", ()))


def _judge_incidents(config: ServerConfig, now: datetime) -> list[OpenIncident]:
    presences = Presence.objects.filter(unit__state=Unit.State.ACTIVE)
    rows = presences.filter(silent_since__isnull=False).values_list("unit_id", "silent_since")
    silent = [Silent(unit_id, since) for unit_id, since in rows if since is not None]
    heard = presences.filter(silent_since__isnull=True).count()
    limits = Thresholds(config.mass_silence_count, config.mass_silence_fraction, WINDOW)
    incidents = _open_incidents()
    ended = Incident.objects.filter(kind=MASS_SILENCE, closed_at__gt=now - WINDOW)
    explained: frozenset[int] = frozenset().union(*(_unit_ids(row) for row in ended))
    judgement = judge_incidents(silent, heard, incidents, limits, now, explained=explained)
    _write(judgement, incidents, heard, now)
    return _open_incidents()


def _write(judgement: Judgement, incidents: Sequence[OpenIncident], heard: int, now: datetime) -> None:
    for incident_id in sorted(judgement.closed):
        Incident.objects.filter(pk=incident_id).update(closed_at=now)
        record(now, "system:jobs", "incident.close", f"incident:{incident_id}", {"why": "heard again"})
    if judgement.opened:
        detail = {"unit_ids": sorted(judgement.opened), "heard": heard}
        incident = Incident.objects.create(kind=MASS_SILENCE, opened_at=now, detail=detail)
        counted = {"silent": len(judgement.opened), "heard": heard}
        record(now, "system:jobs", "incident.open", f"incident:{incident.pk}", counted)
    if judgement.joined:
        newest = max(incidents, key=lambda incident: incident.opened_at)
        row = Incident.objects.get(pk=newest.incident_id)
        row.detail = {**row.detail, "unit_ids": sorted(newest.unit_ids | judgement.joined)}
        row.save(update_fields=["detail"])


def _report(before: datetime | None, incidents: Sequence[OpenIncident], now: datetime) -> None:
    if before is None:
        return
    rows = Presence.objects.filter(
        last_seen_at__lte=before,
        silent_since__isnull=False,
        silence_reported_at__isnull=True,
        unit__state=Unit.State.ACTIVE,
    )
    last_seen = dict(rows.values_list("unit_id", "last_seen_at"))
    chosen = to_report(last_seen, incidents)
    for unit_id in chosen:
        at = last_seen[unit_id]
        payload = {"unit_id": unit_id, "last_seen_at": at.isoformat()}
        outbox.put("unit.silent", payload, now, key=f"unit.silent:{unit_id}:{to_microseconds(at)}")
    Presence.objects.filter(unit_id__in=chosen).update(silence_reported_at=now)


def close_incident(incident_id: int, by: str, now: datetime) -> None:
    """An operator ends an incident; units still silent go on their own. Raises `InvalidInput`."""
    with transaction.atomic():
        open_rows = Incident.objects.filter(pk=incident_id, closed_at__isnull=True)
        if not open_rows.update(closed_at=now):
            raise InvalidInput("incident", f"no incident {incident_id} is open")
        record(now, by, "incident.close", f"incident:{incident_id}", {"why": "by an operator"})
