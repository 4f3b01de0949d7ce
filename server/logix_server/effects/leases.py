"""Leases elect who runs a periodic job: at most one process at a time, at most once an interval."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from logix_server.effects.models import Lease


def claim(name: str, holder: str, now: datetime, *, every: timedelta, hold: timedelta) -> bool:
    """Take the lease `name` where its job is due and nobody holds it; True = run it now.

    Held for `hold` unless `extend`ed; a holder that died loses it then.
    """
    with transaction.atomic():
        Lease.objects.bulk_create(
            [Lease(name=name, holder="", expires_at=now, last_run_at=None)], ignore_conflicts=True
        )
        due = Q(last_run_at__isnull=True) | Q(last_run_at__lte=now - every)
        taken = Lease.objects.filter(due, name=name, expires_at__lte=now).update(
            holder=holder, expires_at=now + hold
        )
        return bool(taken)


def is_due(name: str, now: datetime, *, every: timedelta) -> bool:
    """Whether `claim` might succeed: a read, so that idle processes write nothing."""
    lease = Lease.objects.filter(name=name).first()
    if lease is None:
        return True
    return lease.expires_at <= now and (lease.last_run_at is None or lease.last_run_at <= now - every)


def extend(name: str, holder: str, now: datetime, *, hold: timedelta) -> bool:
    """Hold on to a lease while its job runs; False = it was lost."""
    return bool(Lease.objects.filter(name=name, holder=holder).update(expires_at=now + hold))


def release(name: str, holder: str, now: datetime, *, started: datetime) -> None:
    """The job that started at `started` is over; the next run is an interval after its start."""
    Lease.objects.filter(name=name, holder=holder).update(expires_at=now, last_run_at=started, holder="")
