"""Forget of people what has had its time (docs/accounts.md)."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.contrib.sessions.models import Session
from django.db.models import Q

from logix_server.accounts.models import Invitation, SignIn, Tries
from logix_server.accounts.privacy.erasure import erase_stopped
from logix_server.accounts.sign_in.durations import Durations
from logix_server.accounts.sign_in.limits import FORGOTTEN
from logix_server.config import ServerConfig


def forget(now: datetime, config: ServerConfig, limit: int = 1_000) -> bool:
    """Periodic job: whether there is more to forget at once."""
    Tries.objects.filter(at__lt=now - timedelta(seconds=FORGOTTEN)).delete()
    Session.objects.filter(expire_date__lt=now).delete()
    _close_expired(now, config)
    ended = SignIn.objects.filter(ended_at__lt=now - timedelta(days=config.sign_in_days))
    links = Invitation.objects.filter(expires_at__lt=now - timedelta(days=config.invitation_days))
    forgotten = 0
    for rows in (ended, links):
        ids = list(rows.values_list("pk", flat=True)[:limit])
        forgotten += rows.filter(pk__in=ids).delete()[0]
    erased = erase_stopped(now, config.stopped_person_days)
    return forgotten >= limit or erased >= 100


def _close_expired(now: datetime, config: ServerConfig) -> None:
    """Sessions that nobody came back to: over since longer than the longest may last, and not said so yet."""
    longest = Durations(
        timedelta(seconds=max(config.session_seconds, config.vendor_session_seconds)),
        timedelta(seconds=max(config.idle_seconds, config.vendor_idle_seconds)),
    )
    over = Q(begun_at__lt=now - longest.whole) | Q(last_seen_at__lt=now - longest.idle)
    SignIn.objects.filter(over, ended_at__isnull=True).update(ended_at=now, end=SignIn.End.EXPIRED)
