"""Suppressions as facts for the decision of what is kept back."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.db.models import Q

from logix_server.health.judgement import gravity
from logix_server.health.models import Suppression
from logix_server.health.suppression import Kind, Period, Scope


def periods_of(unit_ids: Collection[int], since: datetime) -> dict[int, list[Period]]:
    """The suppressions of these units that stand, or ended after `since`."""
    standing = Q(state=Suppression.State.STANDING)
    rows = Suppression.objects.filter(standing | Q(state_at__gt=since), unit_id__in=unit_ids)
    found: dict[int, list[Period]] = {}
    for row in rows:
        found.setdefault(row.unit_id, []).append(period_of(row))
    return found


def period_of(row: Suppression) -> Period:
    """One suppression as a fact."""
    stands = row.state == Suppression.State.STANDING
    return Period(
        row.pk, Kind(row.kind), scope_of(row), row.created_at, row.until if stands else row.state_at
    )


def scope_of(row: Suppression) -> Scope:
    """What it keeps back."""
    return Scope(row.part, row.code, gravity(row.severity, row.urgent))
