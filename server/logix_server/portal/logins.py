"""Log-ins that fail too often must wait, before any password is looked at.

Tries are counted over all processes (`accounts.sign_in.tries`): by name, by address, and, in a browser in
which that very person has signed in before, for that browser alone. So a stranger who guesses at a name
keeps its owner out of new browsers for a while, and never of the own.
"""

from __future__ import annotations

import secrets
from typing import Any, Final

import structlog
from django.conf import settings
from django.contrib.admin.forms import AdminAuthenticationForm
from django.contrib.auth.forms import AuthenticationForm
from django.core.exceptions import ValidationError
from django.core.signing import BadSignature
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from logix_server.accounts.queries import user_id_of
from logix_server.accounts.sign_in import tries
from logix_server.accounts.sign_in.tries import Key

_COOKIE: Final = "logix_known"
_SALT: Final = "logix.known-browser"
_KNOWN_SECONDS: Final = 180 * 86_400
log = structlog.get_logger(__name__)


def address_of(request: HttpRequest | None) -> str:
    """Where a request comes from, as far as the web role knows (`web_proxy`)."""
    return str(request.META.get("REMOTE_ADDR", "")) if request else ""


def remember(request: HttpRequest, response: HttpResponse, user_id: int) -> None:
    """Know this browser again as one in which the user has signed in."""
    if known_as(request) == user_id:
        return
    response.set_signed_cookie(
        _COOKIE,
        f"{user_id}.{secrets.token_urlsafe(16)}",
        salt=_SALT,
        max_age=_KNOWN_SECONDS,
        secure=bool(settings.SESSION_COOKIE_SECURE),
        httponly=True,
        samesite="Lax",
    )


def known_as(request: HttpRequest | None) -> int | None:
    """Who has signed in in this browser last; None for a browser that nobody has."""
    user_id, _nonce = _known(request)
    return user_id


def _known(request: HttpRequest | None) -> tuple[int | None, str]:
    try:
        value = request.get_signed_cookie(_COOKIE, salt=_SALT, max_age=_KNOWN_SECONDS) if request else ""
    except (KeyError, BadSignature):
        return None, ""
    user_id, _, nonce = (value or "").partition(".")
    return (int(user_id), nonce) if user_id.isdecimal() and nonce else (None, "")


def keys_of(request: HttpRequest | None, name: str) -> list[Key]:
    """Under what a try to sign in as `name` counts."""
    user_id, nonce = _known(request)
    if user_id is not None and user_id_of(name) == user_id:
        return [("device", nonce)]
    return [("name", name), ("address", address_of(request))]


class LogInForm(AuthenticationForm):
    """Django's form; too many failures refuse a try unseen."""

    def clean(self) -> dict[str, Any]:
        keys = keys_of(self.request, str(self.cleaned_data.get("username", ""))[:254])
        if not tries.take(keys, timezone.now()):
            log.warning("log-in refused unseen: too many failures", address=address_of(self.request))
            raise ValidationError(_("Too many failed tries; wait a few minutes."), code="too_many")
        try:
            cleaned = super().clean()
        except ValidationError:
            log.warning("log-in failed", address=address_of(self.request))
            raise
        tries.give_back(keys)
        return cleaned


class AdminLogInForm(LogInForm, AdminAuthenticationForm):
    """The same before the administration."""
