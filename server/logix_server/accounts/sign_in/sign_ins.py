"""Sessions as their owner knows them: on which device, from where, until when; ended one by one or all."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.contrib.auth import user_logged_in, user_logged_out
from django.http import HttpRequest
from django.utils import timezone

from logix_server.accounts.access import actor_of
from logix_server.accounts.models import SignIn
from logix_server.accounts.rights import VENDOR
from logix_server.accounts.sign_in.durations import Durations, ends_at
from logix_server.audit.actions import record
from logix_server.config import current

#: Where a session keeps the id of its `SignIn`.
SESSION_KEY: Final = "sign_in"
#: "Last seen" is written this rarely.
_SEEN_EVERY: Final = timedelta(minutes=1)


@dataclass(frozen=True)
class Seen:
    """A session that lasts. `second_factor`: "passed", "ask" for a code, "set-up" first, or "none" needed."""

    sign_in_id: int
    second_factor: str


@dataclass(frozen=True)
class Row:
    """One session to show."""

    sign_in_id: int
    begun_at: datetime
    last_seen_at: datetime
    address: str
    device: str


def ours(user: Any) -> bool:
    """Whether a user is one of ours or administers: then a second factor is asked for."""
    person = getattr(user, "person", None)
    return bool(user.is_staff or user.is_superuser or (person is not None and person.role in VENDOR))


def actor(user: Any) -> str:
    """Who a user is in the audit: the person's mark; of an account without a person its name."""
    person = getattr(user, "person", None)
    return actor_of(person) if person is not None else f"user:{user.get_username()}"


def durations(user: Any) -> Durations:
    """How long this user's sessions last."""
    config = current()
    whole, idle = (
        (config.vendor_session_seconds, config.vendor_idle_seconds)
        if ours(user)
        else (config.session_seconds, config.idle_seconds)
    )
    return Durations(timedelta(seconds=whole), timedelta(seconds=idle))


def begin(user_id: int, address: str, device: str, now: datetime) -> int:
    """A session begins, with the password alone so far; its id."""
    shown = "".join(letter for letter in device if letter.isprintable())[:200]
    row = SignIn.objects.create(
        user_id=user_id, begun_at=now, last_seen_at=now, address=address[:45], device=shown
    )
    return row.pk


def look(sign_in_id: object, user_id: int, now: datetime, *, active: bool = True) -> Seen | None:
    """The session behind a request, None where it is over. `active`: a person did this, no page by itself."""
    rows = SignIn.objects.select_related("user__person", "user__second_factor")
    row = rows.filter(pk=sign_in_id, user_id=user_id).first() if isinstance(sign_in_id, int) else None
    if row is None or row.ended_at is not None:
        return None
    if now >= ends_at(row.begun_at, row.last_seen_at, durations(row.user)):
        SignIn.objects.filter(pk=row.pk, ended_at__isnull=True).update(ended_at=now, end=SignIn.End.EXPIRED)
        return None
    if active and now - row.last_seen_at >= _SEEN_EVERY:
        SignIn.objects.filter(pk=row.pk).update(last_seen_at=now)
    return Seen(row.pk, _second_factor(row))


def _second_factor(row: SignIn) -> str:
    if row.second_factor_at is not None:
        return "passed"
    factor = getattr(row.user, "second_factor", None)
    if factor is not None and factor.confirmed_at is not None:
        return "ask"
    return "set-up" if ours(row.user) else "none"


def pass_second_factor(sign_in_id: int, now: datetime) -> None:
    """The session's owner has shown the second factor."""
    SignIn.objects.filter(pk=sign_in_id, ended_at__isnull=True).update(second_factor_at=now)


def of_user(user_id: int, now: datetime) -> list[Row]:
    """The sessions that last, the one used last first."""
    rows = SignIn.objects.select_related("user__person").filter(user_id=user_id, ended_at__isnull=True)
    return [
        Row(row.pk, row.begun_at, row.last_seen_at, row.address, row.device)
        for row in rows.order_by("-last_seen_at")[:100]
        if now < ends_at(row.begun_at, row.last_seen_at, durations(row.user))
    ]


def end(user_id: int, sign_in_id: int, *, by: str, now: datetime) -> bool:
    """End one session of this user; False where there is none such, or it is over."""
    rows = SignIn.objects.filter(pk=sign_in_id, user_id=user_id, ended_at__isnull=True)
    ended = rows.update(ended_at=now, end=SignIn.End.REVOKED)
    if ended:
        record(now, by, "sign-in.end", by, {"sign_in": sign_in_id})
    return bool(ended)


def end_all(user_id: int, now: datetime, *, but: int | None = None) -> int:
    """End every session of a user but one; how many. Whoever calls it says why in the audit."""
    rows = SignIn.objects.filter(user_id=user_id, ended_at__isnull=True).exclude(pk=but or 0)
    return rows.update(ended_at=now, end=SignIn.End.REVOKED)


def end_others(user_id: int, but: int, *, by: str, now: datetime) -> int:
    """End the own sessions but one; how many."""
    ended = end_all(user_id, now, but=but)
    if ended:
        record(now, by, "sign-in.end", by, {"ended": ended})
    return ended


def _on_logged_in(*, request: HttpRequest | None = None, user: Any, **_kwargs: Any) -> None:
    session = getattr(request, "session", None)
    if request is None or session is None:
        return
    address, device = request.META.get("REMOTE_ADDR", ""), request.META.get("HTTP_USER_AGENT", "")
    session[SESSION_KEY] = begin(user.pk, str(address), str(device), timezone.now())


def _on_logged_out(*, request: HttpRequest | None = None, user: Any, **_kwargs: Any) -> None:
    sign_in_id = getattr(request, "session", {}).get(SESSION_KEY)
    if user is not None and isinstance(sign_in_id, int):
        rows = SignIn.objects.filter(pk=sign_in_id, user_id=user.pk, ended_at__isnull=True)
        rows.update(ended_at=timezone.now(), end=SignIn.End.SIGNED_OUT)


def follow_sessions() -> None:
    """Have every log-in of Django's, whichever page made it, begin a sign-in, and every log-out end it."""
    user_logged_in.connect(_on_logged_in, dispatch_uid="sign-in")
    user_logged_out.connect(_on_logged_out, dispatch_uid="sign-out")
