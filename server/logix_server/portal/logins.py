"""Log-ins that fail too often must wait, before any password is looked at."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Sequence
from typing import Any, Final

import structlog
from django.contrib.admin.forms import AdminAuthenticationForm
from django.contrib.auth.forms import AuthenticationForm
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

#: (failures at once, seconds until one is forgiven). A name is known to strangers, so it is given more:
#: who guesses it must not keep its owner out for long. Behind a proxy all addresses are one.
NAME: Final = (20, 15.0)
ADDRESS: Final = (40, 5.0)
_REMEMBERED: Final = 10_000
log = structlog.get_logger(__name__)

Key = tuple[str, str]


class Failures:
    """Failures of names and addresses, fading with time; of the oldest ones nothing is remembered."""

    def __init__(self) -> None:
        self._known: OrderedDict[Key, tuple[float, float]] = OrderedDict()  # failures, at second

    def too_many(self, keys: Sequence[Key], now: float) -> bool:
        """Whether any of `keys` must wait."""
        return any(self._count(key, now) > _limit(key)[0] - 1 for key in keys)

    def add(self, keys: Sequence[Key], now: float) -> None:
        """A try has failed."""
        for key in keys:
            self._known[key] = (self._count(key, now) + 1, now)
            self._known.move_to_end(key)
        while len(self._known) > _REMEMBERED:
            self._known.popitem(last=False)

    def _count(self, key: Key, now: float) -> float:
        count, at = self._known.get(key, (0.0, now))
        return max(0.0, count - (now - at) / _limit(key)[1])


def _limit(key: Key) -> tuple[int, float]:
    return NAME if key[0] == "name" else ADDRESS


failures = Failures()


class LogInForm(AuthenticationForm):
    """Django's form; of this process's failures too many refuse a try unseen."""

    def clean(self) -> dict[str, Any]:
        address = str(self.request.META.get("REMOTE_ADDR", "")) if self.request else ""
        keys = [("name", str(self.cleaned_data.get("username", ""))[:150]), ("address", address)]
        if failures.too_many(keys, time.monotonic()):
            log.warning("log-in refused unseen: too many failures", address=address)
            raise ValidationError(_("Too many failed tries; wait a few minutes."), code="too_many")
        try:
            return super().clean()
        except ValidationError:
            failures.add(keys, time.monotonic())
            log.warning("log-in failed", address=address)
            raise


class AdminLogInForm(LogInForm, AdminAuthenticationForm):
    """The same before the administration."""
